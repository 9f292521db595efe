#include "calendar/zone.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "calendar/zone_rule.h"

#define DIRECTORY "/usr/share/zoneinfo"
#define MOST_FILE_BYTES ((size_t)262144)
#define MOST_OFFSET 93600 /* RFC 8536, section 3.2: offsets are within 26 hours */
#define HEADER_LEN 44
#define TYPE_LEN ((size_t)6)

typedef struct moment {
    int64_t at; /* Unix seconds from which on the offset holds */
    int64_t offset;
} moment;

struct ccpi_zone {
    char name[64];
    int64_t first_offset; /* before all moments */
    size_t count;
    moment *moments;
    bool has_rule; /* for after the last moment */
    ccpi_zone_rule rule;
};

/* The counts of a data block's header. */
typedef struct header {
    size_t utc_marks, standard_marks, leaps, times, types, chars;
} header;

static uint32_t read_u32(const unsigned char *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static int64_t read_i64(const unsigned char *at)
{
    return (int64_t)((uint64_t)read_u32(at) << 32 | read_u32(at + 4));
}

static bool read_header(const unsigned char *bytes, size_t len, header *out)
{
    size_t *const counts[] = {&out->utc_marks, &out->standard_marks, &out->leaps,
                              &out->times,     &out->types,          &out->chars};

    if (len < HEADER_LEN || memcmp(bytes, "TZif", 4) != 0 || bytes[4] < '2')
        return false;
    for (size_t i = 0; i < 6; i++) {
        *counts[i] = read_u32(bytes + 20 + 4 * i);
        if (*counts[i] > MOST_FILE_BYTES)
            return false;
    }
    return out->types > 0;
}

static size_t block_len(const header *h, size_t time_len)
{
    return h->times * (time_len + 1) + h->types * TYPE_LEN + h->chars +
           h->leaps * (time_len + 4) + h->standard_marks + h->utc_marks;
}

static bool read_offset(const unsigned char *type, int64_t *out)
{
    *out = (int32_t)read_u32(type);
    return *out > -MOST_OFFSET && *out < MOST_OFFSET;
}

static ccp_status read_moments(ccpi_zone *zone, const unsigned char *block,
                               const header *h, ccp_error *error)
{
    const unsigned char *indexes = block + h->times * 8;
    const unsigned char *types = indexes + h->times;

    if (!read_offset(types, &zone->first_offset))
        return ccpi_fail(error, CCP_INVALID, "a broken zoneinfo file");
    zone->moments = calloc(h->times + 1, sizeof(*zone->moments));
    if (!zone->moments)
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for a time zone");
    for (size_t i = 0; i < h->times; i++) {
        moment *m = &zone->moments[i];

        m->at = read_i64(block + (size_t)8 * i);
        if (indexes[i] >= h->types ||
            !read_offset(types + indexes[i] * TYPE_LEN, &m->offset) ||
            (i > 0 && m->at <= m[-1].at))
            return ccpi_fail(error, CCP_INVALID, "a broken zoneinfo file");
    }
    zone->count = h->times;
    return CCP_OK;
}

/* The footer is a line of its own: "\n<rule>\n"; an empty rule says nothing. */
static bool read_footer(ccpi_zone *zone, const unsigned char *bytes, size_t len)
{
    const unsigned char *end;
    char text[128];

    if (len < 2 || bytes[0] != '\n')
        return false;
    end = memchr(bytes + 1, '\n', len - 1);
    if (!end || (size_t)(end - bytes) - 1 >= sizeof(text))
        return false;
    memcpy(text, bytes + 1, (size_t)(end - bytes) - 1);
    text[end - bytes - 1] = '\0';
    zone->has_rule = text[0] != '\0';
    return !zone->has_rule || ccpi_zone_rule_parse(text, &zone->rule);
}

/* The file's first block, of 32-bit times, is passed over. */
static ccp_status read_file(ccpi_zone *zone, const unsigned char *bytes, size_t len,
                            ccp_error *error)
{
    size_t at, block;
    ccp_status status;
    header h;

    if (!read_header(bytes, len, &h) || block_len(&h, 4) > len - HEADER_LEN)
        return ccpi_fail(error, CCP_INVALID, "a broken zoneinfo file");
    at = HEADER_LEN + block_len(&h, 4);
    if (!read_header(bytes + at, len - at, &h))
        return ccpi_fail(error, CCP_INVALID, "a broken zoneinfo file");
    at += HEADER_LEN;
    block = block_len(&h, 8);
    if (block > len - at)
        return ccpi_fail(error, CCP_INVALID, "a broken zoneinfo file");
    status = read_moments(zone, bytes + at, &h, error);
    if (status != CCP_OK)
        return status;
    if (!read_footer(zone, bytes + at + block, len - at - block))
        return ccpi_fail(error, CCP_INVALID, "a broken zoneinfo file");
    return CCP_OK;
}

ccp_status ccpi_zone_parse(const char *name, const unsigned char *bytes, size_t len,
                           ccpi_zone **out, ccp_error *error)
{
    ccpi_zone *zone;
    ccp_status status;

    *out = NULL;
    zone = calloc(1, sizeof(*zone));
    if (!zone)
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for a time zone");
    snprintf(zone->name, sizeof(zone->name), "%s", name);
    status = bytes ? read_file(zone, bytes, len, error) : CCP_OK;
    if (status != CCP_OK) {
        ccpi_zone_free(zone);
        return status;
    }
    *out = zone;
    return CCP_OK;
}

/* Letters, digits and - + _ between slashes: no name leaves the directory. */
static bool is_zone_name(const char *name)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                  "0123456789-+_/";

    return *name && *name != '/' && strlen(name) < sizeof(((ccpi_zone *)0)->name) &&
           name[strspn(name, letters)] == '\0';
}

