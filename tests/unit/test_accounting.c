/* SPDX-License-Identifier: MIT */
#include "accounting.h"
#include "drawn_trace.h"

/* ---- accounting_add() alone ---------------------------------------------------------------------
 */

static unsigned idle_mask; /* bit c: CPU c idles and is allowed */

static bool idles(const void *ctx, int cpu)
{
	return idle_mask >> cpu & 1;
}

struct setting {
	struct accounting a;
	struct task_state tasks[8];
	uint32_t waiting[8];
	unsigned char claimed[8];
	uint32_t blocked[BLOCK_KIND_COUNT];
};

static void add(struct setting *s, uint64_t from, uint64_t to, uint64_t own, uint64_t idle,
		size_t waiting)
{
	struct accounting_span span = {
		.from = from,
		.to = to,
		.idle = idle,
		.waiting = s->waiting,
		.waiting_count = waiting,
		.tasks = s->tasks,
		.idle_cpu = idles,
		.cpu_count = 8,
		.claimed = s->claimed,
	};
	struct moment m = { .waiting = waiting, .cpus = { [CPU_WORKLOAD] = own } };

	for (uint32_t i = 0; i < 8; i++)
		s->waiting[i] = i;
	idle_mask = ((1u << idle) - 1) << own;
	memcpy(m.blocked, s->blocked, sizeof(m.blocked));
	m.cpus[CPU_IDLE] = idle - accounting_claim(&s->a, &span);
	accounting_add(&s->a, &m, to - from);
	for (int cpu = 0; cpu < 8; cpu++)
		CHECK_EQ(s->claimed[cpu], 0);
}

static uint64_t sum(const struct accounting *a)
{
	uint64_t all = 0;

	for (int i = 0; i < CAUSE_COUNT; i++)
		all += a->ns[i];
	return all;
}

TEST(remainders_are_carried_so_that_every_sum_is_exact)
{
	struct setting s = { .blocked = { [BLOCK_LOCK] = 1, [BLOCK_IO] = 1, [BLOCK_SLEEP] = 1 } };

	/* One ns of one CPU, three tasks in proportion: after 3,000 each cause has 1,000. */
	for (uint64_t t = 0; t < 3000; t++) {
		add(&s, t, t + 1, 0, 1, 0);
		CHECK_EQ(sum(&s.a), t + 1);
	}
	CHECK_NEAR(s.a.ns[CAUSE_LOCK], 1000, 1);
	CHECK_NEAR(s.a.ns[CAUSE_IO], 1000, 1);
	CHECK_NEAR(s.a.ns[CAUSE_SLEEP], 1000, 1);
	CHECK_EQ(s.a.ns[CAUSE_NO_TASK], 0);
}

TEST(proportions_follow_the_numbers_of_tasks)
{
	struct setting s = { .blocked = { [BLOCK_CONDITION] = 5, [BLOCK_OTHER] = 2 } };

	add(&s, 0, 7000, 1, 2, 0); /* 14,000 ns of idle CPUs over 7 tasks */
	CHECK_EQ(s.a.ns[CAUSE_CONDITION], 10000);
	CHECK_EQ(s.a.ns[CAUSE_OTHER_BLOCK], 4000);
	CHECK_EQ(s.a.ns[CAUSE_OWN], 7000);
}

TEST(children_and_joins_are_no_cause)
{
	struct setting s = { .blocked = { [BLOCK_IO] = 1, [BLOCK_CHILD] = 4 } };

	add(&s, 0, 100, 1, 3, 0);
	CHECK_EQ(s.a.ns[CAUSE_IO], 100);
	CHECK_EQ(s.a.ns[CAUSE_NO_TASK], 200);
}

TEST(one_waiting_task_violates_on_one_cpu)
{
	struct setting s = { .tasks = { { .state = STATE_WAIT_PREEMPT, .cpu = 0, .mask = 0xff } } };

	add(&s, 0, 100, 1, 3, 1);
	CHECK_EQ(s.a.ns[CAUSE_VIOLATION], 100);
	CHECK_EQ(s.a.ns[CAUSE_NO_TASK], 200);
}

