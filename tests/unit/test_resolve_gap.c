/* SPDX-License-Identifier: MIT */
/* What a loss hides of a task: unknown, and not given to any state. */
#include "drawn_trace.h"

static void check_parts(const struct summary *s, uint32_t tid, uint64_t run, uint64_t woken,
			uint64_t preempted, uint64_t blocked, uint64_t unknown)
{
	const struct task_summary *t = drawn_task(s, tid);

	CHECK_OR_RETURN(t);
	CHECK_EQ(t->run_ns, run);
	CHECK_EQ(t->wait_wakeup_ns, woken);
	CHECK_EQ(t->wait_preempt_ns, preempted);
	CHECK_EQ(t->blocked_ns, blocked);
	CHECK_EQ(t->unknown_ns, unknown);
	CHECK_EQ(s->trust.verdict, TRUST_LOSSY);
	drawn_sums_hold(s);
}

static void check_loss(const struct summary *s, size_t index, int cpu, int64_t from, int64_t to,
		       uint64_t count)
{
	const struct loss_summary *loss = &s->trust.losses[index];

	CHECK_OR_RETURN(index < s->trust.loss_count);
	CHECK_EQ(loss->cpu, cpu);
	CHECK_EQ(loss->from, from);
	CHECK_EQ(loss->to, to);
	CHECK_EQ(loss->count, count);
}

TEST(a_lost_waking_leaves_the_sleep_and_the_wait_unknown)
{
	struct summary s;

	CHECK_OR_RETURN(drawn_fixture("loss_waking", &s));
	check_parts(&s, 100, 1000, 0, 0, 0, 600);
	check_loss(&s, 0, 1, 500, 800, 3);
	CHECK_EQ(s.trust.loss_count, 1);
	CHECK_EQ(s.trust.implicit_wakeups, 0);
	CHECK_EQ(s.trust.unknown_task_ns, 600);
	CHECK_EQ(s.trust.lower_bound_ns, 600);
	/* CPU 0 idles meanwhile, and CPU 1 is unknown from 1500 to 1900 and runs 7 before and 8
	 * after: whether 100 waited then nobody knows. */
	CHECK_EQ(s.accounting_ns[CAUSE_UNKNOWN], 600 + 400 + 200);
	CHECK_EQ(s.accounting_ns[CAUSE_OTHER_FREE], 400 + 600);
	CHECK_EQ(s.accounting_ns[CAUSE_NO_TASK] + s.accounting_ns[CAUSE_IO], 0);
	CHECK_EQ(s.program.demand_ns[0], 600);
	CHECK_NEAR(s.program.mean_in_flight, 1000. / 1600, 1e-12); /* at least */
	summary_free(&s);
}

TEST(a_task_that_did_not_run_meanwhile_is_known)
{
	struct summary s;

	CHECK_OR_RETURN(drawn_fixture("loss_elsewhere", &s));
	check_parts(&s, 100, 200 + 400 + 200, 100, 800, 300, 0);
	CHECK_EQ(s.trust.loss_count, 2);
	check_loss(&s, 0, 1, 300, 900, 2);
	check_loss(&s, 1, 1, 1450, 1650, 1);
	CHECK_EQ(s.trust.lower_bound_ns, 0);
	CHECK_EQ(s.trust.implicit_wakeups, 0);
	summary_free(&s);
}

TEST(a_lost_slice_is_unknown_from_the_loss_to_the_waking_after_it)
{
	struct summary s;

	CHECK_OR_RETURN(drawn_fixture("loss_slice", &s));
	check_parts(&s, 100, 200 + 500, 200, 300, 0, 800);
	/* In CPU 1's queue, by its waking; CPU 0 has somebody else. */
	CHECK_EQ(s.accounting_ns[CAUSE_BEING_WOKEN], 200);
	CHECK_EQ(s.accounting_ns[CAUSE_VIOLATION], 0);
	CHECK_EQ(s.trust.lost, 3);
	CHECK_EQ(s.trust.loss_count, 1);
	check_loss(&s, 0, 1, 500, 1000, 3);
	summary_free(&s);
}

