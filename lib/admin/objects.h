#ifndef CCPI_ADMIN_OBJECTS_H
#define CCPI_ADMIN_OBJECTS_H

#include <jansson.h>

#include "admin/admin.h"
#include "ccproxy/bedrock_test.h"

/*
 * The objects of the admin API (requirements, section 8). All functions return
 * a new reference, or NULL without memory, which json_pack("o") takes as well.
 */

/* RFC 3339 in UTC; null for 0, which is never. */
json_t *ccpi_object_time(int64_t unix_us);
/* A decimal text; null for CCP_NO_BUDGET. */
json_t *ccpi_object_money(int64_t micro);
/* How much a part is of a whole, in hundredths of a percent; null of no whole. */
json_t *ccpi_object_percentage(int64_t part_micro, int64_t whole_micro);
/* null for "". */
json_t *ccpi_object_text(const char *text);
/* The first object with the members of the second one too. Both are taken. */
json_t *ccpi_object_join(json_t *object, json_t *more);

json_t *ccpi_object_user(const ccp_user_summary *summary);
json_t *ccpi_object_key(const ccp_access_key *key);
/* With the secret. */
json_t *ccpi_object_issued_key(const ccp_issued_key *issued);
json_t *ccpi_object_mapping(const ccp_model_mapping *mapping);
json_t *ccpi_object_bedrock_test(const ccp_bedrock_test *test);

/* How all of them are printed: fifteen digits, so that 33.33 comes out as that. */
#define CCPI_OBJECT_FLAGS (JSON_COMPACT | JSON_REAL_PRECISION(15))

#endif
