/* SPDX-License-Identifier: MIT */
/*
 * The first pass in a thread of its own, and the second one right behind it. The first passes on
 * what it finds once the time of that is settled: nothing that belongs before is to be found any
 * more, for what still is in question (an untraced switch whose time the next account of the task
 * tells) holds that time back. Only a sleep that a signal ended, or a switch in that nobody saw, is
 * found without notice, mostly soon: it gets a part of the trace to show itself. Where one comes
 * later still, or what was said at the start proves wrong in the end, the second pass was misled:
 * it begins again with the first one's whole result.
 */
#ifndef RESOLVE_AHEAD_H
#define RESOLVE_AHEAD_H

#include "resolve.h"

struct resolve_ahead;

/* What has to be known beforehand is, and it is worth it. */
bool resolve_ahead_may(const struct trace *t, const struct window *w);

/*
 * Starts the first pass. NULL: it can't be. `table` is the second one's until resolve_ahead_end():
 * tasks that only events tell of come to it as they are settled.
 */
struct resolve_ahead *resolve_ahead_start(struct trace *t, struct task_table *table,
					  const struct window *w);

/* What is settled by now. It grows, as the table does, in resolve_ahead_wait() alone. */
const struct resolution *resolve_ahead_settled(const struct resolve_ahead *a);

/*
 * Waits until `ts` is settled. Up to when all is; UINT64_MAX: to the end. 0: the second pass was
 * misled.
 */
uint64_t resolve_ahead_wait(struct resolve_ahead *a, uint64_t ts);

enum ahead_result {
	AHEAD_AS_SETTLED, /* and the second pass had all of it if it came to its end */
	AHEAD_MISLED,	  /* `whole` is good, what was settled was not */
	AHEAD_FAILED,	  /* out of memory, or the accounts are missing: resolve() may do better */
};

/* Waits for the first pass's end; `whole` and the table are then as resolve() makes them. */
enum ahead_result resolve_ahead_end(struct resolve_ahead *a, struct resolution *whole);

#endif
