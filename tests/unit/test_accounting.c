/* SPDX-License-Identifier: MIT */
#include "drawn_trace.h"
#include "timeline/accounting.h"

/* ---- accounting_add() alone ---------------------------------------------------------------------
 */

struct setting {
	struct accounting a;
	uint32_t blocked[BLOCK_KIND_COUNT];
};

static void add(struct setting *s, uint64_t from, uint64_t to, uint64_t own, uint64_t idle)
{
	struct moment m = { .cpus = { [CPU_WORKLOAD] = own, [CPU_IDLE] = idle } };

	memcpy(m.blocked, s->blocked, sizeof(m.blocked));
	accounting_add(&s->a, &m, to - from);
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
		add(&s, t, t + 1, 0, 1);
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

	add(&s, 0, 7000, 1, 2); /* 14,000 ns of idle CPUs over 7 tasks */
	CHECK_EQ(s.a.ns[CAUSE_CONDITION], 10000);
	CHECK_EQ(s.a.ns[CAUSE_OTHER_BLOCK], 4000);
	CHECK_EQ(s.a.ns[CAUSE_OWN], 7000);
}

TEST(children_and_joins_are_no_cause)
{
	struct setting s = { .blocked = { [BLOCK_IO] = 1, [BLOCK_CHILD] = 4 } };

	add(&s, 0, 100, 1, 3);
	CHECK_EQ(s.a.ns[CAUSE_IO], 100);
	CHECK_EQ(s.a.ns[CAUSE_NO_TASK], 200);
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

static void check_spell(const struct summary *s, size_t at, uint64_t start, uint64_t ns,
			const char *cause)
{
	const struct violation_summary *v = &s->violations[at];

	CHECK_OR_RETURN(at < s->violation_count);
	CHECK_EQ(v->cpu, 1);
	CHECK_EQ(v->tid, 101);
	CHECK_STR(v->comm, "late");
	CHECK_EQ(v->start_ns, start);
	CHECK_EQ(v->ns, ns);
	CHECK_STR(violation_cause_name(v->cause), cause);
}

/* A quota of 4 ms takes the first spell, and 1 ms of the second. */
TEST(violations_are_told_with_their_cause)
{
	char *drawing = drawn_load("violations"), text[4096];

	CHECK_OR_RETURN(drawing);
	for (uint64_t quota = 0; quota <= 4; quota += 4) {
		struct summary s;

		snprintf(text, sizeof(text), "throttled %lu000000\n%s", quota, drawing);
		CHECK_OR_RETURN(drawn_analyze(text, &s));
		CHECK_EQ(s.accounting_ns[CAUSE_OWN], 28500000);
		CHECK_EQ(s.accounting_ns[CAUSE_BEING_WOKEN], 1000000);
		CHECK_EQ(s.accounting_ns[CAUSE_THROTTLED], quota * 1000000);
		CHECK_EQ(s.accounting_ns[CAUSE_VIOLATION], 7500000 - quota * 1000000);
		CHECK_EQ(s.violation_sums.ns, s.accounting_ns[CAUSE_VIOLATION]);
		CHECK_EQ(s.violation_sums.count, quota ? 2 : 3);
		CHECK_EQ(s.violation_sums.short_count + s.violation_sums.more_count, 0);
		CHECK_EQ(s.violation_count, quota ? 2 : 3);
		if (!quota)
			check_spell(&s, 0, 0, 3000000, "kept_on_busy_cpu");
		check_spell(&s, quota ? 0 : 1, quota ? 6000000 : 5000000, quota ? 1500000 : 2500000,
			    "held_back");
		check_spell(&s, quota ? 1 : 2, 10000000, 2000000, "waking_up");
		drawn_sums_hold(&s);
		summary_free(&s);
	}
	free(drawing);
}

/*
 * 101 and 102 may run on CPU 0 only, 103 on CPU 1: CPU 1 idles beside those two.
 *
 *	       1000    1200    1500             2000          3000
 *	CPU 0  100     .       .                | 101         | 102 dies at 3400
 *	CPU 1  103     | read  | dead: nobody may use it
 */
TEST(what_masks_forbid_is_no_violation_and_told_apart)
{
	struct summary s;

	CHECK_OR_RETURN(
		drawn_analyze("cpus 2\ncommand 100 mask=1\ntask 7 7\n"
			      " 800 1 switch 7 0 S\n 900 0 switch 0 100 R\n1000 0 exec 100\n"
			      "1000 0 newtask 101 100 100 mask=1\n1000 0 new 101 cpu=0\n"
			      "1000 0 newtask 102 100 100 mask=1\n1000 0 new 102 cpu=0\n"
			      "1000 0 newtask 103 100 100 mask=2\n1000 0 new 103 cpu=1\n"
			      "1000 1 switch 0 103 R\n1200 1 switch 103 0 S syscall=read\n"
			      "1500 1 waking 103 cpu=1\n1500 1 switch 0 103 R\n1500 1 last 103 0\n"
			      "2000 0 last 100 101\n3000 0 last 101 102\n3400 0 last 102 0\n",
			      &s));
	CHECK_EQ(s.accounting_ns[CAUSE_OWN], 2400 + 200);
	CHECK_EQ(s.accounting_ns[CAUSE_IO], 300);
	CHECK_EQ(s.accounting_ns[CAUSE_NO_TASK], 1900);
	CHECK_EQ(s.accounting_ns[CAUSE_VIOLATION], 0);
	CHECK_EQ(s.violation_sums.masked_ns, 1500); /* in the last 400 nobody waits */
	CHECK(strstr(s.program.sentence, "time its waiting tasks were bound to other CPUs"));
	drawn_sums_hold(&s);
	summary_free(&s);
}

/*
 * A mask holds from the sched-out that shows it: 100's is CPU 0 alone at 2000, and both again at
 *3500.
 *
 *	       1000    2000            3000    3500    3600    4000
 *	CPU 0  100     | 7: it waits   | 100   | 7     | 100   dead
 *	CPU 1  idle    : forbidden     :       : free  :
 */
TEST(a_mask_that_changes_holds_from_the_record_that_shows_it)
{
	struct summary s;

	CHECK_OR_RETURN(
		drawn_analyze("cpus 2\ncommand 100\ntask 7 7\n"
			      " 800 1 switch 7 0 S\n 900 0 switch 0 100 R\n1000 0 exec 100\n"
			      "2000 0 switch 100 7 R preempt mask=1\n"
			      "3000 0 switch 7 100 R preempt\n"
			      "3500 0 switch 100 7 R preempt mask=3\n"
			      "3600 0 switch 7 100 S\n4000 0 last 100 0\n",
			      &s));
	CHECK_EQ(s.accounting_ns[CAUSE_OWN], 1900);
	CHECK_EQ(s.accounting_ns[CAUSE_OTHER_WAITED], 1100);
	CHECK_EQ(s.accounting_ns[CAUSE_VIOLATION], 100);
	CHECK_EQ(s.accounting_ns[CAUSE_NO_TASK], 2900);
	CHECK_EQ(s.violation_sums.masked_ns, 1000);
	drawn_sums_hold(&s);
	summary_free(&s);
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
	RUN(each_cause_has_its_time);
	RUN(violations_are_told_with_their_cause);
	RUN(what_masks_forbid_is_no_violation_and_told_apart);
	RUN(a_mask_that_changes_holds_from_the_record_that_shows_it);
	RUN(blocked_tasks_share_the_idle_cpus);
	RUN(throttled_time_takes_violations_up_to_what_the_kernel_accounts_for);
	return check_done("accounting");
}