TEST(a_lost_sched_in_leaves_the_end_of_the_wait_unknown)
{
	struct summary s;

	CHECK_OR_RETURN(drawn_fixture("loss_in", &s));
	check_parts(&s, 100, 200 + 300 + 400, 0, 300 + 200, 0, 600);
	check_loss(&s, 0, 1, 500, 1400, 2);
	CHECK_EQ(s.trust.lower_bound_ns, 600);
	summary_free(&s);
}

TEST(a_lost_migration_leaves_the_queue_unknown)
{
	struct summary s;

	CHECK_OR_RETURN(drawn_fixture("loss_queue", &s));
	check_parts(&s, 100, 200 + 1000, 0, 800, 0, 0);
	check_loss(&s, 0, 2, 500, 800, 1);
	/* 101 ran where 100 waited from 1200 on: known until 1500. D is 2 from 1000 to 3000. */
	CHECK_NEAR(s.program.time_sliced_share, (200 + 300) / 2000.0, 1e-12);
	/* Nor behind whom: it may not have been in CPU 1's queue while 7 ran there. */
	CHECK_EQ(s.cpus[1].other_ns, 1000);
	CHECK_EQ(s.cpus[1].wait_behind_ns, 0);
	summary_free(&s);
}

/* The same, but the migration, at 1400, is seen and what CPU 2 loses is another record. */
TEST(a_migration_that_is_seen_keeps_the_queue_known)
{
	struct summary s;

	CHECK_OR_RETURN(
		drawn_analyze("cpus 3\ncommand 100\ntask 7 7 other\ntask 8 8 other\n"
			      " 700 2 switch 7 0 S\n 800 1 switch 0 7 R\n 900 0 switch 0 100 R\n"
			      "1000 0 exec 100\n1000 0 newtask 101 101 100\n1000 0 new 101\n"
			      "1200 0 switch 100 101 R preempt\n1400 0 migrate 100 1\n"
			      "1500 2 switch 0 0 R\ndrop 1600 2 waking 8 cpu=2\n"
			      "1800 2 switch 0 0 R\n2000 1 switch 7 100 S\n"
			      "3000 0 last 101 0\n3000 1 last 100 0\n",
			      &s));
	check_parts(&s, 100, 200 + 1000, 0, 800, 0, 0);
	CHECK_NEAR(s.program.time_sliced_share, (200 + 200) / 2000.0, 1e-12);
	CHECK_EQ(s.cpus[1].wait_behind_ns, 600);
	summary_free(&s);
}

/*
 * As loss_slice.events, but 100 blocks first and is seen to be woken before the loss.
 *
 *	            1000  1200      1300   1500 1600  1800   2000  2300   2500    3000
 *	100 truth   run   | blocked | wait      | run  | blocked    | wait | run   |
 *	100 known   run   | blocked | wait |     unknown            | wait | run   |
 */
TEST(what_was_seen_before_the_loss_stays_known)
{
	struct summary s;

	CHECK_OR_RETURN(
		drawn_analyze("cpus 2\ncommand 100\ntask 7 7 other\ntask 8 8 other\n"
			      " 800 1 switch 0 7 R\n 900 0 switch 0 100 R\n1000 0 exec 100\n"
			      "1200 0 switch 100 8 S syscall=read\n1300 1 waking 100 cpu=0\n"
			      "1350 1 migrate 100 1\n1500 1 waking 7 cpu=1\n"
			      "drop 1600 1 switch 7 100 R preempt\n"
			      "drop 1800 1 switch 100 7 S syscall=read\n2000 1 switch 7 0 S\n"
			      "2300 0 waking 100 cpu=1\n2500 1 switch 0 100 R\n"
			      "2900 0 switch 8 0 S\n3000 1 last 100 0\n",
			      &s));
	check_parts(&s, 100, 200 + 500, 200 + 200, 0, 100, 800);
	summary_free(&s);
}

