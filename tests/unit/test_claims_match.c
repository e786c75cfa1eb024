/* SPDX-License-Identifier: MIT */
/* Which idle CPUs waiting tasks could use. */
#include "check.h"
#include "timeline/claims.h"
#include <stdlib.h>
#include <string.h>

#define TASKS_MAX 8

struct setting {
	struct claims c;
	struct accounting a;
	struct task_state tasks[TASKS_MAX];
	uint32_t waiting[TASKS_MAX];
	size_t count;
};

/* `idle` are CPUs 0 to 63. */
static void set_up(struct setting *s, int cpu_count, uint64_t idle)
{
	CHECK(claims_open(&s->c, cpu_count));
	for (int cpu = 0; cpu < cpu_count && cpu < 64; cpu++)
		claims_set_idle(&s->c, cpu, idle >> cpu & 1);
}

static void put_task(struct setting *s, enum state state, int cpu, uint64_t mask, uint64_t since)
{
	s->waiting[s->count] = s->count;
	claims_set_queued(&s->c, cpu, true);
	s->tasks[s->count] = (struct task_state){
		.state = state, .cpu = cpu, .mask = mask, .mask_size = 1, .since = since
	};
	claims_join(&s->c, &s->tasks[s->count], s->count, claims_has(s->c.idle, cpu));
	s->count++;
}

/* Matches anew, whatever has changed. */
static void account(struct setting *s, uint64_t from, uint64_t to)
{
	struct claims_span span = { .from = from,
				    .to = to,
				    .waiting = s->waiting,
				    .waiting_count = s->count,
				    .tasks = s->tasks };

	for (int word = 0; word < s->c.words; word++)
		span.idle += __builtin_popcountll(s->c.idle[word]);
	s->c.stale = true;
	claims_account(&s->c, &s->a, &span);
	claims_settle(&s->c, &s->a);
}

/* The ns of violations that are accounted for and told, which are the same. */
static uint64_t violated(struct setting *s)
{
	claims_close(&s->c, &s->a);
	CHECK_EQ(s->c.violations.sums.ns, s->a.ns[CAUSE_VIOLATION]);
	claims_free(&s->c);
	return s->a.ns[CAUSE_VIOLATION];
}

TEST(one_waiting_task_violates_on_one_cpu)
{
	struct setting s = {};

	set_up(&s, 8, 0xe);
	put_task(&s, STATE_WAIT_PREEMPT, 0, 0xff, 0);
	account(&s, 0, 100);
	CHECK_EQ(violated(&s), 100);
}

TEST(a_mask_that_does_not_allow_is_no_violation)
{
	struct setting s = {};

	set_up(&s, 8, 0xe);
	put_task(&s, STATE_WAIT_PREEMPT, 0, 1, 0);
	account(&s, 0, 100);
	CHECK_EQ(violated(&s), 0);
}

/* It was put there, whatever the mask said that was shown last. */
TEST(the_cpu_in_whose_queue_it_waits_is_allowed)
{
	struct setting s = {};

	set_up(&s, 8, 8);
	put_task(&s, STATE_WAIT_PREEMPT, 3, 1, 0);
	account(&s, 0, 100);
	CHECK_EQ(violated(&s), 100);
}

/* Woken at 500 into CPU 1's queue, which idles: up to 500 + 1 ms on its way, then a violation. */
TEST(being_woken_ends_after_a_millisecond)
{
	for (int spans = 1; spans <= 2; spans++) { /* the same wait in two */
		struct setting s = {};

		set_up(&s, 8, 2);
		put_task(&s, STATE_WAIT_WAKEUP, 1, 0xff, 500);
		account(&s, 500, spans == 1 ? 2000500 : 1000500);
		if (spans == 2)
			account(&s, 1000500, 2000500);
		CHECK_EQ(s.a.ns[CAUSE_BEING_WOKEN], 1000000);
		CHECK_EQ(violated(&s), 1000000);
		CHECK_EQ(s.c.violations.sums.count, 1);
	}
}

