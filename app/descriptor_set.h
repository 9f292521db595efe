#ifndef CCP_APP_DESCRIPTOR_SET_H
#define CCP_APP_DESCRIPTOR_SET_H

#include <stdbool.h>
#include <stdint.h>

/* Descriptors from here on are in no set, and not looked at. */
#define APP_DESCRIPTORS_MAX 65536

typedef struct app_descriptor_set {
    uint64_t words[APP_DESCRIPTORS_MAX / 64];
} app_descriptor_set;

static inline bool app_descriptor_is_valid(int descriptor)
{
    return descriptor >= 0 && descriptor < APP_DESCRIPTORS_MAX;
}

static inline void app_descriptor_include(app_descriptor_set *set, int descriptor)
{
    if (app_descriptor_is_valid(descriptor))
        set->words[descriptor / 64] |= UINT64_C(1) << (descriptor % 64);
}

static inline void app_descriptor_exclude(app_descriptor_set *set, int descriptor)
{
    if (app_descriptor_is_valid(descriptor))
        set->words[descriptor / 64] &= ~(UINT64_C(1) << (descriptor % 64));
}

static inline bool app_descriptor_is_in(const app_descriptor_set *set, int descriptor)
{
    return app_descriptor_is_valid(descriptor) &&
           set->words[descriptor / 64] >> (descriptor % 64) & 1;
}

/* The first from `from` on that is in neither, or APP_DESCRIPTORS_MAX. */
static inline int app_descriptor_next_in_neither(const app_descriptor_set *one,
                                                 const app_descriptor_set *other,
                                                 int from)
{
    while (from < APP_DESCRIPTORS_MAX) {
        const uint64_t both = one->words[from / 64] | other->words[from / 64];
        const uint64_t rest = ~both & UINT64_MAX << (from % 64);

        if (rest != 0)
            return from / 64 * 64 + __builtin_ctzll(rest);
        from = (from / 64 + 1) * 64;
    }
    return APP_DESCRIPTORS_MAX;
}

#endif
