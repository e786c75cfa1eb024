/* SPDX-License-Identifier: MIT */
/* The invariants, each broken once; and what the kernel's account is held against. */
#include <stdlib.h>
#include "drawn_trace.h"
#include "summary/summary_build.h"

/* ---- invariants: no drawing breaks one, so a whole summary is changed
 * -------------------------------
 */

static void one_more_idle(struct summary *s)
{
	s->cpus[1].idle_ns++;
}

static void one_more_cpu_time(struct summary *s)
{
	s->program.cpu_ns++;
}

static void one_more_lifetime(struct summary *s)
{
	s->tasks[0].lifetime_ns++;
}

static void one_more_run(struct summary *s)
{
	s->tasks[0].run_ns++;
	s->tasks[0].lifetime_ns++;
}

static void one_unknown(struct summary *s)
{
	s->tasks[1].blocked_ns--;
	s->tasks[1].unknown_ns++;
}

static void one_more_level(struct summary *s)
{
	s->program.parallelism_ns[0]++;
}

static void one_more_demand(struct summary *s)
{
	s->program.demand_ns[2]++;
}

static void more_at_once_than_cpus(struct summary *s)
{
	s->program.peak_parallelism = s->program.peak_demand = 3;
}

static void more_at_once_than_wanted(struct summary *s)
{
	s->program.peak_demand = 1;
}

static void one_more_accounted(struct summary *s)
{
	s->accounting_ns[CAUSE_IO]++;
}

