/* SPDX-License-Identifier: MIT */
/* What a record shows only of the past: untraced switches, losses, masks. */
#include "drawn_trace.h"

static void check_untraced(const struct summary *s, uint64_t count)
{
	CHECK_EQ(s->trust.untraced, count);
	CHECK_EQ(s->trust.conflicts, 0);
	CHECK_EQ(s->trust.unknown_ns, 0);
	CHECK_EQ(s->trust.verdict, TRUST_WHOLE);
	drawn_sums_hold(s);
}

TEST(an_untraced_switch_is_found_by_the_kernels_run_time)
{
	const struct task_summary *t;
	struct summary s;

	CHECK_OR_RETURN(drawn_fixture("untraced", &s));
	drawn_check_cpu(&s, 0, 1300, 250, 450, 0);
	t = drawn_task(&s, 100);
	CHECK_OR_RETURN(t);
	CHECK_EQ(t->run_ns, 1300);
	CHECK_EQ(t->wait_preempt_ns, 200);
	CHECK_EQ(t->wait_wakeup_ns, 200);
	CHECK_EQ(t->blocked_ns, 300);
	CHECK_EQ(s.accounting_ns[CAUSE_OTHER_WAITED], 250);
	CHECK_EQ(s.accounting_ns[CAUSE_SLEEP], 300);
	CHECK_EQ(s.accounting_ns[CAUSE_BEING_WOKEN], 150);
	check_untraced(&s, 2);
	summary_free(&s);
}

TEST(an_untraced_stay_of_no_length_leaves_the_whole_gap_to_prev)
{
	struct summary s;

	CHECK_OR_RETURN(drawn_fixture("untraced_at_once", &s));
	drawn_check_cpu(&s, 0, 1100, 0, 300, 0);
	CHECK_EQ(drawn_task(&s, 100)->wait_preempt_ns, 0);
	check_untraced(&s, 1);
	summary_free(&s);
}

TEST(a_task_seen_elsewhere_had_left_its_cpu)
{
	struct summary s;

	CHECK_OR_RETURN(drawn_fixture("untraced_elsewhere", &s));
	drawn_check_cpu(&s, 0, 950, 50, 0, 0);
	drawn_check_cpu(&s, 1, 0, 150, 850, 0);
	check_untraced(&s, 1);
	summary_free(&s);
}

/* Its own account is 30 short of its stay. */
TEST(an_untraced_switch_hands_the_cpu_straight_to_its_next)
{
	struct summary s;

	CHECK_OR_RETURN(drawn_fixture("untraced_handover", &s));
	drawn_check_cpu(&s, 0, 950, 50, 0, 0);
	drawn_check_cpu(&s, 1, 0, 300, 700, 0);
	check_untraced(&s, 1);
	summary_free(&s);
}

/* The same in ms: 7 was in for 2.5, and its account may be short by one; by more, who was is
 * unknown. */
TEST(accounts_are_off_by_no_more_than_a_millisecond)
{
	char text[512];

	for (int more = 0; more < 2; more++) {
		struct summary s;

		snprintf(text, sizeof(text),
			 "cpus 2\ncommand 100\ntask 1 1 init\ntask 7 7 other\n"
			 " 8000000 1 switch 7 0 S\n 9000000 0 switch 0 100 R\n"
			 "10000000 0 exec 100\n12000000 1 switch 0 1 R\n"
			 "12500000 1 untraced 1 7 S\n13000000 0 switch 100 1 R preempt\n"
			 "13500000 0 switch 1 100 S\n15000000 1 switch 7 0 S run=%d\n"
			 "20000000 0 last 100 0\n",
			 1500000 - more);
		CHECK_OR_RETURN(drawn_analyze(text, &s));
		drawn_check_cpu(&s, 0, 9500000, 500000, 0, 0);
		drawn_check_cpu(&s, 1, 0, 3000000 - 1000001 * more, 7000000, 1000001 * more);
		CHECK_EQ(s.trust.untraced, 1);
		CHECK_EQ(s.trust.verdict, more ? TRUST_LOSSY : TRUST_WHOLE);
		drawn_sums_hold(&s);
		summary_free(&s);
	}
}

TEST(the_snapshot_at_the_stop_ends_an_untraced_slice)
{
	struct summary s;

	CHECK_OR_RETURN(drawn_fixture("untraced_at_stop", &s));
	drawn_check_cpu(&s, 0, 500, 50, 250, 0);
	check_untraced(&s, 1);
	summary_free(&s);
}

