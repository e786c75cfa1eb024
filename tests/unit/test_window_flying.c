/* SPDX-License-Identifier: MIT */
/* Whose window it is, and which of a command's tasks are its units in flight. */
#include "drawn_trace.h"

static double in_flight_ns(const struct summary *s)
{
	return s->program.mean_in_flight * (double)s->program.wall_ns;
}

/*
 * 101 is there from the start; it runs 1 % of what 100 runs, or 1 ns less.
 *
 *	       1000           51000      51000 + runs       101000 + runs
 *	CPU 0  100            | 101      dead | 100         dead
 */
TEST(who_runs_less_than_a_hundredth_of_the_busiest_is_no_unit)
{
	char text[512];

	for (int runs = 999; runs <= 1000; runs++) {
		struct summary s;

		snprintf(text, sizeof(text),
			 "command 100\n 900 0 switch 0 100 R\n1000 0 exec 100\n"
			 "1000 0 newtask 101 101 100\n1000 0 new 101\n"
			 "51000 0 switch 100 101 R preempt\n%d 0 last 101 100\n%d 0 last 100 0\n",
			 51000 + runs, 101000 + runs);
		CHECK_OR_RETURN(drawn_analyze(text, &s));
		CHECK_EQ(drawn_task(&s, 100)->run_ns, 100000);
		CHECK_NEAR(in_flight_ns(&s), 100000 + runs + (runs == 1000 ? 50000 + runs : 0),
			   1e-6);
		drawn_sums_hold(&s);
		summary_free(&s);
	}
}

/* Of 100,000 ns 100 runs `busy`, 101 but 3; both sleep for the rest: below 1 % each is a unit. */
TEST(where_all_only_sleep_each_is_a_unit)
{
	char text[512];

	for (int busy = 996; busy <= 997; busy++) {
		struct summary s;

		snprintf(text, sizeof(text),
			 "cpus 2\ncommand 100\ntask 7 7 other\n 800 1 switch 7 0 S\n"
			 " 900 0 switch 0 100 R\n1000 0 exec 100\n1000 0 newtask 101 101 100\n"
			 "1000 0 new 101 cpu=1\n1000 1 switch 0 101 R\n"
			 "1003 1 switch 101 0 S syscall=nanosleep\n"
			 "%d 0 switch 100 0 S syscall=nanosleep\n"
			 "101000 1 waking 101 irq\n101000 1 switch 0 101 R\n101000 1 last 101 0\n"
			 "101000 0 waking 100 irq\n101000 0 switch 0 100 R\n101000 0 last 100 0\n",
			 1000 + busy);
		CHECK_OR_RETURN(drawn_analyze(text, &s));
		CHECK_EQ(s.program.cpu_ns, busy + 3);
		CHECK_NEAR(in_flight_ns(&s), busy == 996 ? 200000 : 100000, 1e-6);
		drawn_sums_hold(&s);
		summary_free(&s);
	}
}

/*
 * The command ends at 2000, its child at 3000, another child lives on.
 *
 *	             1000    2000    3000     4000 (ended, where another one lives on)
 *	CPU 0  100           dead
 *	CPU 1  101                   dead
 */
TEST(wait_all_lasts_to_the_last_descendants_end)
{
	static const struct {
		const char *how, *more;
		uint64_t wall;
	} cases[] = {
		{ "", "", 1000 },
		{ "wait_all\nended 4000\n", "", 2000 },
		{ "wait_all\nended 4000\n", "1000 0 newtask 102 102 100\n", 3000 },
	};
	char text[512];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct summary s;

		snprintf(text, sizeof(text),
			 "cpus 2\n%scommand 100\ntask 7 7 other\n 800 1 switch 7 0 S\n"
			 " 900 0 switch 0 100 R\n1000 0 exec 100\n1000 0 newtask 101 101 100\n"
			 "1000 0 new 101 cpu=1\n%s1000 1 switch 0 101 R\n2000 0 last 100 0\n"
			 "3000 1 last 101 0\n4500 1 switch 0 0 R\n",
			 cases[i].how, cases[i].more);
		CHECK_OR_RETURN(drawn_analyze(text, &s));
		CHECK_EQ(s.program.wall_ns, cases[i].wall);
		drawn_sums_hold(&s);
		summary_free(&s);
	}
}

/* A shell that runs another program in its place is still the command, from its first exec on. */
TEST(a_second_exec_begins_nothing_anew)
{
	struct summary s;

	CHECK_OR_RETURN(
		drawn_analyze("command 100\n 900 0 switch 0 100 R\n1000 0 exec 100 comm=sh\n"
			      "1200 0 switch 100 0 S syscall=read\n1300 0 waking 100 irq\n"
			      "1300 0 switch 0 100 R\n1500 0 exec 100 comm=xz\n"
			      "3000 0 last 100 0\n",
			      &s));
	CHECK_EQ(s.program.wall_ns, 2000);
	CHECK_EQ(s.trust.switches, 2);
	CHECK_EQ(s.trust.kernel_switches, 2);
	CHECK_EQ(s.trust.kernel_run_ns, 1900);
	CHECK_STR(drawn_task(&s, 100)->comm, "xz");
	CHECK_EQ(s.trust.verdict, TRUST_WHOLE);
	drawn_sums_hold(&s);
	summary_free(&s);
}

