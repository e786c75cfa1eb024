/* SPDX-License-Identifier: MIT */
#ifndef BODY_SPIN_H
#define BODY_SPIN_H

#include <stdint.h>

/* `count` steps of a linear congruential generator from `value`: the same on every machine. */
uint64_t spin_steps(uint64_t value, uint64_t count);

/* The same in C, where there is no assembly for this processor. */
uint64_t spin_steps_portable(uint64_t value, uint64_t count);

#endif
