/* Unpredictable bytes (getrandom). Aborts if the kernel has none: no caller could go on safely. */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

void random_bytes(void *out, size_t len);
uint32_t random_u32(void);

#endif
