/* SPDX-License-Identifier: MIT */
/*
 * Behind whom tasks of W waited for a CPU: at a task's sched-in its wait is shared out among those
 * that ran there meanwhile, back from the last one. Of a CPU only the last few slices are at hand,
 * and of those behind whom one waits only a few are kept, those with most of it (as of the heavy
 * hitters of Misra and Gries, 1982): what is told of a task has been its doing, the rest is summed.
 */
#ifndef BEHIND_H
#define BEHIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BEHIND_SLICES 8 /* of a CPU, a power of two */
#define BEHIND_OF_CPU 16
#define BEHIND_OF_TASK 4
#define BEHIND_HINTS 64 /* a power of two */

struct behind_row {
	uint64_t ns;   /* since it has its place here; 0: nobody has it */
	uint64_t used; /* what of that others have used up: the rest is its credit */
	uint32_t task;
};

struct behind_cpu {
	struct behind_slice {
		uint64_t ns;
		uint32_t task;
	} slices[BEHIND_SLICES]; /* a ring */
	unsigned newest;
	struct behind_row rows[BEHIND_OF_CPU];
	uint64_t rest_ns;
	/* [task % BEHIND_HINTS]: how many rows there are of these, and which one was last. */
	uint8_t rows_of[BEHIND_HINTS], row_of[BEHIND_HINTS];
	uint8_t least; /* the row with the least credit, if that is known */
	bool least_known;
};

struct behind_task {
	struct behind_row rows[BEHIND_OF_TASK];
	uint64_t rest_ns;
	struct behind_last {	 /* where its last wait was counted in, if in two rows */
		uint16_t cpus;	 /* 1 + the CPU; 0: it was not */
		uint8_t cpu_row; /* of that CPU, */
		uint8_t row;	 /* and its own */
	} last;
};

struct behind {
	struct behind_cpu *cpus;
	struct behind_task *tasks;
	uint32_t task_room;
};

/* False out of memory. */
bool behind_open(struct behind *b, int cpu_count);
void behind_free(struct behind *b);

/* `task` has run on the CPU for `ns`. */
static inline void behind_slice(struct behind *b, int cpu, uint32_t task, uint64_t ns)
{
	struct behind_cpu *c = &b->cpus[cpu];

	c->newest = (c->newest + 1) % BEHIND_SLICES;
	c->slices[c->newest] = (struct behind_slice){ ns, task };
}

/* The same as behind_wait(), for any number of slices and behind whomever. */
bool behind_wait_slices(struct behind *b, int cpu, uint32_t task, uint64_t ns);

/*
 * `task` comes in on the CPU, for which it has waited while others ran there for `ns`, up to now:
 * most often while one did, and that one was who it had waited behind the last time too. False out
 * of memory.
 */
static inline bool behind_wait(struct behind *b, int cpu, uint32_t task, uint64_t ns)
{
	struct behind_cpu *c = &b->cpus[cpu];
	const struct behind_slice *slice = &c->slices[c->newest];
	struct behind_row *row, *own;
	struct behind_last last;

	if (slice->ns < ns || task >= b->task_room)
		return behind_wait_slices(b, cpu, task, ns);
	last = b->tasks[task].last;
	row = &c->rows[last.cpu_row];
	own = &b->tasks[task].rows[last.row];
	if (last.cpus != cpu + 1 || row->task != slice->task || own->task != slice->task)
		return behind_wait_slices(b, cpu, task, ns);
	row->ns += ns;
	own->ns += ns;
	if (last.cpu_row == c->least)
		c->least_known = false;
	return true;
}

#endif