TEST(a_sum_that_is_off_by_one_is_told_and_makes_it_broken)
{
	static const struct {
		void (*change)(struct summary *s);
		const char *words;
	} cases[] = {
		{ one_more_idle, "a CPU's states are not the window: 3001 ns, not 3000" },
		{ one_more_cpu_time, "the CPUs' workload is not the profile's: 4480 ns, not 4481" },
		{ one_more_lifetime, "a task's states are not its lifetime" },
		{ one_more_run, "the tasks' run is not the profile's: 4481 ns, not 4480" },
		{ one_unknown, "a task's time is unknown though nothing was lost" },
		{ one_more_level, "the profile is not the window: 3001 ns, not 3000" },
		{ one_more_demand, "the demand is not the window: 3001 ns, not 3000" },
		{ more_at_once_than_cpus, "3 ran at once, of 3 that wanted to, on 2 CPUs" },
		{ more_at_once_than_wanted, "2 ran at once, of 1 that wanted to, on 2 CPUs" },
		{ one_more_accounted, "the accounting is not n x T: 6001 ns, not 6000" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct summary s;

		CHECK_OR_RETURN(drawn_fixture("parallel", &s));
		CHECK_EQ(s.trust.verdict, TRUST_WHOLE);
		cases[i].change(&s);
		CHECK(summary_check_invariants(&s, NULL));
		CHECK_EQ(s.trust.verdict, TRUST_BROKEN);
		if (!CHECK(drawn_warned(&s, cases[i].words)))
			printf("#   that was '%s'\n", cases[i].words);
		summary_free(&s);
	}
}

/* T = C / tlp + I. */
TEST(the_identity_is_told_by_how_much_it_is_off)
{
	struct summary s;

	CHECK_OR_RETURN(drawn_fixture("parallel", &s));
	CHECK_EQ(s.trust.identity_error_ns, 0);
	s.program.idle_ns += 10;
	CHECK(summary_check_invariants(&s, NULL));
	CHECK_EQ(s.trust.identity_error_ns, 10);
	summary_free(&s);
}

/* CPU 1 has no record before 2000: what ran there is unknown, and of no matter where W may not go.
 */
TEST(an_unknown_cpu_makes_it_lossy_where_the_program_may_use_it)
{
	char text[256];

	for (int mask = 1; mask <= 3; mask += 2) {
		struct summary s;

		snprintf(text, sizeof(text),
			 "cpus 2\ncommand 100 mask=%d\n 900 0 switch 0 100 R\n1000 0 exec 100\n"
			 "2000 1 switch 0 0 R\n3000 0 last 100 0\n",
			 mask);
		CHECK_OR_RETURN(drawn_analyze(text, &s));
		CHECK_EQ(s.cpus[1].unknown_ns, 1000);
		CHECK_EQ(s.trust.unknown_ns, mask == 3 ? 1000 : 0);
		CHECK_EQ(s.trust.verdict, mask == 3 ? TRUST_LOSSY : TRUST_WHOLE);
		CHECK_EQ(drawn_warned(&s, "what ran on a CPU is not known"), mask == 3);
		drawn_sums_hold(&s);
		summary_free(&s);
	}
}

/* ---- the kernel's account -----------------------------------------------------------------------
 */

/* 100 runs 200 ms on CPU 0, 101 on CPU 1; the kernel has `more` ms more of each. */
static void check_worst(int more_of_100, int more_of_101, uint32_t worst)
{
	struct summary s;
	char text[512];

	snprintf(text, sizeof(text),
		 "cpus 2\ncommand 100\ntask 7 7 other\n 800 1 switch 7 0 S\n"
		 " 900 0 switch 0 100 R\n1000 0 exec 100\n1000 0 newtask 101 101 100\n"
		 "1000 0 new 101 cpu=1\n1000 1 switch 0 101 R\n"
		 "200001000 1 last 101 0 run=%d000000\n200001000 0 last 100 0 run=%d000100\n",
		 200 + more_of_101, 200 + more_of_100);
	CHECK_OR_RETURN(drawn_analyze(text, &s));
	CHECK_EQ(s.trust.worst_tid, worst);
	CHECK_EQ(s.trust.checked_tasks, 2);
	CHECK_EQ(drawn_warned(&s, "task 100: its run time differs"), more_of_100 > 2);
	CHECK_EQ(drawn_warned(&s, "task 101: its run time differs"), more_of_101 > 2);
	summary_free(&s);
}

/* Within 1 %, in 200 ms: 2 ms are, 3 are not. */
TEST(the_task_with_the_largest_error_is_named)
{
	check_worst(10, 4, 100);
	check_worst(4, 10, 101);
	check_worst(2, 1, 100);
	check_worst(1, 2, 101);
}

/* 250 slices of 0.9 ms, of which the kernel has 2 % more: these are not judged. */
TEST(run_time_in_short_slices_is_told_and_not_judged)
{
	char *text = NULL;
	uint64_t t = 1000;
	struct summary s;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	fputs("command 100\n1000 0 switch 0 100 R\n1000 0 exec 100\n", out);
	for (int i = 0; i < 250; i++) {
		t += 900000;
		fprintf(out, "%lu 0 switch 100 0 S syscall=read\n%lu 0 waking 100 irq\n", t, t);
		fprintf(out, "%lu 0 switch 0 100 R\n", t);
	}
	fprintf(out, "%lu 0 last 100 0 run=%lu\n", t + 900000, (t - 1000 + 900000) * 51 / 50);
	fclose(out);
	CHECK_OR_RETURN(drawn_analyze(text, &s));
	CHECK_EQ(s.trust.run_ns, 251 * 900000);
	CHECK_EQ(s.trust.kernel_run_ns, 251 * 918000);
	CHECK_EQ(s.trust.worst_tid, 0);
	CHECK_EQ(s.trust.warning_count, 0);
	CHECK_EQ(s.trust.verdict, TRUST_WHOLE);
	summary_free(&s);
	free(text);
}

/* Of a task that runs at the attach the row is as old as the last tick: its first switch stands for
 * it. */
TEST(run_time_of_who_runs_at_the_attach_counts_from_its_first_switch)
{
	struct summary s;

	CHECK_OR_RETURN(
		drawn_analyze("target pids 100\nattached 1000\nended 3000\n"
			      "task 100 100 own state=R on_cpu run=500\n"
			      " 900 0 switch 0 100 R\n1500 0 switch 100 0 S syscall=read run=5000\n"
			      "2000 0 waking 100 irq\n2000 0 switch 0 100 R\n"
			      "2600 0 last 100 0 run=5600\n",
			      &s));
	CHECK_EQ(s.trust.run_ns, 600);
	CHECK_EQ(s.trust.kernel_run_ns, 600);
	summary_free(&s);
}

/* Skipped runs of the probes are losses of which nobody knows the place; records have a price. */
TEST(skipped_probes_make_it_lossy_and_records_have_a_cost)
{
	struct summary s;

	CHECK_OR_RETURN(drawn_analyze("missed 3\ncosts 50\ncommand 100\n 900 0 switch 0 100 R\n"
				      "1000 0 exec 100\n2000 0 last 100 0\n",
				      &s));
	CHECK_EQ(s.trust.recursion_misses, 3);
	CHECK_EQ(s.trust.verdict, TRUST_LOSSY);
	CHECK(drawn_warned(&s, "the kernel skipped 3 runs of the probes"));
	CHECK_NEAR(s.trust.probe_record_ns, 50, 0);
	CHECK_NEAR(s.trust.probe_ns, 3 * 50, 0);
	drawn_sums_hold(&s);
	summary_free(&s);
}

int main(void)
{
	RUN(a_sum_that_is_off_by_one_is_told_and_makes_it_broken);
	RUN(the_identity_is_told_by_how_much_it_is_off);
	RUN(an_unknown_cpu_makes_it_lossy_where_the_program_may_use_it);
	RUN(the_task_with_the_largest_error_is_named);
	RUN(run_time_in_short_slices_is_told_and_not_judged);
	RUN(run_time_of_who_runs_at_the_attach_counts_from_its_first_switch);
	RUN(skipped_probes_make_it_lossy_and_records_have_a_cost);
	return check_done("summary trust");
}
