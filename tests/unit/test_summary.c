/* SPDX-License-Identifier: MIT */
/* Verdicts, fairness, and what the report says of its own trustworthiness. */
#include "drawn_trace.h"

TEST(a_shell_that_waits_for_its_child_is_not_in_flight)
{
	struct summary s;

	CHECK_OR_RETURN(drawn_fixture("shell", &s));
	CHECK_EQ(s.program.wall_ns, 201000);
	CHECK_EQ(drawn_task(&s, 100)->run_ns, 3000);
	CHECK_NEAR(s.program.mean_in_flight, 201220. / 201000, 1e-12);
	CHECK_EQ(s.program.peak_in_flight, 2);
	CHECK_EQ(s.program.verdict, VERDICT_SEQUENTIAL);
	CHECK_EQ(s.trust.verdict, TRUST_WHOLE);
	drawn_sums_hold(&s);
	summary_free(&s);
}

TEST(threads_that_only_sleep_are_in_flight_and_their_joiner_is_not)
{
	struct summary s;

	CHECK_OR_RETURN(drawn_fixture("sleepers", &s));
	CHECK_EQ(s.program.cpu_ns, 1500);
	/* 101 from 1100, 102 from 1110, 103 from 1120 to their deaths; 100 but for its join. */
	CHECK_NEAR(s.program.mean_in_flight,
		   (999000. + 999090 + 999180 + 200 + (1001000 - 1000050)) / 1e6, 1e-9);
	CHECK_EQ(s.program.verdict, VERDICT_CONCURRENT);
	/* A joiner is no reason for an idle CPU: sleep has all of it but what is being woken. */
	CHECK_EQ(s.accounting_ns[CAUSE_SLEEP], 998500);
	CHECK_EQ(s.accounting_ns[CAUSE_OWN], 1500);
	drawn_sums_hold(&s);
	summary_free(&s);
}

/* A private wait, or a val that is nobody's tid, is a condition; and its task stays in flight. */
TEST(only_a_shared_wait_for_a_tid_of_the_program_is_a_join)
{
	static const char *const waits[] = { "0x1000,137,101", "0x1000,9,7", "0x1000,0,101" };
	char text[512];
	struct summary s;

	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		snprintf(text, sizeof(text),
			 "cpus 2\ncommand 100\ntask 7 7 other\n"
			 " 800 1 switch 7 0 S\n 900 0 switch 0 100 R\n1000 0 exec 100\n"
			 "1000 0 newtask 101 100 100\n1000 0 new 101 cpu=1\n1000 1 switch 0 101 R\n"
			 "2000 0 switch 100 0 S futex=%s\n"
			 "3000 0 waking 100 irq\n3000 0 switch 0 100 R\n"
			 "4000 0 last 100 0\n4000 1 last 101 0\n",
			 waits[i]);
		CHECK_OR_RETURN(drawn_analyze(text, &s));
		CHECK_EQ(s.accounting_ns[CAUSE_CONDITION], 1000);
		CHECK_NEAR(s.program.mean_in_flight, 2, 1e-12);
		summary_free(&s);
	}
}

TEST(one_sleeper_is_idle)
{
	struct summary s;

	CHECK_OR_RETURN(drawn_analyze("command 100\n"
				      "   900 0 switch 0 100 R\n"
				      "  1000 0 exec 100\n"
				      "  1100 0 switch 100 0 S syscall=nanosleep\n"
				      "100000 0 waking 100 irq\n"
				      "100050 0 switch 0 100 R\n"
				      "101000 0 last 100 0\n",
				      &s));
	CHECK_EQ(s.program.cpu_ns, 1050); /* 1.05 % */
	CHECK_EQ(s.program.verdict, VERDICT_SEQUENTIAL);
	summary_free(&s);
	CHECK_OR_RETURN(drawn_analyze("command 100\n"
				      "   900 0 switch 0 100 R\n"
				      "  1000 0 exec 100\n"
				      "  1100 0 switch 100 0 S syscall=nanosleep\n"
				      "100000 0 waking 100 irq\n"
				      "100200 0 switch 0 100 R\n"
				      "101000 0 last 100 0\n",
				      &s));
	CHECK_EQ(s.program.cpu_ns, 900);
	CHECK_EQ(s.program.verdict, VERDICT_IDLE);
	summary_free(&s);
}