/* In whichever order the two are listed: CPU 1 is being woken, and no other CPU idles. */
TEST(a_cpu_that_is_being_woken_is_no_violation_for_another)
{
	for (int first = 0; first < 2; first++) {
		struct setting s = {};

		set_up(&s, 8, 2);
		put_task(&s, STATE_WAIT_PREEMPT, 0, 0xff, 0);
		put_task(&s, STATE_WAIT_WAKEUP, 1, 0xff, 0);
		s.waiting[first] = 0;
		s.waiting[!first] = 1;
		account(&s, 0, 100);
		CHECK_EQ(s.a.ns[CAUSE_BEING_WOKEN], 100);
		CHECK_EQ(violated(&s), 0);
	}
}

/* Of three that were woken into CPU 1's queue the last has gone elsewhere: the one before it
 * counts. */
TEST(a_cpu_is_being_woken_for_the_last_that_is_still_there)
{
	struct setting s = {};

	set_up(&s, 8, 2);
	put_task(&s, STATE_WAIT_WAKEUP, 1, 2, 100);
	put_task(&s, STATE_WAIT_WAKEUP, 1, 2, 200);
	put_task(&s, STATE_WAIT_WAKEUP, 1, 2, 300);
	s.tasks[2].cpu = 5;
	account(&s, 300, 2000000);
	CHECK_EQ(s.a.ns[CAUSE_BEING_WOKEN], 1000200 - 300);
	CHECK_EQ(violated(&s), 2000000 - 1000200);
}

/*
 * CPUs 1 and 2 idle; who was preempted waits in CPU 1's queue, which is held back as long as it is
 * free, and on its way where another one was woken there: then the preempted one could use CPU 2.
 */
TEST(who_is_held_back_waits_where_the_cpu_is_free)
{
	for (int woken = 0; woken < 2; woken++) {
		struct setting s = {};

		set_up(&s, 8, 6);
		put_task(&s, STATE_WAIT_PREEMPT, 1, 0xff, 0);
		if (woken)
			put_task(&s, STATE_WAIT_WAKEUP, 1, 0xff, 0);
		account(&s, 0, 1000000);
		account(&s, 1000000, 1000000 + 500000 * !woken);
		claims_close(&s.c, &s.a);
		CHECK_EQ(s.c.cpus[1 + woken].cause,
			 woken ? VIOLATION_WAKING_UP : VIOLATION_HELD_BACK);
		CHECK_EQ(s.a.ns[CAUSE_BEING_WOKEN], woken ? 1000000 : 0);
		CHECK_EQ(s.a.ns[CAUSE_VIOLATION], woken ? 1000000 : 1500000);
		claims_free(&s.c);
	}
}

/* The one that may use both takes CPU 0 first; the other may use nothing else. */
TEST(who_comes_first_takes_nobodys_only_cpu)
{
	struct setting s = {};

	set_up(&s, 4, 7);
	put_task(&s, STATE_WAIT_PREEMPT, 3, 3, 0);
	put_task(&s, STATE_WAIT_PREEMPT, 3, 6, 0);
	put_task(&s, STATE_WAIT_PREEMPT, 3, 1, 0);
	account(&s, 0, 100);
	CHECK_EQ(violated(&s), 300);
}

TEST(no_more_cpus_are_claimed_than_masks_allow)
{
	struct setting s = {};

	set_up(&s, 4, 7);
	for (int i = 0; i < 3; i++)
		put_task(&s, STATE_WAIT_PREEMPT, 3, 3, 0);
	account(&s, 0, 100);
	CHECK_EQ(violated(&s), 200);
}

/* The kernel records CPUs 0 to 63 of a mask only, and how many it has. */
TEST(cpus_above_63_are_taken_to_be_in_a_larger_mask)
{
	struct setting s = {};

	set_up(&s, 128, 0);
	claims_set_idle(&s.c, 70, true);
	put_task(&s, STATE_WAIT_PREEMPT, 3, 0xff, 0);
	account(&s, 0, 100);
	CHECK_EQ(s.a.ns[CAUSE_VIOLATION], 0);
	s.tasks[0].mask_size = 128;
	claims_join(&s.c, &s.tasks[0], 0, false);
	account(&s, 100, 200);
	CHECK_EQ(violated(&s), 100);
}

