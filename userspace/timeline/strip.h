/* SPDX-License-Identifier: MIT */
/*
 * A picture of the window in few columns: on each CPU, who had most of each column's time.
 *
 *	column      0           1           2
 *	 CPU 0  |AAAA BBBBBB|BBBB ... AA|AA.........|	most: B, B, idle
 *
 * Filled during the pass, CPU by CPU in order of time, with no search: whose turn it is adds to one
 * slot, and whoever has most by then holds the column. Exact for up to STRIP_SLOTS tasks of the
 * workload at once on a CPU; beyond, of two that share a slot in one column each may be counted
 * short.
 */
#ifndef STRIP_H
#define STRIP_H

#include "cpu_timeline.h"

#define STRIP_COLUMNS 72
#define STRIP_SLOTS 256

/* In a cell, instead of a task of the workload: a state of the CPU. */
#define STRIP_STATE(state) (UINT32_MAX - (uint32_t)(state))

struct strip_slot {
	uint64_t key; /* strip_key() of who it is of */
	uint64_t ns;
};

struct strip_cpu {
	uint32_t column;     /* now */
	uint64_t column_end; /* absolute */
	uint32_t most_who;
	uint64_t most_ns;
	struct strip_slot slots[STRIP_SLOTS + CPU_STATE_COUNT];
	uint32_t cells[STRIP_COLUMNS]; /* a task of the table, or STRIP_STATE() */
};

struct strip {
	const struct window *window;
	uint32_t columns; /* fewer than STRIP_COLUMNS where the window has fewer ns */
	int cpu_count;
	struct strip_cpu *cpus;
};

/* All unknown. False out of memory; strip_free() either way. The window is to outlive it. */
bool strip_open(struct strip *s, const struct window *w, int cpu_count);

/* The same as strip_add(), also where columns or the window end in it. */
void strip_add_columns(struct strip *s, struct strip_cpu *c, uint64_t from, uint64_t to,
		       enum cpu_state state, uint32_t task);

/* Of a task or STRIP_STATE() in the column that the CPU has come to. */
static inline uint64_t strip_key(const struct strip_cpu *c, uint32_t who)
{
	return (uint64_t)c->column << 32 | who;
}

static inline void strip_tally(struct strip_cpu *c, enum cpu_state state, uint32_t task,
			       uint64_t ns)
{
	bool known = state == CPU_WORKLOAD;
	uint32_t who = known ? task : STRIP_STATE(state);
	struct strip_slot *slot = &c->slots[known ? task % STRIP_SLOTS : STRIP_SLOTS + state];

	if (slot->key != strip_key(c, who))
		*slot = (struct strip_slot){ .key = strip_key(c, who) };
	slot->ns += ns;
	if (slot->ns > c->most_ns) {
		c->most_ns = slot->ns;
		c->most_who = who;
	}
}

/* As strip_add(), of a span that begins in the window, and is not empty. */
static inline void strip_add_within(struct strip *s, int cpu, uint64_t from, uint64_t to,
				    enum cpu_state state, uint32_t task)
{
	struct strip_cpu *c = &s->cpus[cpu];

	if (to <= c->column_end)
		strip_tally(c, state, task, to - from);
	else
		strip_add_columns(s, c, from, to, state, task);
}

/* `task`, by which the CPU was in `state`, was in on `cpu`; each span begins where one ended. */
static inline void strip_add(struct strip *s, int cpu, uint64_t from, uint64_t to,
			     enum cpu_state state, uint32_t task)
{
	if (from >= s->window->t0 && from < to)
		strip_add_within(s, cpu, from, to, state, task);
	else
		strip_add_columns(s, &s->cpus[cpu], from, to, state, task);
}

/* After the last span: the cells hold. */
void strip_close(struct strip *s);
void strip_free(struct strip *s);

#endif
