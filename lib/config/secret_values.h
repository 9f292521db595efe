#ifndef CCPI_CONFIG_SECRET_VALUES_H
#define CCPI_CONFIG_SECRET_VALUES_H

#include "base/buf.h"
#include "ccproxy/config.h"
#include "config/table.h"

/*
 * Values that stand in the secret source, and what secrets made elsewhere look
 * like: the value itself, or a JSON object that has it as a member.
 */

/* The longest secret, as Secrets Manager limits it. */
#define CCPI_SECRET_VALUE_MAX ((size_t)64 * 1024)

/* Opens the source when it is first asked. Zeroed memory and the configuration. */
typedef struct ccpi_secret_reader {
    const ccp_config *config;
    void *open;
    /* Why it can't be asked; told again instead of waiting again. */
    ccp_error failure;
} ccpi_secret_reader;

void ccpi_secret_reader_close(ccpi_secret_reader *reader);

/*
 * Appends a secret's text, which the caller wipes. CCP_INVALID: there is no
 * source, or the secret holds a NUL. CCP_NOT_FOUND: there is no such secret.
 */
ccp_status ccpi_secret_read_text(ccpi_secret_reader *reader, const char *name,
                                 ccpi_buf *out, ccp_error *error);

/*
 * Appends what the text means for the setting: all of it; or if it is a JSON
 * object and the setting is not, the member of the setting's name, for
 * db_password also "password", else the only member. CCP_INVALID: none of them.
 */
ccp_status ccpi_secret_pick(const ccpi_setting *row, ccpi_span text, ccpi_buf *out,
                            ccp_error *error);

/* Appends a text member. CCP_NOT_FOUND: the text is no object with such a member. */
ccp_status ccpi_secret_member(ccpi_span text, const char *name, ccpi_buf *out);

#endif
