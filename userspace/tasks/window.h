/* SPDX-License-Identifier: MIT */
/* Who is measured, and when: W and [t0, t1] of METRICS.md. */
#ifndef WINDOW_H
#define WINDOW_H

#include "task_table.h"

struct window {
	uint64_t t0, t1;
	bool from_truth; /* units, gate and finish by the workload's own log */
	bool end_known;	 /* else t1 is the trace's last event, set once that is known */
	bool of_living;	 /* of what ran already: it began with the attach */
	/* The run's own window, which t0 and t1 may be a part of. Times are told from run_t0 on. */
	uint64_t run_t0, run_t1;
	bool open_end; /* what happens at t1 belongs to what follows */
};

/* A part of a window, in ns from its start. */
struct window_part {
	uint64_t from, to; /* to: UINT64_MAX: its end */
};

static inline uint64_t window_clip(const struct window *w, uint64_t t)
{
	return t < w->t0 ? w->t0 : t > w->t1 ? w->t1 : t;
}

static inline uint64_t window_span(const struct window *w, uint64_t from, uint64_t to)
{
	uint64_t begin = window_clip(w, from), end = window_clip(w, to);

	return end > begin ? end - begin : 0;
}

static inline bool window_has(const struct window *w, uint64_t t)
{
	return t >= w->t0 && (t < w->t1 || (t == w->t1 && !w->open_end));
}

/*
 * Marks W and the roles in `table` and finds the window: from the truth of a bundled workload, from
 * attach to detach for what ran already, else from the command's exec to the last switch of its
 * last thread (--wait all: of its last descendant).
 */
void window_find(struct window *w, struct task_table *table, const struct trace *t);

/*
 * When one of the truth's units was no longer in flight: it finished, or died, or else was still
 * not done at the run's end.
 */
uint64_t window_unit_end(const struct window *w, const json_t *unit);

/* When it came to be in flight: its end, if it never started. */
uint64_t window_unit_start(const struct window *w, const json_t *unit);

/* Once t1 is known: the window is the run's own one. */
void window_settle(struct window *w);

/*
 * Makes it that part of the run's own window. 0, or EXIT_USAGE where it is not in it, the reason
 * printed.
 */
int window_narrow(struct window *w, const struct window_part *part);

static inline bool window_is_part(const struct window *w)
{
	return w->t0 > w->run_t0 || w->t1 < w->run_t1;
}

/*
 * Marks which tasks of a command count as in flight. By the kernel's account, or where that is not
 * known by what the switches told: after the first pass.
 */
void window_mark_flying(const struct window *w, struct task_table *table, bool no_account);

#endif