/* Parallel: R >= 2 for 5 % of busy time and 1 % of T; drawn just below and at the first border. */
TEST(parallel_begins_at_five_per_cent)
{
	char text[512];
	struct summary s;

	for (int until = 1499; until <= 1500; until++) {
		snprintf(text, sizeof(text),
			 "cpus 2\ncommand 100\ntask 7 7 other\n"
			 " 800 1 switch 7 0 S\n 900 0 switch 0 100 R\n1000 0 exec 100\n"
			 "1000 0 newtask 101 101 100\n1000 0 new 101 cpu=1\n1000 1 switch 0 101 R\n"
			 "%d 1 last 101 0\n11000 0 last 100 0\n",
			 until);
		CHECK_OR_RETURN(drawn_analyze(text, &s));
		CHECK_EQ(s.program.verdict, until == 1500 ? VERDICT_PARALLEL : VERDICT_SEQUENTIAL);
		summary_free(&s);
	}
}

/*
 * Of 100,000 ns CPU 0 works for `busy`, and CPU 1 beside it for `both`: 5 % of what is busy, and 1
 * % of all, are the borders.
 */
TEST(parallel_needs_a_share_of_what_is_busy_and_of_all)
{
	static const struct {
		int busy, both;
		enum verdict verdict;
	} cases[] = {
		{ 20000, 1000, VERDICT_PARALLEL }, { 20000, 999, VERDICT_SEQUENTIAL },
		{ 10000, 1000, VERDICT_PARALLEL }, { 10000, 999, VERDICT_SEQUENTIAL },
		{ 40000, 2000, VERDICT_PARALLEL }, { 40000, 1999, VERDICT_SEQUENTIAL },
	};
	char text[512];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct summary s;

		snprintf(text, sizeof(text),
			 "cpus 2\ncommand 100\ntask 7 7 other\n 800 1 switch 7 0 S\n"
			 " 900 0 switch 0 100 R\n1000 0 exec 100\n1000 0 newtask 101 101 100\n"
			 "1000 0 new 101 cpu=1\n1000 1 switch 0 101 R\n%d 1 last 101 0\n"
			 "%d 0 switch 100 0 S syscall=nanosleep\n101000 0 waking 100 irq\n"
			 "101000 0 switch 0 100 R\n101000 0 last 100 0\n",
			 1000 + cases[i].both, 1000 + cases[i].busy);
		CHECK_OR_RETURN(drawn_analyze(text, &s));
		CHECK_EQ(s.program.busy_ns, cases[i].busy);
		CHECK_EQ(s.program.parallelism_ns[2], cases[i].both);
		CHECK_EQ(s.program.verdict, cases[i].verdict);
		summary_free(&s);
	}
}

/* On one CPU, of 100,000 ns: the child is there for 5 %, and runs the last 2000 of it. */
TEST(concurrent_begins_at_five_per_cent_of_the_time)
{
	char text[512];

	for (int there = 4999; there <= 5000; there++) {
		struct summary s;

		snprintf(text, sizeof(text),
			 "command 100\n 900 0 switch 0 100 R\n1000 0 exec 100\n"
			 "1000 0 newtask 101 101 100\n1000 0 new 101\n"
			 "%d 0 switch 100 101 R preempt\n%d 0 last 101 100\n101000 0 last 100 0\n",
			 there - 1000, 1000 + there);
		CHECK_OR_RETURN(drawn_analyze(text, &s));
		CHECK_EQ(s.program.verdict,
			 there == 5000 ? VERDICT_CONCURRENT : VERDICT_SEQUENTIAL);
		summary_free(&s);
	}
}

TEST(a_workloads_units_are_in_flight_as_its_log_says)
{
	struct summary s;

	CHECK_OR_RETURN(drawn_fixture("truth", &s));
	CHECK_NEAR(s.program.mean_in_flight, 6500. / 4000, 1e-12);
	CHECK_EQ(s.program.peak_in_flight, 2);
	CHECK_NEAR(s.program.tlp_all_in_flight, 2, 1e-12);
	/* Runs from the gate to the first finish at 5000: 3000 and 2600. */
	CHECK_NEAR(s.program.fairness, 5600. * 5600 / (2 * (3000. * 3000 + 2600. * 2600)), 1e-12);
	CHECK_EQ(s.program.verdict, VERDICT_PARALLEL);
	summary_free(&s);
}

