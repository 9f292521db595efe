#ifndef CCPI_OBSERVE_SERIES_H
#define CCPI_OBSERVE_SERIES_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Values by labels: a hash table that only grows, up to a limit, with values of
 * one size, all zero at first. Labels are texts in the order of their table's
 * names. The caller locks.
 */
#define CCPI_SERIES_LABELS 4
#define CCPI_SERIES_KEY_SIZE 192 /* all labels, each with its NUL */
#define CCPI_SERIES_SLOTS 512

typedef struct ccpi_series {
    struct ccpi_series *next; /* in its slot */
    size_t hash;
    size_t key_len;
    char key[CCPI_SERIES_KEY_SIZE]; /* the labels, one after the other */
    _Alignas(max_align_t) unsigned char values[];
} ccpi_series;

typedef struct ccpi_series_table {
    size_t value_size;
    size_t limit;
    size_t count;
    ccpi_series **all; /* in the order in which they came; room for the limit */
    ccpi_series *slots[CCPI_SERIES_SLOTS];
} ccpi_series_table;

/* A key is built label by label; what has no room is cut. */
typedef struct ccpi_series_key {
    size_t len;
    char text[CCPI_SERIES_KEY_SIZE];
} ccpi_series_key;

void ccpi_series_key_add(ccpi_series_key *key, const char *label);

/* false: no memory. Clear it also then. */
bool ccpi_series_init(ccpi_series_table *table, size_t value_size, size_t limit);
void ccpi_series_clear(ccpi_series_table *table);

/* NULL: it is not there. */
ccpi_series *ccpi_series_find(const ccpi_series_table *table, const ccpi_series_key *key);

/* Makes what is not there. NULL: the table is full, or there is no memory. */
ccpi_series *ccpi_series_get(ccpi_series_table *table, const ccpi_series_key *key);

#endif