/* A signal ends 100's sleep, and its sched-in is untraced: it waited from its sched-out on. */
TEST(an_untraced_sched_in_can_be_an_implicit_wakeup)
{
	const struct task_summary *t;
	struct summary s;

	CHECK_OR_RETURN(drawn_analyze("command 100\n"
				      "task 1 1 init\n"
				      " 900 0 switch 0 100 R\n"
				      "1000 0 exec 100\n"
				      "1200 0 switch 100 1 S syscall=nanosleep\n"
				      "1500 0 untraced 1 100 S\n"
				      "1900 0 switch 100 1 R preempt\n"
				      "2000 0 switch 1 100 S\n"
				      "2400 0 last 100 0\n",
				      &s));
	t = drawn_task(&s, 100);
	CHECK_OR_RETURN(t);
	CHECK_EQ(t->run_ns, 1000);
	CHECK_EQ(t->wait_wakeup_ns, 300);
	CHECK_EQ(t->wait_preempt_ns, 100);
	CHECK_EQ(t->blocked_ns, 0);
	CHECK_EQ(s.trust.implicit_wakeups, 1);
	check_untraced(&s, 1);
	summary_free(&s);
}

/* The program's own task leaves untraced, so what it does next is not known, and whose is said. */
TEST(an_untraced_sched_out_of_the_program_is_lossy)
{
	struct summary s;

	CHECK_OR_RETURN(drawn_analyze("command 100\n"
				      "task 7 7 other\n"
				      " 900 0 switch 0 100 R\n"
				      "1000 0 exec 100\n"
				      "1200 0 untraced 100 7 R preempt\n"
				      "1500 0 switch 7 0 S\n"
				      "1600 0 switch 0 100 R\n"
				      "2000 0 last 100 0\n",
				      &s));
	drawn_check_cpu(&s, 0, 600, 300, 100, 0);
	CHECK_EQ(s.trust.untraced, 1);
	CHECK_EQ(s.trust.verdict, TRUST_LOSSY);
	CHECK(drawn_warned(&s, "task 100: 2 switches counted, 3 by the kernel") ||
	      drawn_warned(&s, "task 100: 1 switches counted, 2 by the kernel"));
	drawn_sums_hold(&s);
	summary_free(&s);
}

/* It can run on one CPU at a time: contradicting records break no sum, and are counted. */
TEST(records_that_contradict_each_other_are_conflicts)
{
	struct summary s;

	CHECK_OR_RETURN(drawn_analyze("cpus 2\n"
				      "command 100\n"
				      "task 7 7 other\n"
				      " 800 1 switch 7 0 S\n"
				      " 900 0 switch 0 100 R\n"
				      "1000 0 exec 100\n"
				      "1200 1 switch 0 100 R\n"
				      "1500 1 switch 100 0 S\n"
				      "1600 0 switch 100 0 S\n"
				      "1700 0 waking 100 irq\n"
				      "1700 0 switch 0 100 R\n"
				      "2000 0 last 100 0\n",
				      &s));
	CHECK(s.trust.conflicts >= 1);
	CHECK_EQ(s.trust.verdict, TRUST_LOSSY);
	CHECK_EQ(s.program.peak_parallelism, 1);
	drawn_sums_hold(&s);
	summary_free(&s);
}

TEST(time_across_a_loss_is_unknown_but_for_prevs_own_run)
{
	const struct task_summary *t;
	struct summary s;

	CHECK_OR_RETURN(drawn_fixture("loss", &s));
	drawn_check_cpu(&s, 0, 800, 0, 400, 400);
	t = drawn_task(&s, 100);
	CHECK_OR_RETURN(t);
	CHECK_EQ(t->run_ns, 800);
	CHECK_EQ(t->blocked_ns, 300);
	CHECK_EQ(t->wait_wakeup_ns, 100);
	CHECK_EQ(s.trust.lost, 2);
	CHECK_EQ(s.cpus[0].lost, 2);
	CHECK_EQ(s.trust.untraced, 0);
	CHECK_EQ(s.trust.unknown_ns, 400);
	CHECK_EQ(s.accounting_ns[CAUSE_UNKNOWN], 400);
	CHECK_EQ(s.trust.verdict, TRUST_LOSSY);
	CHECK(drawn_warned(&s, "2 records were lost"));
	drawn_sums_hold(&s);
	summary_free(&s);
}

TEST(a_task_that_ran_all_through_a_loss_is_known)
{
	struct summary s;

	CHECK_OR_RETURN(drawn_fixture("loss_same", &s));
	drawn_check_cpu(&s, 0, 1400, 100, 0, 0);
	CHECK_EQ(s.trust.lost, 1);
	CHECK_EQ(s.trust.unknown_ns, 0);
	CHECK_EQ(s.trust.verdict, TRUST_LOSSY);
	drawn_sums_hold(&s);
	summary_free(&s);
}

