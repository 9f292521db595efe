#ifndef CCP_APP_TERMINAL_H
#define CCP_APP_TERMINAL_H

/* Back to the line's beginning, and nothing right of it (ECMA-48: EL). */
#define APP_CLEAR_LINE "\r\033[K"

#endif