static ccp_status load(const char *name, FILE *file, ccpi_zone **out, ccp_error *error)
{
    unsigned char *bytes = malloc(MOST_FILE_BYTES);
    ccp_status status;
    size_t len;

    if (!bytes)
        return ccpi_fail(error, CCP_NO_MEMORY, "no memory for a time zone");
    len = fread(bytes, 1, MOST_FILE_BYTES, file);
    status = ccpi_zone_parse(name, bytes, len, out, error);
    free(bytes);
    return status;
}

ccp_status ccpi_zone_new(const char *name, ccpi_zone **out, ccp_error *error)
{
    char path[sizeof(DIRECTORY) + 64];
    ccp_status status;
    FILE *file;

    *out = NULL;
    if (strcmp(name, "UTC") == 0)
        return ccpi_zone_parse(name, NULL, 0, out, error);
    if (!is_zone_name(name))
        return ccpi_fail(error, CCP_INVALID, "not the name of a time zone");
    snprintf(path, sizeof(path), DIRECTORY "/%s", name);
    file = fopen(path, "rbe");
    if (!file)
        return ccpi_fail(error, CCP_INVALID, "no time zone %.60s in " DIRECTORY, name);
    status = load(name, file, out, error);
    fclose(file);
    return status;
}

void ccpi_zone_free(ccpi_zone *zone)
{
    if (!zone)
        return;
    free(zone->moments);
    free(zone);
}

const char *ccpi_zone_name(const ccpi_zone *zone)
{
    return zone->name;
}

int64_t ccpi_zone_offset(const ccpi_zone *zone, int64_t unix_s)
{
    size_t low = 0, high = zone->count;

    if (zone->has_rule &&
        (zone->count == 0 || unix_s >= zone->moments[zone->count - 1].at))
        return ccpi_zone_rule_offset(&zone->rule, unix_s);
    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (zone->moments[middle].at <= unix_s)
            low = middle + 1;
        else
            high = middle;
    }
    return low == 0 ? zone->first_offset : zone->moments[low - 1].offset;
}