TEST(a_mask_that_does_not_allow_is_no_violation)
{
	struct setting s = { .tasks = { { .state = STATE_WAIT_PREEMPT, .cpu = 0, .mask = 1 } } };

	add(&s, 0, 100, 1, 3, 1);
	CHECK_EQ(s.a.ns[CAUSE_VIOLATION], 0);
	CHECK_EQ(s.a.ns[CAUSE_NO_TASK], 300);
}

/* Woken at 500 into CPU 1's queue, which idles: up to 500 + 1 ms on its way, then a violation. */
TEST(being_woken_ends_after_a_millisecond)
{
	struct setting s = {
		.tasks = { { .state = STATE_WAIT_WAKEUP, .cpu = 1, .mask = 0xff, .since = 500 } }
	};

	add(&s, 500, 2000500, 1, 1, 1);
	CHECK_EQ(s.a.ns[CAUSE_BEING_WOKEN], 1000000);
	CHECK_EQ(s.a.ns[CAUSE_VIOLATION], 1000000);
	/* The same wait in two spans. */
	s.a = (struct accounting){};
	add(&s, 500, 1000500, 1, 1, 1);
	CHECK_EQ(s.a.ns[CAUSE_VIOLATION], 0);
	add(&s, 1000500, 2000500, 1, 1, 1);
	CHECK_EQ(s.a.ns[CAUSE_BEING_WOKEN], 1000000);
	CHECK_EQ(s.a.ns[CAUSE_VIOLATION], 1000000);
}

/* In whichever order the two are listed: CPU 1 is being woken, and no other CPU idles. */
TEST(a_cpu_that_is_being_woken_is_no_violation_for_another)
{
	struct task_state elsewhere = { .state = STATE_WAIT_PREEMPT, .cpu = 0, .mask = 0xff };
	struct task_state woken = { .state = STATE_WAIT_WAKEUP, .cpu = 1, .mask = 0xff };
	struct setting s = { .tasks = { elsewhere, woken } }, t = { .tasks = { woken, elsewhere } };

	add(&s, 0, 100, 1, 1, 2);
	CHECK_EQ(s.a.ns[CAUSE_BEING_WOKEN], 100);
	CHECK_EQ(s.a.ns[CAUSE_VIOLATION], 0);
	add(&t, 0, 100, 1, 1, 2);
	CHECK_EQ(t.a.ns[CAUSE_BEING_WOKEN], 100);
	CHECK_EQ(t.a.ns[CAUSE_VIOLATION], 0);
}

/* ---- whole traces -------------------------------------------------------------------------------
 */

static void check_causes(const char *fixture, const uint64_t expected[CAUSE_COUNT], double eps)
{
	struct summary s;

	CHECK_OR_RETURN(drawn_fixture(fixture, &s));
	for (int i = 0; i < CAUSE_COUNT; i++)
		if (!CHECK_NEAR(s.accounting_ns[i], expected[i], eps))
			printf("#   that was %s of %s\n", cause_name(i), fixture);
	CHECK_EQ(s.trust.verdict, TRUST_WHOLE);
	drawn_sums_hold(&s);
	summary_free(&s);
}

