#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/fail.h"
#include "calendar/civil.h"
#include "database/postgres.h"

/* From src/include/catalog/pg_type.dat; they never change. */
#define OID_BOOL 16
#define OID_BYTEA 17
#define OID_NAME 19
#define OID_INT8 20
#define OID_INT2 21
#define OID_INT4 23
#define OID_TEXT 25
#define OID_BPCHAR 1042
#define OID_VARCHAR 1043
#define OID_DATE 1082
#define OID_TIMESTAMPTZ 1184
#define OID_UUID 2950

#define UUID_BYTES 16

/* PostgreSQL counts from 2000-01-01 00:00:00 UTC. */
#define EPOCH_DAYS 10957
#define EPOCH_US (INT64_C(946684800) * 1000000)

#define AS_TEXT 0
#define AS_BINARY 1

static void put_be64(int64_t number, unsigned char out[8])
{
    uint64_t rest = (uint64_t)number;

    for (int i = 7; i >= 0; i--, rest >>= 8)
        out[i] = (unsigned char)rest;
}

static int64_t get_be(const unsigned char *bytes, int len)
{
    /* The first byte brings the sign. */
    int64_t number = (bytes[0] & 0x80) ? -1 : 0;

    for (int i = 0; i < len; i++)
        number = (int64_t)((uint64_t)number << 8 | bytes[i]);
    return number;
}

static int64_t to_postgres_time(int64_t unix_us)
{
    return unix_us < INT64_MIN + EPOCH_US ? INT64_MIN : unix_us - EPOCH_US;
}

static int64_t from_postgres_time(int64_t us)
{
    return us > INT64_MAX - EPOCH_US ? INT64_MAX : us + EPOCH_US;
}

static void encode(const ccpi_db_value *value, ccpi_pg_params *out, size_t i)
{
    out->values[i] = (const char *)out->numbers[i];
    out->formats[i] = AS_BINARY;
    out->lengths[i] = 8;
    switch (value->type) {
    case CCPI_DB_INTEGER: put_be64(value->integer, out->numbers[i]); break;
    case CCPI_DB_TIME: put_be64(to_postgres_time(value->integer), out->numbers[i]); break;
    case CCPI_DB_BOOLEAN:
        out->numbers[i][0] = value->integer != 0;
        out->lengths[i] = 1;
        break;
    case CCPI_DB_BYTES:
        out->values[i] = value->bytes.data ? value->bytes.data : "";
        out->lengths[i] = (int)value->bytes.len;
        break;
    case CCPI_DB_TEXT:
    case CCPI_DB_ID: out->values[i] = value->bytes.data; out->formats[i] = AS_TEXT;
    }
    if (value->is_null)
        out->values[i] = NULL;
}

void ccpi_pg_encode(const ccpi_db_value *values, size_t count, ccpi_pg_params *out)
{
    for (size_t i = 0; i < count; i++)
        encode(&values[i], out, i);
}

void ccpi_pg_types(const ccpi_db_value *values, size_t count, Oid *out)
{
    static const Oid oids[] = {
        [CCPI_DB_INTEGER] = OID_INT8,     [CCPI_DB_BOOLEAN] = OID_BOOL,
        [CCPI_DB_TIME] = OID_TIMESTAMPTZ, [CCPI_DB_TEXT] = 0,
        [CCPI_DB_ID] = OID_UUID,          [CCPI_DB_BYTES] = OID_BYTEA,
    };

    for (size_t i = 0; i < count; i++)
        out[i] = oids[values[i].type];
}

static ccpi_span write_uuid(const unsigned char *bytes, char *out, size_t size)
{
    int len = 0;

    for (int i = 0; i < UUID_BYTES; i++)
        len += snprintf(out + len, size - (size_t)len, "%s%02x",
                        i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", bytes[i]);
    return (ccpi_span){out, (size_t)len};
}

static ccpi_span write_date(int64_t days, char *out, size_t size)
{
    const ccpi_civil date = ccpi_civil_of((days + EPOCH_DAYS) * CCPI_DAY_S);
    const int len =
        snprintf(out, size, "%04" PRId64 "-%02d-%02d", date.year, date.month, date.day);

    return (ccpi_span){out, (size_t)len};
}

static void be_integer(ccpi_db_value *column, ccpi_span bytes)
{
    column->type = CCPI_DB_INTEGER;
    column->integer = get_be((const unsigned char *)bytes.data, (int)bytes.len);
}

/* False: a type that no statement of ours gives. */
static bool decode(Oid type, ccpi_span bytes, ccpi_db_value *column, char made[40])
{
    const unsigned char *raw = (const unsigned char *)bytes.data;

    *column = (ccpi_db_value){.type = CCPI_DB_TEXT, .bytes = bytes};
    switch (type) {
    case OID_BOOL:
    case OID_INT2:
    case OID_INT4:
    case OID_INT8: be_integer(column, bytes); return true;
    case OID_TIMESTAMPTZ:
        be_integer(column, bytes);
        column->integer = from_postgres_time(column->integer);
        return true;
    case OID_DATE:
        column->bytes = write_date(get_be(raw, (int)bytes.len), made, 40);
        return true;
    case OID_UUID: column->bytes = write_uuid(raw, made, 40); return true;
    case OID_BYTEA: column->type = CCPI_DB_BYTES; return true;
    case OID_NAME:
    case OID_TEXT:
    case OID_BPCHAR:
    case OID_VARCHAR: return true;
    default: return false;
    }
}

ccp_status ccpi_pg_decode(const PGresult *result, int row, ccpi_pg_row *out,
                          ccp_error *error)
{
    const int count = PQnfields(result);

    for (int i = 0; i < count && i < CCPI_PG_MAX_VALUES; i++) {
        const ccpi_span bytes = {PQgetvalue(result, row, i),
                                 (size_t)PQgetlength(result, row, i)};

        if (PQgetisnull(result, row, i))
            out->columns[i] = (ccpi_db_value){.type = CCPI_DB_TEXT, .is_null = true};
        else if (!decode(PQftype(result, i), bytes, &out->columns[i], out->made[i]))
            return ccpi_fail(error, CCP_INTERNAL,
                             "column %s has a type that is not known",
                             PQfname(result, i));
    }
    return CCP_OK;
}
