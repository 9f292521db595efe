#ifndef CCPT_THREADS_CRITERION_NEW_ASSERT_H
#define CCPT_THREADS_CRITERION_NEW_ASSERT_H

/* See criterion.h beside this folder. Texts are compared by content, all else by value.
 */
#define CCPT_ORDER_str(a, b) strcmp((a), (b))
#define CCPT_ORDER_int(a, b) CCPT_ORDER(a, b)
#define CCPT_ORDER_long(a, b) CCPT_ORDER(a, b)
#define CCPT_ORDER_chr(a, b) CCPT_ORDER(a, b)
#define CCPT_ORDER_sz(a, b) CCPT_ORDER(a, b)
#define CCPT_ORDER_ptr(a, b) CCPT_ORDER(a, b)
#define CCPT_ORDER_i8(a, b) CCPT_ORDER(a, b)
#define CCPT_ORDER_u8(a, b) CCPT_ORDER(a, b)
#define CCPT_ORDER_i16(a, b) CCPT_ORDER(a, b)
#define CCPT_ORDER_u16(a, b) CCPT_ORDER(a, b)
#define CCPT_ORDER_i32(a, b) CCPT_ORDER(a, b)
#define CCPT_ORDER_u32(a, b) CCPT_ORDER(a, b)
#define CCPT_ORDER_i64(a, b) CCPT_ORDER(a, b)
#define CCPT_ORDER_u64(a, b) CCPT_ORDER(a, b)
#define CCPT_ORDER_uint(a, b) CCPT_ORDER(a, b)
#define CCPT_ORDER_ulong(a, b) CCPT_ORDER(a, b)
#define CCPT_ORDER_dbl(a, b) CCPT_ORDER(a, b)
#define CCPT_ORDER(a, b)                                                                 \
    __extension__({                                                                      \
        __auto_type left_ = (a);                                                         \
        __typeof__(left_) right_ = (__typeof__(left_))(b);                               \
        left_<right_ ? -1 : left_> right_;                                               \
    })

#define eq(type, a, b) (CCPT_ORDER_##type(a, b) == 0)
#define ne(type, a, b) (CCPT_ORDER_##type(a, b) != 0)
#define lt(type, a, b) (CCPT_ORDER_##type(a, b) < 0)
#define le(type, a, b) (CCPT_ORDER_##type(a, b) <= 0)
#define gt(type, a, b) (CCPT_ORDER_##type(a, b) > 0)
#define ge(type, a, b) (CCPT_ORDER_##type(a, b) >= 0)
#define zero(type, a) (!(a))
#define not(condition) (!(condition))

#endif
