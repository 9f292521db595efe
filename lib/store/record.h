#ifndef CCPI_STORE_RECORD_H
#define CCPI_STORE_RECORD_H

#include "ccproxy/usage.h"
#include "database/db.h"

/*
 * A usage record as a list of fields: one row for each, in the order of the
 * columns of a stored row and of the fields of a spooled line. A new field goes
 * to the end, so that lines of a former program can still be read.
 */
typedef enum ccpi_field_type {
    CCPI_FIELD_TEXT,
    CCPI_FIELD_OPTIONAL_TEXT, /* "" is stored as NULL */
    CCPI_FIELD_ID,
    CCPI_FIELD_INTEGER,
    CCPI_FIELD_INT,
    CCPI_FIELD_TIME,
    CCPI_FIELD_FLAG,
    CCPI_FIELD_DURATION, /* -1 is stored as NULL */
    CCPI_FIELD_STATUS
} ccpi_field_type;

typedef struct ccpi_record_field {
    const char *column;
    ccpi_field_type type;
    size_t offset;
    size_t size; /* of a text, its NUL included */
} ccpi_record_field;

#define CCPI_RECORD_FIELD_COUNT 39

extern const ccpi_record_field ccpi_record_fields[CCPI_RECORD_FIELD_COUNT];

/* Whether the field is kept as characters; if so, this is where. */
bool ccpi_record_is_text(const ccpi_record_field *field);
const char *ccpi_record_text(const ccp_usage_record *record,
                             const ccpi_record_field *field);
char *ccpi_record_room(ccp_usage_record *record, const ccpi_record_field *field);

/* All others are numbers. What does not fit a field is brought to its nearest value. */
int64_t ccpi_record_number(const ccp_usage_record *record,
                           const ccpi_record_field *field);
void ccpi_record_set_number(ccp_usage_record *record, const ccpi_record_field *field,
                            int64_t number);

/* As a parameter of SQL; borrows the record's text. And back. */
ccpi_db_value ccpi_record_value(const ccp_usage_record *record,
                                const ccpi_record_field *field);
void ccpi_record_take(ccp_usage_record *record, const ccpi_record_field *field,
                      const ccpi_db_value *column);

#endif