/* ---- against trying out all ---------------------------------------------------------------------
 */

static unsigned random_number(void)
{
	static uint64_t state = 3;

	state = state * 6364136223846793005ull + 1442695040888963407ull;
	return state >> 33;
}

/* The most of tasks `at`.. that can have a CPU each of `free`. */
static unsigned most(const struct setting *s, size_t at, unsigned free)
{
	unsigned best;

	if (at == s->count)
		return 0;
	best = most(s, at + 1, free);
	for (int cpu = 0; cpu < 8; cpu++)
		if (free >> cpu & 1 && s->tasks[at].mask >> cpu & 1) {
			unsigned with = 1 + most(s, at + 1, free & ~(1u << cpu));

			best = with > best ? with : best;
		}
	return best;
}

TEST(no_choice_of_cpus_would_use_more_of_them)
{
	for (int i = 0; i < 3000 && !check_failures; i++) {
		unsigned idle = random_number() & 0x7f;
		unsigned spans = 1 + random_number() % 3;
		struct setting s = {};

		set_up(&s, 8, idle);
		for (int task = 0; task < 6; task++)
			put_task(&s, STATE_WAIT_PREEMPT, 7,
				 0x80 | (random_number() & random_number() & 0x7f), 0);
		for (unsigned span = 0; span < spans; span++)
			account(&s, span * 2000000, (span + 1) * 2000000);
		CHECK_EQ(violated(&s), spans * most(&s, 0, idle) * 2000000ull);
	}
}

/* ---- spells -------------------------------------------------------------------------------------
 */

/* Two wait for one CPU; in the second span they are listed the other way round. */
TEST(a_spell_goes_on_with_the_same_task)
{
	struct setting s = {};

	set_up(&s, 2, 2);
	put_task(&s, STATE_WAIT_PREEMPT, 0, 3, 0);
	put_task(&s, STATE_WAIT_PREEMPT, 0, 3, 0);
	account(&s, 0, 800000);
	s.waiting[0] = 1;
	s.waiting[1] = 0;
	account(&s, 800000, 1500000);
	s.waiting[0] = 1; /* the first has left */
	s.count = 1;
	s.tasks[0].state = STATE_RUNNING;
	account(&s, 1500000, 1600000);
	claims_close(&s.c, &s.a);
	CHECK_EQ(s.c.violations.listed, 1);
	CHECK_EQ(s.c.violations.longest[0].task, 0);
	CHECK_EQ(s.c.violations.longest[0].ns, 1500000);
	CHECK_EQ(s.c.violations.longest[0].cause, VIOLATION_BUSY_QUEUE);
	CHECK_EQ(s.c.violations.sums.count, 2);
	CHECK_EQ(s.c.violations.sums.short_count, 1);
	CHECK_EQ(s.c.violations.sums.short_ns, 100000);
	claims_free(&s.c);
}

int main(void)
{
	RUN(one_waiting_task_violates_on_one_cpu);
	RUN(a_mask_that_does_not_allow_is_no_violation);
	RUN(the_cpu_in_whose_queue_it_waits_is_allowed);
	RUN(being_woken_ends_after_a_millisecond);
	RUN(a_cpu_that_is_being_woken_is_no_violation_for_another);
	RUN(a_cpu_is_being_woken_for_the_last_that_is_still_there);
	RUN(who_is_held_back_waits_where_the_cpu_is_free);
	RUN(who_comes_first_takes_nobodys_only_cpu);
	RUN(no_more_cpus_are_claimed_than_masks_allow);
	RUN(cpus_above_63_are_taken_to_be_in_a_larger_mask);
	RUN(no_choice_of_cpus_would_use_more_of_them);
	RUN(a_spell_goes_on_with_the_same_task);
	return check_done("claims_match");
}