TEST(each_cause_has_its_time)
{
	check_causes("line",
		     (uint64_t[CAUSE_COUNT]){ [CAUSE_OWN] = 800,
					      [CAUSE_OTHER_WAITED] = 150,
					      [CAUSE_BEING_WOKEN] = 50,
					      [CAUSE_IO] = 1000 },
		     0);
	check_causes("parallel",
		     (uint64_t[CAUSE_COUNT]){ [CAUSE_OWN] = 4480,
					      [CAUSE_BEING_WOKEN] = 120,
					      [CAUSE_IO] = 400,
					      [CAUSE_NO_TASK] = 1000 },
		     0);
	check_causes("placement",
		     (uint64_t[CAUSE_COUNT]){ [CAUSE_OWN] = 3700,
					      [CAUSE_OTHER_WAITED] = 400,
					      [CAUSE_OTHER_FREE] = 300,
					      [CAUSE_BEING_WOKEN] = 110,
					      [CAUSE_VIOLATION] = 690,
					      [CAUSE_IO] = 100,
					      [CAUSE_NO_TASK] = 700 },
		     0);
	check_causes("being_woken",
		     (uint64_t[CAUSE_COUNT]){ [CAUSE_OWN] = 8500000,
					      [CAUSE_BEING_WOKEN] = 1000000,
					      [CAUSE_VIOLATION] = 300000,
					      [CAUSE_IO] = 200000 },
		     0);
	check_causes("two_claims",
		     (uint64_t[CAUSE_COUNT]){ [CAUSE_OWN] = 3600,
					      [CAUSE_BEING_WOKEN] = 200,
					      [CAUSE_VIOLATION] = 100,
					      [CAUSE_NO_TASK] = 100 },
		     0);
}

/* Thirds of a ns: within one of the real number, the sum to the ns. */
TEST(blocked_tasks_share_the_idle_cpus)
{
	check_causes("causes",
		     (uint64_t[CAUSE_COUNT]){ [CAUSE_OWN] = 15000,
					      [CAUSE_LOCK] = 5667,
					      [CAUSE_CONDITION] = 4667,
					      [CAUSE_SLEEP] = 3666,
					      [CAUSE_IO] = 3000 },
		     1);
}

/* Two spells of 600 and 300 ns: those that a quota's time covers are no violations. */
TEST(throttled_time_takes_violations_up_to_what_the_kernel_accounts_for)
{
	static const struct {
		const char *told;
		int64_t told_ns;
		uint64_t throttled, violation;
	} cases[] = {
		{ "", -1, 0, 900 },
		{ "throttled 0\n", 0, 0, 900 },
		{ "throttled 250\n", 250, 250, 650 },
		{ "throttled 700\n", 700, 700, 200 },
		{ "throttled 900\n", 900, 900, 0 },
		{ "throttled 5000\n", 5000, 900, 0 },
	};
	char *drawing = drawn_load("throttled"), text[4096];

	CHECK_OR_RETURN(drawing);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct summary s;

		snprintf(text, sizeof(text), "%s%s", cases[i].told, drawing);
		if (!CHECK(drawn_analyze(text, &s)))
			continue;
		CHECK_EQ(s.run_result.throttled_ns, cases[i].told_ns);
		CHECK_EQ(s.accounting_ns[CAUSE_THROTTLED], cases[i].throttled);
		CHECK_EQ(s.accounting_ns[CAUSE_VIOLATION], cases[i].violation);
		CHECK_EQ(s.accounting_ns[CAUSE_OWN], 3100);
		CHECK_EQ(s.accounting_ns[CAUSE_NO_TASK], 4000);
		CHECK_EQ(s.trust.verdict, TRUST_WHOLE);
		drawn_sums_hold(&s);
		summary_free(&s);
	}
	free(drawing);
}

int main(void)
{
	RUN(remainders_are_carried_so_that_every_sum_is_exact);
	RUN(proportions_follow_the_numbers_of_tasks);
	RUN(children_and_joins_are_no_cause);
	RUN(one_waiting_task_violates_on_one_cpu);
	RUN(a_mask_that_does_not_allow_is_no_violation);
	RUN(being_woken_ends_after_a_millisecond);
	RUN(a_cpu_that_is_being_woken_is_no_violation_for_another);
	RUN(each_cause_has_its_time);
	RUN(blocked_tasks_share_the_idle_cpus);
	RUN(throttled_time_takes_violations_up_to_what_the_kernel_accounts_for);
	return check_done("accounting");
}