/*
 * 101 is a carrier that is also named as a unit's task; 102, a thread of its process from before
 * the gate, is named by nobody.
 */
TEST(a_carrier_stays_one_and_threads_from_before_the_gate_are_not_started_by_units)
{
	struct summary s;

	CHECK_OR_RETURN(drawn_analyze(
		"cpus 2\ncommand 100\n"
		"truth {\"gate_ns\":2000,\"finish_ns\":4000,\"n\":1,\"work\":1,"
		"\"launcher\":{\"tid\":100},\"carriers\":[{\"tid\":101}],"
		"\"units\":[{\"unit\":0,\"tid\":101,\"start_ns\":2000,\"finish_ns\":4000}]}\n"
		" 900 0 switch 0 100 R\n1000 0 exec 100\n1100 0 newtask 101 101 100\n1100 0 new "
		"101\n"
		"1200 0 newtask 102 101 101\n1200 0 new 102 cpu=1\n"
		"1300 1 switch 0 102 R\n1500 0 switch 100 101 S syscall=wait4\n"
		"4500 0 last 101 0\n4600 1 last 102 0\n",
		&s));
	CHECK_OR_RETURN(drawn_task(&s, 101));
	CHECK_EQ(drawn_task(&s, 101)->role, ROLE_CARRIER);
	CHECK(!drawn_task(&s, 102));
	CHECK_EQ(s.program.cpu_ns, 2000);
	CHECK_EQ(s.cpus[1].other_ns, 2000);
	drawn_sums_hold(&s);
	summary_free(&s);
}

/* The unit's tid had another bearer, who was dead by its start. */
TEST(a_unit_is_who_bears_its_tid_by_then)
{
	struct summary s;

	CHECK_OR_RETURN(drawn_analyze(
		"command 100\ntruth {\"gate_ns\":2000,\"finish_ns\":3000,\"n\":1,\"work\":1,"
		"\"launcher\":{\"tid\":100},\"units\":"
		"[{\"unit\":0,\"tid\":101,\"start_ns\":2000,\"finish_ns\":3000}]}\n"
		" 900 0 switch 0 100 R\n1000 0 exec 100\n1050 0 newtask 101 101 100 comm=first\n"
		"1050 0 new 101\n1100 0 switch 100 101 R preempt\n1200 0 last 101 100\n"
		"1300 0 newtask 101 101 100 comm=second\n1300 0 new 101\n"
		"1400 0 switch 100 101 S syscall=wait4\n3100 0 last 101 0\n",
		&s));
	CHECK_EQ(s.program.cpu_ns, 1000);
	CHECK_OR_RETURN(drawn_task(&s, 101));
	CHECK_STR(drawn_task(&s, 101)->comm, "second");
	CHECK_EQ(drawn_task(&s, 101)->unit, 0);
	drawn_sums_hold(&s);
	summary_free(&s);
}

/*
 * At the attach 100 is a zombie, 101 sleeps but is queued again already, 102 is just being woken
 * (0x200), 103 sleeps: only the last one is blocked.
 */
TEST(a_row_tells_who_waits_who_sleeps_and_who_is_dead)
{
	struct summary s;

	CHECK_OR_RETURN(drawn_analyze("target pids 100 101 102 103\nattached 1000\nended 3000\n"
				      "task 100 100 zombie state=0x80\n"
				      "task 101 101 queued state=S on_rq\n"
				      "task 102 102 waking state=0x200\n"
				      "task 103 103 sleeper state=S syscall=nanosleep\n"
				      "task 7 7 other\n 900 0 switch 0 7 R\n3500 0 switch 7 0 S\n",
				      &s));
	CHECK_EQ(s.task_count, 3);
	CHECK(!drawn_task(&s, 100));
	CHECK_OR_RETURN(drawn_task(&s, 101) && drawn_task(&s, 102) && drawn_task(&s, 103));
	CHECK_EQ(drawn_task(&s, 101)->wait_preempt_ns, 2000);
	CHECK_EQ(drawn_task(&s, 102)->wait_preempt_ns, 2000);
	CHECK_EQ(drawn_task(&s, 103)->blocked_ns, 2000);
	CHECK_EQ(s.program.demand_ns[2], 2000);
	drawn_sums_hold(&s);
	summary_free(&s);
}

int main(void)
{
	RUN(who_runs_less_than_a_hundredth_of_the_busiest_is_no_unit);
	RUN(where_all_only_sleep_each_is_a_unit);
	RUN(wait_all_lasts_to_the_last_descendants_end);
	RUN(a_second_exec_begins_nothing_anew);
	RUN(a_carrier_stays_one_and_threads_from_before_the_gate_are_not_started_by_units);
	RUN(a_unit_is_who_bears_its_tid_by_then);
	RUN(a_row_tells_who_waits_who_sleeps_and_who_is_dead);
	return check_done("window flying");
}
