#ifndef CCPT_CONFIG_SCENE_H
#define CCPT_CONFIG_SCENE_H

#include "ccproxy/config.h"

/* A configuration under test, where values come from, and what its check told. */
#define CONFIG_TOLD_MAX (64 * 1024)

extern ccp_config *config;
extern char told[CONFIG_TOLD_MAX]; /* a line for each message */
extern int mistakes, warnings;
extern char path[]; /* of the file, once one was written */

void make_config(void);
void drop_config(void);

void flag(const char *name, const char *value);
void environment(const char *variable);
void write_file(const char *text);
void file(const char *json);

/* Collects messages, as check() does. */
void collect(void *context, bool is_warning, const char *message);
ccp_status check(void);

void expect_told(const char *line);
void expect_text(const char *name, const char *text);
void expect_valid(void);

#endif
