/* SPDX-License-Identifier: MIT */
#ifndef TIMERS_H
#define TIMERS_H

#include <stdbool.h>
#include <stdint.h>

/* A binary heap, earliest first; equal deadlines come out in the order they went in. */
struct timer {
	uint64_t deadline_ns, order;
	void *owner;
};

struct timers {
	struct timer *heap; /* room for as many as can wait at once: the caller's */
	unsigned count;
	uint64_t added;
};

void timers_add(struct timers *timers, uint64_t deadline_ns, void *owner);

/* The owner of the earliest timer that is due at now_ns, taken out; NULL where none is. */
void *timers_take_due(struct timers *timers, uint64_t now_ns);

#endif
