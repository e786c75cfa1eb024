/* SPDX-License-Identifier: MIT */
/*
 * What was lost, and when. Two readings of one loss:
 *  - its records: they were made on one CPU, after the record before them and before the one after
 *  - its span: until that CPU's next switch nobody knows who is in there; any task may have been
 * woken or may have run meanwhile, so the spans of all CPUs are one list.
 */
#ifndef LOSSES_H
#define LOSSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "sched_event.h"

struct loss {
	uint64_t from, to;
	uint64_t count;
	int cpu;
	enum event_stream stream;
};

struct loss_span {
	uint64_t from, to;
};

struct losses {
	struct loss *list; /* by CPU, then stream, then time, once settled */
	size_t count, room;
	struct loss_span *spans; /* ascending, apart from each other, once settled */
	size_t span_count, span_room;
	uint64_t births_since; /* records of births may be missing from here on; UINT64_MAX: none */
};

void losses_start(struct losses *l);
/* False out of memory. */
bool losses_add(struct losses *l, const struct loss *loss);
bool losses_add_span(struct losses *l, uint64_t from, uint64_t to);
/* Sorts the losses, joins the spans. Before it the questions below find nothing. */
void losses_settle(struct losses *l);

/* The first span that reaches into the time between `from` and `to`; NULL: nothing was lost then.
 */
const struct loss_span *losses_between(const struct losses *l, uint64_t from, uint64_t to);

/* When the first loss of switches on `cpu` since `from` begins; UINT64_MAX: there is none. */
uint64_t losses_next_on(const struct losses *l, int cpu, uint64_t from);

void losses_free(struct losses *l);

#endif
