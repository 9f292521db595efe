#include "observe/series.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A label that has no room left loses its end, never its NUL. */
void ccpi_series_key_add(ccpi_series_key *key, const char *label)
{
    const size_t room = sizeof(key->text) - key->len;
    size_t len = strlen(label);

    if (room == 0)
        return;
    if (len > room - 1)
        len = room - 1;
    memcpy(key->text + key->len, label, len);
    key->text[key->len + len] = '\0';
    key->len += len + 1;
}

bool ccpi_series_init(ccpi_series_table *table, size_t value_size, size_t limit)
{
    *table = (ccpi_series_table){.value_size = value_size, .limit = limit};
    table->all = calloc(limit, sizeof(ccpi_series *));
    return table->all != NULL;
}

void ccpi_series_clear(ccpi_series_table *table)
{
    for (size_t i = 0; i < table->count; i++)
        free(table->all[i]);
    free(table->all);
    *table = (ccpi_series_table){0};
}

/* FNV-1a; labels are our own words and bounded in number, so nobody gains by collisions.
 */
static size_t hash_of(const ccpi_series_key *key)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < key->len; i++)
        hash = (hash ^ (unsigned char)key->text[i]) * UINT64_C(0x100000001b3);
    return (size_t)hash;
}

static ccpi_series *look_up(const ccpi_series_table *table, const ccpi_series_key *key,
                            size_t hash)
{
    ccpi_series *series = table->slots[hash % CCPI_SERIES_SLOTS];

    while (series && (series->hash != hash || series->key_len != key->len ||
                      memcmp(series->key, key->text, key->len) != 0))
        series = series->next;
    return series;
}

ccpi_series *ccpi_series_find(const ccpi_series_table *table, const ccpi_series_key *key)
{
    return look_up(table, key, hash_of(key));
}

ccpi_series *ccpi_series_get(ccpi_series_table *table, const ccpi_series_key *key)
{
    const size_t hash = hash_of(key);
    ccpi_series *series = look_up(table, key, hash);

    if (series || table->count == table->limit)
        return series;
    series = calloc(1, sizeof(*series) + table->value_size);
    if (!series)
        return NULL;
    series->hash = hash;
    series->key_len = key->len;
    memcpy(series->key, key->text, key->len);
    series->next = table->slots[hash % CCPI_SERIES_SLOTS];
    table->slots[hash % CCPI_SERIES_SLOTS] = series;
    table->all[table->count++] = series;
    return series;
}
