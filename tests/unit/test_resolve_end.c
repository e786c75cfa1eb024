/* SPDX-License-Identifier: MIT */
/* What the end of a trace tells, or fails to. */
#include "drawn_trace.h"

static void check_lossy_cpu(const struct summary *s, int cpu, uint64_t workload, uint64_t other,
			    uint64_t idle, uint64_t unknown)
{
	drawn_check_cpu(s, cpu, workload, other, idle, unknown);
	CHECK_EQ(s->trust.verdict, TRUST_LOSSY);
}

/*
 * The recorder was killed: of each CPU what comes after its own last record is unknown, up to the
 *last of all.
 *
 *	       1000       1500     1800      2500
 *	CPU 0  100                           | (it wakes 7)
 *	CPU 1  idle       | 7      | idle? unknown
 */
TEST(a_trace_that_just_ends_is_known_up_to_each_cpus_last_record)
{
	struct summary s;

	CHECK_OR_RETURN(
		drawn_analyze("cpus 2\ncommand 100\ntask 7 7 other\nkilled\n"
			      " 800 1 switch 7 0 S\n 900 0 switch 0 100 R\n1000 0 exec 100\n"
			      "1500 1 switch 0 7 R\n1800 1 switch 7 0 S\n"
			      "2500 0 waking 7 cpu=1\n",
			      &s));
	CHECK_EQ(s.program.wall_ns, 1500);
	check_lossy_cpu(&s, 0, 1500, 0, 0, 0);
	check_lossy_cpu(&s, 1, 0, 300, 500, 700);
	CHECK(s.run_result.incomplete);
	CHECK_EQ(s.accounting_ns[CAUSE_UNKNOWN], 700);
	drawn_sums_hold(&s);
	summary_free(&s);
}

/*
 * 7 has run 500 by the snapshot at the attach, and 700 when it goes out: it came in at 1400.
 *
 *	       1000    1200        1400      1600     2000
 *	CPU 1  idle    x unknown x | 7       | idle
 */
TEST(the_first_account_of_a_task_is_its_row)
{
	struct summary s;

	CHECK_OR_RETURN(
		drawn_analyze("cpus 2\ncommand 100\ntask 7 7 other run=500\n"
			      " 800 1 switch 0 0 R\n 900 0 switch 0 100 R\n1000 0 exec 100\n"
			      "1200 1 waking 7 cpu=1\ndrop 1300 1 waking 7 cpu=1\n"
			      "drop 1400 1 switch 0 7 R\n1600 1 switch 7 0 S\n"
			      "2000 0 last 100 0\n",
			      &s));
	check_lossy_cpu(&s, 1, 0, 200, 600, 200);
	drawn_sums_hold(&s);
	summary_free(&s);
}

/*
 * Of 101's last switch only the copy among births and deaths is left: it is unknown until then, not
 * longer. 7 has run 500 when it goes out at 2000.
 *
 *	       1000      1100          1500      2000     3000
 *	CPU 1  101 waits | 101 x       | 7 x     | idle
 */
TEST(a_death_of_which_only_the_copy_is_left_ends_what_is_unknown)
{
	const struct task_summary *t;
	struct summary s;

	CHECK_OR_RETURN(
		drawn_analyze("cpus 2\ncommand 100\ntask 7 7 other\n"
			      " 800 1 switch 7 0 S\n 900 0 switch 0 100 R\n1000 0 exec 100\n"
			      "1000 0 newtask 101 101 100\n1000 0 new 101 cpu=1\n"
			      "1100 1 switch 0 101 R\ndrop 1500 1 last 101 7 told\n"
			      "2000 1 switch 7 0 S\n3000 0 last 100 0\n",
			      &s));
	check_lossy_cpu(&s, 1, 0, 500, 1100, 400);
	t = drawn_task(&s, 101);
	CHECK_OR_RETURN(t);
	CHECK_EQ(t->wait_wakeup_ns, 100);
	CHECK_EQ(t->unknown_ns, 400);
	CHECK_EQ(t->lifetime_ns, 500);
	CHECK_EQ(s.run_result.alive_at_end, 0);
	CHECK_EQ(s.trust.lower_bound_ns, 400);
	drawn_sums_hold(&s);
	summary_free(&s);
}

/* 101's death is lost, and the birth of the next one of that tid, who is alive at the stop. */
TEST(a_row_at_the_stop_of_the_tids_next_bearer_is_not_its_account)
{
	struct summary s;

	CHECK_OR_RETURN(
		drawn_analyze("command 100\ntask 7 7 other\n 900 0 switch 0 100 R\n"
			      "1000 0 exec 100\n1100 0 newtask 101 101 100\n1100 0 new 101\n"
			      "1200 0 switch 100 101 R preempt\ndrop 1300 0 last 101 7\n"
			      "drop 1350 0 newtask 101 101 7\ndrop 1350 0 new 101\n"
			      "1500 0 switch 7 100 S\n2000 0 last 100 0\n",
			      &s));
	CHECK_EQ(s.run_result.alive_at_end, 0);
	CHECK_EQ(s.trust.checked_tasks, 1);
	CHECK_EQ(s.trust.verdict, TRUST_LOSSY);
	drawn_sums_hold(&s);
	summary_free(&s);
}

int main(void)
{
	RUN(a_trace_that_just_ends_is_known_up_to_each_cpus_last_record);
	RUN(the_first_account_of_a_task_is_its_row);
	RUN(a_death_of_which_only_the_copy_is_left_ends_what_is_unknown);
	RUN(a_row_at_the_stop_of_the_tids_next_bearer_is_not_its_account);
	return check_done("resolve end");
}
