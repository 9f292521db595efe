#include "ccproxy/log.h"

#include "observe/log.h"

void ccp_log_write(const ccp_log_sink *sink, const ccp_clock *clock,
                   const ccp_log_event *event)
{
    ccpi_log log = {.sink = sink,
                    .clock = clock ? clock : ccp_system_clock(),
                    .level = CCP_LOG_DEBUG};
    ccpi_log_line line;

    ccpi_log_start(&line, sink ? &log : NULL, event->level, event->name, NULL);
    for (size_t i = 0; i < event->field_count; i++)
        ccpi_log_text(&line, event->fields[i].name, event->fields[i].value);
    ccpi_log_end(&line);
}
