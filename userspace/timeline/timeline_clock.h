/* SPDX-License-Identifier: MIT */
/* The instant that the second pass has come to, and how the time up to there is accounted for. */
#ifndef TIMELINE_CLOCK_H
#define TIMELINE_CLOCK_H

#include "timeline.h"

/* False out of memory. */
bool clock_start(struct timeline *tl);
/* As clock_advance(), wherever `t` lies. */
void clock_move(struct timeline *tl, uint64_t t);
/* As moments_add_now(), where tasks that wait may claim idle CPUs. */
bool clock_spend(struct timeline *tl, uint64_t to);

void clock_note_fair(struct timeline *tl);

static inline void clock_add_span(struct timeline *tl, uint64_t to)
{
	bool good;

	if (tl->moment.moment.waiting && tl->moment.moment.cpus[CPU_IDLE] &&
	    !claims_none(&tl->claims))
		good = clock_spend(tl, to);
	else
		good = moments_add_now(&tl->moments, &tl->moment, to - tl->now);
	if (__builtin_expect(!good, 0))
		tl->failed = true;
	tl->now = to;
}

/* Whatever is so now has been so up to `t`, and what follows is at that instant. */
static inline void clock_advance(struct timeline *tl, uint64_t t)
{
	if (__builtin_expect(t < tl->now || t >= tl->plain_end, 0)) {
		clock_move(tl, t);
		return;
	}
	tl->at = (struct instant){ t, t, true, false };
	if (t > tl->now)
		clock_add_span(tl, t);
}

/* How much of a stay that ends now is in the window. */
static inline uint64_t span_since(const struct timeline *tl, uint64_t since)
{
	uint64_t from = since > tl->t0 ? since : tl->t0, span;

	return __builtin_sub_overflow(tl->at.clipped, from, &span) ? 0 : span;
}

/* The same of `at`, which is that, or a plain one. */
static inline uint64_t span_to(const struct timeline *tl, struct instant at, uint64_t since)
{
	return at.plain ? at.t - since : span_since(tl, since);
}

#endif
