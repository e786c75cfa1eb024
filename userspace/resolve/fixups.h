/* SPDX-License-Identifier: MIT */
/* What no record shows where it belongs: found by the first pass, applied by the second. */
#ifndef FIXUPS_H
#define FIXUPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TASK_IDLE (UINT32_MAX - 1)    /* the CPU's idle task */
#define TASK_UNKNOWN (UINT32_MAX - 2) /* nobody knows who runs there */

enum fixup_kind {
	FIX_CPU,     /* from `ts` on `task` runs on `cpu` */
	FIX_DEAD,    /* `task` is dead from `ts` on */
	FIX_UNKNOWN, /* nobody knows what `task` does from `ts` on: a loss may hide it */
	FIX_WAITS,   /* it is known again: woken at `ts` into the queue of `cpu` */
	FIX_QUEUE,   /* it waits, but in whose queue is not known from `ts` on */
	/* Only on its way to a list of sequence numbers: the sched-out at `ts` did not block. */
	FIX_IMPLICIT,
};

struct fixup {
	uint64_t ts;
	uint32_t task;
	int cpu;
	/* FIX_CPU: it lies before this record of the CPU, and after the one before that.
	 * FIX_IMPLICIT: it is that record. */
	uint32_t before_seq;
	enum fixup_kind kind;
};

struct fixups {
	struct fixup *list;
	size_t count, room;
};

/* False out of memory. */
bool fixups_add(struct fixups *fixups, struct fixup fix);
/* In the order in which the second pass meets them. */
void fixups_sort(struct fixups *fixups);
/* The first `count` are gone. */
void fixups_drop(struct fixups *fixups, size_t count);
void fixups_free(struct fixups *fixups);

#endif