TEST(after_a_cpus_last_record_a_loss_leaves_it_unknown)
{
	struct summary s;

	CHECK_OR_RETURN(drawn_fixture("loss_tail", &s));
	drawn_check_cpu(&s, 0, 1000, 0, 0, 0);
	drawn_check_cpu(&s, 1, 0, 300, 200, 500);
	CHECK_EQ(s.trust.lost, 3);
	CHECK_EQ(s.accounting_ns[CAUSE_UNKNOWN], 500);
	CHECK_EQ(s.accounting_ns[CAUSE_OTHER_FREE], 300);
	CHECK_EQ(s.accounting_ns[CAUSE_NO_TASK], 200);
	CHECK_EQ(s.trust.verdict, TRUST_LOSSY);
	drawn_sums_hold(&s);
	summary_free(&s);
}

/* Births count in a sequence of their own: a lost one says nothing of who runs. */
TEST(a_lost_birth_makes_no_cpu_unknown)
{
	struct summary s;

	CHECK_OR_RETURN(drawn_analyze("command 100\n"
				      "task 7 7 other\n"
				      " 900 0 switch 0 100 R\n"
				      "1000 0 exec 100\n"
				      "1200 0 switch 100 7 R preempt\n"
				      "1300 0 switch 7 100 S\n"
				      "drop 1400 0 newtask 8 8 7\n"
				      "1500 0 switch 100 0 S syscall=read\n"
				      "1600 0 newtask 9 9 7\n"
				      "1700 0 waking 100 irq\n"
				      "1700 0 switch 0 100 R\n"
				      "2000 0 last 100 0\n",
				      &s));
	drawn_check_cpu(&s, 0, 700, 100, 200, 0);
	CHECK_EQ(s.trust.lost, 1);
	CHECK_EQ(s.trust.verdict, TRUST_LOSSY);
	drawn_sums_hold(&s);
	summary_free(&s);
}

/* A task whose birth was lost has no account to begin with: the gap before it is nobody's. */
TEST(a_nameless_task_does_not_get_the_gap_of_a_loss)
{
	struct summary s;

	CHECK_OR_RETURN(drawn_analyze("command 100\n"
				      "task 7 7 other\n"
				      " 900 0 switch 0 100 R\n"
				      "1000 0 exec 100\n"
				      "1100 0 switch 100 7 R preempt\n"
				      "drop 1200 0 newtask 8 8 7\n"
				      "drop 1200 0 new 8\n"
				      "drop 1300 0 switch 7 8 S\n"
				      "drop 1400 0 switch 8 7 S\n"
				      "drop 1500 0 switch 7 8 S\n"
				      "1600 0 switch 8 100 S\n"
				      "2000 0 last 100 0\n",
				      &s));
	drawn_check_cpu(&s, 0, 500, 0, 0, 500);
	CHECK_EQ(s.trust.lost, 5);
	drawn_sums_hold(&s);
	summary_free(&s);
}

TEST(n_is_the_union_of_the_masks_that_are_there)
{
	struct summary s;

	CHECK_OR_RETURN(drawn_fixture("masks", &s));
	CHECK_EQ(s.n, 3);
	CHECK_EQ(s.cpus[2].workload_ns, 1000);
	drawn_sums_hold(&s);
	summary_free(&s);
	CHECK_OR_RETURN(drawn_fixture("masks_old", &s));
	CHECK_EQ(s.n, 1);
	CHECK(!s.cpus[0].allowed && s.cpus[1].allowed && !s.cpus[2].allowed);
	drawn_sums_hold(&s);
	summary_free(&s);
}

int main(void)
{
	RUN(an_untraced_switch_is_found_by_the_kernels_run_time);
	RUN(an_untraced_stay_of_no_length_leaves_the_whole_gap_to_prev);
	RUN(a_task_seen_elsewhere_had_left_its_cpu);
	RUN(an_untraced_switch_hands_the_cpu_straight_to_its_next);
	RUN(accounts_are_off_by_no_more_than_a_millisecond);
	RUN(the_snapshot_at_the_stop_ends_an_untraced_slice);
	RUN(an_untraced_sched_in_can_be_an_implicit_wakeup);
	RUN(an_untraced_sched_out_of_the_program_is_lossy);
	RUN(records_that_contradict_each_other_are_conflicts);
	RUN(time_across_a_loss_is_unknown_but_for_prevs_own_run);
	RUN(a_task_that_ran_all_through_a_loss_is_known);
	RUN(after_a_cpus_last_record_a_loss_leaves_it_unknown);
	RUN(a_lost_birth_makes_no_cpu_unknown);
	RUN(a_nameless_task_does_not_get_the_gap_of_a_loss);
	RUN(n_is_the_union_of_the_masks_that_are_there);
	return check_done("resolve");
}