/* 101's birth is seen, its first waking is lost: when it began to wait nobody knows. */
TEST(a_lost_first_waking_leaves_the_time_since_the_birth_unknown)
{
	struct summary s;

	CHECK_OR_RETURN(
		drawn_analyze("cpus 2\ncommand 100\ntask 7 7 other\n"
			      " 800 1 switch 7 0 S\n 900 0 switch 0 100 R\n1000 0 exec 100\n"
			      "1200 0 newtask 101 101 100\ndrop 1300 0 new 101 cpu=1\n"
			      "1400 0 waking 7 cpu=1\n1500 1 switch 0 101 R\n"
			      "2000 1 last 101 0\n3000 0 last 100 0\n",
			      &s));
	check_parts(&s, 101, 500, 0, 0, 0, 300);
	check_parts(&s, 100, 2000, 0, 0, 0, 0);
	summary_free(&s);
}

/* 200 is asleep at the attach and at the stop, and has run nothing since: what is lost was not its.
 */
TEST(who_sleeps_at_the_stop_and_has_not_run_slept_all_along)
{
	struct summary s;

	CHECK_OR_RETURN(drawn_analyze("cpus 2\ntarget pids 100 200\nattached 1000\nended 3000\n"
				      "rows_end 3100 3200\ntask 100 100 busy state=R on_cpu run=7\n"
				      "task 200 200 sleeper state=S syscall=nanosleep run=7\n"
				      "task 7 7 other state=S\n 800 1 switch 0 0 R\n"
				      " 900 0 switch 0 100 R\n1400 1 waking 7 cpu=1\n"
				      "drop 1500 1 waking 7 cpu=1\n1600 1 switch 0 0 R\n"
				      "3050 0 switch 100 0 S syscall=read\n",
				      &s));
	check_parts(&s, 200, 0, 0, 0, 2000, 0);
	check_parts(&s, 100, 2000, 0, 0, 0, 0);
	summary_free(&s);
}

/* It blocks, and is not seen again: blocked until the loss, in which it may have been woken. */
TEST(a_sleep_to_the_end_is_known_up_to_the_loss)
{
	struct summary s;

	CHECK_OR_RETURN(drawn_analyze("cpus 2\n"
				      "command 100\n"
				      "task 7 7 other\n"
				      " 800 1 switch 7 0 S\n"
				      " 900 0 switch 0 100 R\n"
				      "1000 0 exec 100\n"
				      "1000 0 newtask 101 101 100\n"
				      "1000 0 new 101 cpu=1\n"
				      "1100 1 switch 0 101 R\n"
				      "1200 1 switch 101 0 S syscall=read\n"
				      "1500 1 switch 0 7 R\n"
				      "drop 1600 1 waking 101 cpu=1\n"
				      "1700 1 switch 7 0 S\n"
				      "3000 0 last 100 0\n",
				      &s));
	check_parts(&s, 101, 100, 100, 0, 300, 1500);
	check_parts(&s, 100, 2000, 0, 0, 0, 0);
	summary_free(&s);
}

