/* SPDX-License-Identifier: MIT */
/* How long each state of the whole program lasted. */
#include <string.h>
#include "timeline_clock.h"

/* Idle CPUs that somebody waits for have their cause from who that is; all others by number. */
bool clock_spend(struct timeline *tl, uint64_t to)
{
	const struct claims_span span = { .from = tl->now,
					  .to = to,
					  .idle = tl->moment.moment.cpus[CPU_IDLE],
					  .waiting = tl->waiting,
					  .waiting_count = tl->moment.moment.waiting,
					  .tasks = tl->tasks };
	uint64_t claimed = claims_account(&tl->claims, &tl->accounting, &span);
	bool good;

	moment_add(&tl->moment, MOMENT_COUNTER(cpus[CPU_IDLE]), -(int)claimed);
	good = moments_add_now(&tl->moments, &tl->moment, to - tl->now);
	moment_add(&tl->moment, MOMENT_COUNTER(cpus[CPU_IDLE]), (int)claimed);
	return good;
}

static uint64_t earlier_edge(const struct timeline *tl, uint64_t edge, uint64_t other)
{
	return other > tl->now && other < edge ? other : edge;
}

/*
 * Only what quotas were to blame for matters of the time before a part of the run: no more than
 * the rest is theirs in it.
 */
static void forget_before_part(struct timeline *tl)
{
	moments_forget(&tl->moments);
	parallelism_free(&tl->parallelism);
	tl->parallelism = (struct parallelism){};
	claims_forget(&tl->claims, &tl->accounting);
	memset(tl->accounting.ns, 0, sizeof(tl->accounting.ns));
}

/* What each unit has run up to the first one's finish, now. */
void clock_note_fair(struct timeline *tl)
{
	for (uint32_t i = 0; i < tl->task_room; i++) {
		struct task_state *s = &tl->tasks[i];
		uint64_t running = s->state == STATE_RUNNING ? tl->now : 0;
		uint64_t from = s->since > tl->t0 ? s->since : tl->t0;

		s->fair_run_ns = s->ns[STATE_RUNNING] + (running > from ? running - from : 0);
	}
	tl->fair_is_noted = true;
}

/* What the time that begins now is part of, and until when. */
static void begin_era(struct timeline *tl)
{
	uint64_t births = tl->resolution->losses.births_since;

	if (tl->now == tl->window->t0 && window_is_part(tl->window))
		forget_before_part(tl);
	if (tl->now == tl->fair_until && tl->now > tl->t0)
		clock_note_fair(tl);
	tl->moment.moment.flags &= ~(MOMENT_BIRTHS_LOST | MOMENT_ALL_IN_FLIGHT);
	if (tl->now >= births)
		tl->moment.moment.flags |= MOMENT_BIRTHS_LOST;
	if (tl->now >= tl->all_from && tl->now < tl->all_to)
		tl->moment.moment.flags |= MOMENT_ALL_IN_FLIGHT;
	tl->moment.sum = moment_sum(&tl->moment.moment);
	tl->era_end = earlier_edge(tl, tl->window->t1, births);
	tl->era_end = earlier_edge(tl, tl->era_end, tl->window->t0);
	tl->era_end = earlier_edge(tl, tl->era_end, tl->all_from);
	tl->era_end = earlier_edge(tl, tl->era_end, tl->all_to);
	tl->plain_end = tl->now >= tl->window->t0 ? tl->era_end : 0;
}

bool clock_start(struct timeline *tl)
{
	tl->t0 = tl->window->t0;
	tl->moments.accounting = &tl->accounting;
	tl->moments.parallelism = &tl->parallelism;
	tl->moments.n = tl->resolution->n;
	tl->now = tl->accounting.throttled_left_ns ? tl->window->run_t0 : tl->window->t0;
	if (!moments_open(&tl->moments))
		return false;
	begin_era(tl);
	return !tl->failed;
}

void clock_move(struct timeline *tl, uint64_t t)
{
	tl->at =
		(struct instant){ t, window_clip(tl->window, t), window_has(tl->window, t), false };
	while (t > tl->era_end && tl->now < tl->window->t1) {
		clock_add_span(tl, tl->era_end);
		begin_era(tl);
	}
	if (t > tl->now && t <= tl->era_end)
		clock_add_span(tl, t);
}
