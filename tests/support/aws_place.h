#ifndef CCPT_AWS_PLACE_H
#define CCPT_AWS_PLACE_H

#include "aws/sources/source.h"
#include "support/aws_endpoint.h"
#include "support/folder.h"

/*
 * Where a source of AWS credentials looks for them: an environment, a folder of
 * files and an endpoint on loopback; and what it found.
 */
extern aws_endpoint here;
extern ccpi_aws_keys keys;
extern ccp_error failure;
extern char folder[FOLDER_MAX];

void open_place(void); /* its endpoint knows nothing */
void open_place_with(upstream_handler handler);
void close_place(void);

/* In the folder; the path is valid until the next call. */
const char *path_of(const char *name);
void write_file(const char *name, const char *text);
/* As those that the environment names; NULL: none. */
void use_files(const char *credentials, const char *config);

ccp_status load(const ccpi_aws_source *source);

void expect_keys(const char *id, const char *secret, const char *token);
void expect_message_has(const char *part);

#endif
