#ifndef CCPT_SUPPORT_FOLDER_H
#define CCPT_SUPPORT_FOLDER_H

/* A new, empty folder below /tmp; writes its path. The test fails when there is none. */
#define FOLDER_MAX 64
void folder_make(char path[FOLDER_MAX]);

/* Removes the folder and all in it. */
void folder_remove(const char *path);

/* Files in the folder. */
int folder_count(const char *path);

#endif