/* It forks and its child's birth is lost: whose the child's time is nobody can say. */
TEST(the_time_of_a_task_whose_birth_was_lost_is_unknown)
{
	struct summary s;

	CHECK_OR_RETURN(drawn_analyze("cpus 2\n"
				      "command 100\n"
				      "task 7 7 other\n"
				      " 800 1 switch 7 0 S\n"
				      " 900 0 switch 0 100 R\n"
				      "1000 0 exec 100\n"
				      "drop 1200 0 newtask 101 101 100\n"
				      "1200 0 new 101 cpu=1\n"
				      "1300 1 switch 0 101 R\n"
				      "1700 1 switch 101 7 S syscall=read\n"
				      "1800 0 newtask 102 102 7\n"
				      "2000 1 switch 7 0 S\n"
				      "3000 0 last 100 0\n",
				      &s));
	check_parts(&s, 100, 2000, 0, 0, 0, 0);
	CHECK_EQ(s.cpus[1].unknown_ns, 400);
	CHECK_EQ(s.cpus[1].other_ns, 300);
	check_loss(&s, 0, 0, 0, 800, 1);
	CHECK(s.trust.losses[0].births);
	CHECK_EQ(s.trust.lower_bound_ns, 2000);
	summary_free(&s);
}

/* A waking comes in the last moments of a slice, and one there was lost: was it this task's? */
TEST(a_loss_in_the_slice_may_hide_a_waking_too)
{
	struct summary s;

	CHECK_OR_RETURN(drawn_analyze("cpus 2\n"
				      "command 100\n"
				      "task 7 7 other\n"
				      " 800 1 switch 0 7 R\n"
				      " 900 0 switch 0 100 R\n"
				      "1000 0 exec 100\n"
				      "1100 1 waking 7 cpu=1\n"
				      "drop 1199 1 waking 100 cpu=0\n"
				      "1200 1 switch 7 0 S\n"
				      "1200 0 switch 100 0 S syscall=read\n"
				      "1300 0 switch 0 100 R\n"
				      "2000 0 last 100 0\n",
				      &s));
	check_parts(&s, 100, 900, 0, 0, 0, 100);
	CHECK_EQ(s.trust.implicit_wakeups, 0);
	summary_free(&s);
}

/* It is in no snapshot at stop, so it does not live on, whatever its death's record says. */
TEST(a_task_whose_death_was_lost_is_not_alive_at_the_end)
{
	struct summary s;

	CHECK_OR_RETURN(drawn_analyze("cpus 2\n"
				      "command 100\n"
				      "task 7 7 other\n"
				      " 800 1 switch 7 0 S\n"
				      " 900 0 switch 0 100 R\n"
				      "1000 0 exec 100\n"
				      "1000 0 newtask 101 101 100\n"
				      "1000 0 new 101 cpu=1\n"
				      "1000 0 newtask 102 102 100\n"
				      "1000 0 new 102 cpu=1\n"
				      "1100 1 switch 0 101 R\n"
				      "drop 1200 1 last 101 102\n"
				      "1400 1 switch 102 7 R preempt\n"
				      "3000 0 last 100 0\n",
				      &s));
	CHECK_EQ(s.run_result.alive_at_end, 1);
	check_parts(&s, 101, 0, 100, 0, 0, 1900);
	check_parts(&s, 102, 200, 100, 1600, 0, 100);
	summary_free(&s);
}

int main(void)
{
	RUN(a_lost_waking_leaves_the_sleep_and_the_wait_unknown);
	RUN(a_task_that_did_not_run_meanwhile_is_known);
	RUN(a_lost_slice_is_unknown_from_the_loss_to_the_waking_after_it);
	RUN(a_lost_sched_in_leaves_the_end_of_the_wait_unknown);
	RUN(a_lost_migration_leaves_the_queue_unknown);
	RUN(a_migration_that_is_seen_keeps_the_queue_known);
	RUN(what_was_seen_before_the_loss_stays_known);
	RUN(a_lost_first_waking_leaves_the_time_since_the_birth_unknown);
	RUN(who_sleeps_at_the_stop_and_has_not_run_slept_all_along);
	RUN(a_sleep_to_the_end_is_known_up_to_the_loss);
	RUN(the_time_of_a_task_whose_birth_was_lost_is_unknown);
	RUN(a_loss_in_the_slice_may_hide_a_waking_too);
	RUN(a_task_whose_death_was_lost_is_not_alive_at_the_end);
	return check_done("resolve gap");
}