TEST(a_task_is_shown_as_what_it_was_born)
{
	const struct task_summary *t;
	struct summary s;

	CHECK_OR_RETURN(
		drawn_analyze("command 100 comm=root\n 900 0 switch 0 100 R\n1000 0 exec 100\n"
			      "1200 0 newtask 102 101 100 comm=thread nice=7 policy=3\n"
			      "1300 0 new 102\n1500 0 switch 100 102 R preempt\n"
			      "1700 0 last 102 100\n3000 0 last 100 0\n",
			      &s));
	t = drawn_task(&s, 102);
	CHECK_OR_RETURN(t);
	CHECK_EQ(t->pid, 101);
	CHECK_EQ(t->ppid, 100);
	CHECK_EQ(t->start_ns, 1200);
	CHECK_STR(t->comm, "thread");
	CHECK_EQ(t->nice, 7);
	CHECK_EQ(t->policy, 3);
	CHECK_EQ(t->begin_ns, 300); /* its first waking */
	CHECK_EQ(t->end_ns, 700);
	CHECK_EQ(t->unit, -1);
	drawn_sums_hold(&s);
	summary_free(&s);
}

TEST(a_kernel_that_counted_more_switches_makes_it_lossy)
{
	struct summary s;

	CHECK_OR_RETURN(drawn_analyze("command 100\n"
				      "task 7 7 other\n"
				      " 900 0 switch 0 100 R\n"
				      "1000 0 exec 100\n"
				      "1200 0 switch 100 7 R preempt\n"
				      "1300 0 switch 7 100 S\n"
				      "2000 0 last 100 0 nvcsw=4\n",
				      &s));
	CHECK_EQ(s.trust.switches, 2);
	CHECK_EQ(s.trust.kernel_switches, 5);
	CHECK_EQ(s.trust.verdict, TRUST_LOSSY);
	CHECK_EQ(s.trust.worst_tid, 100);
	CHECK(s.trust.worst_error >= 1);
	CHECK(drawn_warned(&s, "task 100: 2 switches counted, 5 by the kernel"));
	summary_free(&s);
}

/* What a task has by its exec is not its run as the command: the kernel's account begins there too.
 */
TEST(the_kernels_account_begins_with_the_exec)
{
	struct summary s;

	CHECK_OR_RETURN(drawn_analyze("command 100 run=5000 nvcsw=3\n"
				      " 700 0 switch 0 100 R\n"
				      " 800 0 switch 100 0 S syscall=read\n"
				      " 850 0 waking 100 irq\n"
				      " 900 0 switch 0 100 R\n"
				      "1000 0 exec 100\n"
				      "1200 0 switch 100 0 S syscall=read\n"
				      "1300 0 waking 100 irq\n"
				      "1300 0 switch 0 100 R\n"
				      "2000 0 last 100 0\n",
				      &s));
	CHECK_EQ(s.trust.switches, 2);
	CHECK_EQ(s.trust.kernel_switches, 2);
	CHECK_EQ(s.trust.run_ns, 900);
	CHECK_EQ(s.trust.kernel_run_ns, 900);
	CHECK_EQ(s.trust.run_delay_ns + s.trust.kernel_run_delay_ns, 0); /* 50 were before */
	CHECK_EQ(drawn_task(&s, 100)->voluntary, 2);
	CHECK_EQ(s.trust.verdict, TRUST_WHOLE);
	summary_free(&s);
}

/* The checks are judged by a run time that differs by 2 % in 0.2 s of run. */
TEST(a_run_time_that_differs_from_the_kernels_is_said)
{
	struct summary s;

	CHECK_OR_RETURN(drawn_analyze("command 100\n"
				      "900 0 switch 0 100 R\n"
				      "1000 0 exec 100\n"
				      "200001000 0 last 100 0 run=204000100\n",
				      &s));
	CHECK_NEAR(s.trust.worst_error, 4. / 204, 1e-4);
	CHECK(drawn_warned(&s, "task 100: its run time differs from the kernel's by 2.0 %"));
	summary_free(&s);
}

int main(void)
{
	RUN(a_shell_that_waits_for_its_child_is_not_in_flight);
	RUN(threads_that_only_sleep_are_in_flight_and_their_joiner_is_not);
	RUN(only_a_shared_wait_for_a_tid_of_the_program_is_a_join);
	RUN(one_sleeper_is_idle);
	RUN(parallel_begins_at_five_per_cent);
	RUN(parallel_needs_a_share_of_what_is_busy_and_of_all);
	RUN(concurrent_begins_at_five_per_cent_of_the_time);
	RUN(a_workloads_units_are_in_flight_as_its_log_says);
	RUN(a_task_is_shown_as_what_it_was_born);
	RUN(a_kernel_that_counted_more_switches_makes_it_lossy);
	RUN(the_kernels_account_begins_with_the_exec);
	RUN(a_run_time_that_differs_from_the_kernels_is_said);
	return check_done("summary");
}
