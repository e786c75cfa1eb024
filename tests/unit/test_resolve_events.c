/* SPDX-License-Identifier: MIT */
/* Recorded by ftrace, which tells neither system calls nor run times in a switch: what stands in.
 */
#include "drawn_trace.h"

/*
 * Who waits for a child is known by who wakes it: the child by vfork that no longer needs its
 *memory (1500), the child that exits (2600). What an interrupt ends (3100) is blocked otherwise.
 *
 *	       1000   1200       1520     2000      2620     3000      3150     4000
 *	CPU 0  100    | vfork -  | 100    | wait -  | 100    | ? - - - | 100    dead
 *	CPU 1     1150 101 . . . . . . . . . . . . . . 2700 dead
 */
TEST(a_wait_for_a_child_is_told_by_its_waker)
{
	struct summary s;

	CHECK_OR_RETURN(drawn_analyze(
		"cpus 2\ncommand 100\ntask 7 7 other\nftrace\n"
		" 800 1 switch 7 0 S\n 900 0 switch 0 100 R\n1000 0 exec 100\n"
		"1100 0 newtask 101 101 100 vfork\n1100 0 new 101 cpu=1\n1150 1 switch 0 101 R\n"
		"1200 0 switch 100 0 D\n1500 1 waking 100 cpu=0\n1520 0 switch 0 100 R\n"
		"2000 0 switch 100 0 S\n2500 1 exit 101\n2600 1 waking 100 cpu=0\n"
		"2620 0 switch 0 100 R\n2700 1 last 101 0\n"
		"3000 0 switch 100 0 S\n3100 0 waking 100 irq\n3150 0 switch 0 100 R\n"
		"4000 0 last 100 0\n",
		&s));
	CHECK_EQ(s.accounting_ns[CAUSE_OWN], 1910 + 1550);
	CHECK_EQ(s.accounting_ns[CAUSE_BEING_WOKEN], 50 + 20 + 20 + 50);
	CHECK_EQ(s.accounting_ns[CAUSE_OTHER_BLOCK], 100);
	CHECK_EQ(s.accounting_ns[CAUSE_NO_TASK], 2300);
	/* 100 is not in flight while it waits for its child. */
	CHECK_NEAR(s.program.mean_in_flight, (3000. - 300 - 600 + 1600) / 3000, 1e-12);
	CHECK_EQ(s.trust.verdict, TRUST_WHOLE);
	CHECK(s.trust.no_account);
	CHECK_EQ(s.trust.run_ns, 1910 + 1550);
	CHECK_EQ(s.trust.kernel_run_ns, 0);
	drawn_sums_hold(&s);
	summary_free(&s);
}

/*
 * 101, a child of 100 by vfork, wakes 102, which is none of its parents: before it exits and after.
 * And 100 itself is woken by its child 102, which lives on, and while 101 exits by an interrupt.
 *
 *	       1000 1150  1200     1520  2000     2320    3000  3120        4000
 *	CPU 0  100         1700 ? - 1820 100              | ? - | 100       dead
 *	CPU 1       102   | ? - - -| 102 | ? - - -| 102                     3600 dead
 *	CPU 2       101                        2200 exits                   3500 dead
 */
TEST(whoever_else_a_child_wakes_did_not_wait_for_it)
{
	struct summary s;

	CHECK_OR_RETURN(drawn_analyze(
		"cpus 3\ncommand 100\ntask 7 7 other\nftrace\n"
		" 800 1 switch 7 0 S\n 800 2 switch 0 0 R\n 900 0 switch 0 100 R\n1000 0 exec 100\n"
		"1000 0 newtask 101 101 100 vfork\n1000 0 new 101 cpu=2\n"
		"1000 0 newtask 102 102 100\n1000 0 new 102 cpu=1\n"
		"1150 2 switch 0 101 R\n1150 1 switch 0 102 R\n"
		"1200 1 switch 102 0 S\n1500 2 waking 102 cpu=1\n1520 1 switch 0 102 R\n"
		"1700 0 switch 100 0 S\n1800 1 waking 100 cpu=0\n1820 0 switch 0 100 R\n"
		"2000 1 switch 102 0 S\n2200 2 exit 101\n2300 2 waking 102 cpu=1\n"
		"2320 1 switch 0 102 R\n"
		"3000 0 switch 100 0 S\n3100 2 waking 100 irq cpu=0\n3120 0 switch 0 100 R\n"
		"3500 2 last 101 0\n3600 1 last 102 0\n4000 0 last 100 0\n",
		&s));
	CHECK_EQ(s.accounting_ns[CAUSE_OTHER_BLOCK], 300 + 100 + 300 + 100);
	CHECK_EQ(s.accounting_ns[CAUSE_NO_TASK], 500 + 400);
	drawn_sums_hold(&s);
	summary_free(&s);
}

/*
 * Untraced, 7 comes in for 100 at 1500. 100 is shown to be in by what it wakes at 1300, 7 by what
 *it wakes at 1700; what was between, and whether 100 waited or slept until 2000, nobody knows.
 *
 *	       1000     1300          1700        2000     2500
 *	CPU 0  100      | unknown     | 7         | 100    dead
 */
static const char unseen[] = "command 100\ntask 7 7 other\ntask 8 8 other\nftrace\n"
			     " 900 0 switch 0 100 R\n1000 0 exec 100\n"
			     "1300 0 waking 8 cpu=0\n%s1500 0 untraced 100 7 R\n"
			     "1700 0 waking 8 cpu=0\n1750 0 waking 8 cpu=0\n"
			     "%s2000 0 switch 7 100 S\n2500 0 last 100 8\n2600 0 switch 8 0 S\n";

static void check_unseen(const char *of_100, const char *of_7, uint64_t run, uint64_t unknown,
			 uint64_t other)
{
	const struct task_summary *t;
	struct summary s;
	char text[1024];

	snprintf(text, sizeof(text), unseen, of_100, of_7);
	CHECK_OR_RETURN(drawn_analyze(text, &s));
	t = drawn_task(&s, 100);
	CHECK_OR_RETURN(t);
	CHECK_EQ(t->run_ns, run);
	CHECK_EQ(t->unknown_ns, unknown);
	CHECK_EQ(s.cpus[0].other_ns, other);
	CHECK_EQ(s.cpus[0].unknown_ns, 1500 - run - other);
	CHECK_EQ(s.trust.untraced, 1);
	CHECK_EQ(s.trust.verdict, TRUST_LOSSY);
	drawn_sums_hold(&s);
	summary_free(&s);
}

TEST(who_makes_a_record_is_in)
{
	check_unseen("", "", 300 + 500, 700, 300);
}

/* What the kernel adds to a task's run time tells when it came in: at 1500. */
TEST(run_times_tell_when_it_was)
{
	check_unseen("1400 0 runtime 100 400\n1500 0 runtime 100 100\n", "1990 0 runtime 7 500\n",
		     500 + 500, 500, 500);
}

int main(void)
{
	RUN(a_wait_for_a_child_is_told_by_its_waker);
	RUN(whoever_else_a_child_wakes_did_not_wait_for_it);
	RUN(who_makes_a_record_is_in);
	RUN(run_times_tell_when_it_was);
	return check_done("resolve events");
}
