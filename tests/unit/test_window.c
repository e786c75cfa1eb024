/* SPDX-License-Identifier: MIT */
#include "drawn_trace.h"
#include "tasks/window.h"

TEST(a_command_lasts_to_the_last_switch_of_its_last_thread)
{
	const struct task_summary *t;
	struct summary s;

	CHECK_OR_RETURN(drawn_fixture("window", &s));
	CHECK_EQ(s.program.wall_ns, 2000);
	CHECK_EQ(s.task_count, 3); /* 103 is born after the end */
	CHECK_EQ(s.run_result.alive_at_end, 1);
	t = drawn_task(&s, 102);
	if (CHECK(t)) {
		CHECK_EQ(t->begin_ns, 200);
		CHECK_EQ(t->end_ns, 2000);
		CHECK_EQ(t->run_ns, 1700);
		CHECK_EQ(t->wait_wakeup_ns, 100);
	}
	t = drawn_task(&s, 101);
	if (CHECK(t)) {
		CHECK_EQ(t->run_ns, 1000);
		CHECK_EQ(t->wait_wakeup_ns, 900);
	}
	CHECK_EQ(s.program.cpu_ns, 3700);
	CHECK_EQ(s.trust.verdict, TRUST_WHOLE);
	drawn_sums_hold(&s);
	summary_free(&s);
}

TEST(what_a_unit_starts_is_measured_and_what_a_helper_starts_is_not)
{
	const struct task_summary *t;
	struct summary s;

	CHECK_OR_RETURN(drawn_fixture("started", &s));
	CHECK_EQ(s.program.cpu_ns, 4000);
	CHECK_EQ(s.program.parallelism_ns[1], 4000);
	CHECK_EQ(s.cpus[0].workload_ns, 4000);
	CHECK_EQ(s.cpus[1].other_ns, 300);
	t = drawn_task(&s, 103);
	if (CHECK(t)) {
		CHECK(t->measured);
		CHECK_EQ(t->role, ROLE_TASK);
		CHECK_EQ(t->unit, -1);
		CHECK_EQ(t->run_ns, 1000);
	}
	t = drawn_task(&s, 104);
	if (CHECK(t)) {
		CHECK_EQ(t->role, ROLE_HELPER);
		CHECK(!t->measured);
	}
	CHECK(!drawn_task(&s, 105));
	drawn_sums_hold(&s);
	summary_free(&s);
}

TEST(a_workload_lasts_from_its_gate_to_its_last_finish)
{
	const struct task_summary *t;
	struct summary s;

	CHECK_OR_RETURN(drawn_fixture("truth", &s));
	CHECK_EQ(s.program.wall_ns, 4000);
	CHECK_EQ(s.program.cpu_ns, 6700);
	CHECK_EQ(s.program.parallelism_ns[2], 2700);
	CHECK_EQ(s.program.demand_ns[2], 3100);
	t = drawn_task(&s, 101);
	if (CHECK(t)) {
		CHECK_EQ(t->role, ROLE_UNIT);
		CHECK_EQ(t->unit, 0);
		CHECK_EQ(t->begin_ns, 0);
		CHECK_EQ(t->run_ns, 3100);
		CHECK_EQ(t->lifetime_ns, 3100);
		CHECK_EQ(t->slices, 1); /* the one from 1300 is before the gate */
	}
	t = drawn_task(&s, 102);
	if (CHECK(t)) {
		CHECK_EQ(t->unit, 1);
		CHECK_EQ(t->run_ns, 3600);
		CHECK_EQ(t->wait_wakeup_ns, 400);
		CHECK_EQ(t->lifetime_ns, 4000);
	}
	t = drawn_task(&s, 100);
	if (CHECK(t)) {
		CHECK_EQ(t->role, ROLE_LAUNCHER);
		CHECK(!t->measured);
		CHECK_EQ(t->run_ns, 100);
	}
	/* The launcher's switch at 5200 is none of W's, nor its wait behind 101 from 5090 on. */
	CHECK_EQ(s.cpus[0].switches, 1);
	CHECK_EQ(s.cpus[0].interleavings, 0);
	CHECK_EQ(s.cpus[0].wait_behind_ns, 0);
	CHECK_EQ(s.cpus[1].switches, 0);
	/* Since the command's exec, as the kernel counts: 101 ran 100 and 3200, 102 100 and 3700;
	 * they waited 200 and 50, and 300 and 450. */
	CHECK_EQ(s.trust.run_ns, 3300 + 3800);
	CHECK_EQ(s.trust.kernel_run_ns, 3300 + 3800);
	CHECK_EQ(s.trust.run_delay_ns, 250 + 750);
	CHECK_EQ(s.trust.kernel_run_delay_ns, 250 + 750);
	CHECK_EQ(s.cpus[1].wait_behind_ns, 400);
	CHECK_EQ(s.accounting_ns[CAUSE_OWN], 6700);
	CHECK_EQ(s.accounting_ns[CAUSE_OTHER_WAITED], 400);
	CHECK_EQ(s.accounting_ns[CAUSE_OTHER_FREE], 100);
	CHECK_EQ(s.accounting_ns[CAUSE_NO_TASK], 800);
	CHECK_EQ(s.run_result.alive_at_end, 0);
	CHECK_EQ(s.trust.verdict, TRUST_WHOLE);
	drawn_sums_hold(&s);
	summary_free(&s);
}

/* Both finish at 6000, and nothing comes after: 101 runs from the gate on, 102 1000 of that. */
TEST(units_that_finish_at_the_end_are_judged_by_all_of_it)
{
	struct summary s;

	CHECK_OR_RETURN(
		drawn_analyze("cpus 2\ncommand 100\n"
			      "truth {\"gate_ns\":2000,\"finish_ns\":6000,\"n\":2,\"work\":1,"
			      "\"launcher\":{\"tid\":100},\"units\":["
			      "{\"unit\":0,\"tid\":101,\"start_ns\":2000,\"finish_ns\":6000},"
			      "{\"unit\":1,\"tid\":102,\"start_ns\":2000,\"finish_ns\":6000}]}\n"
			      " 900 0 switch 0 100 R\n1000 0 exec 100\n"
			      "1100 0 newtask 101 101 100\n1100 0 new 101 cpu=1\n"
			      "1150 1 switch 0 101 R\n1180 1 switch 101 0 R preempt\n"
			      "1190 1 migrate 101 0\n"
			      "1200 0 newtask 102 102 100\n1200 0 new 102 cpu=1\n"
			      "1500 0 switch 100 101 S syscall=wait4\n"
			      "1600 1 switch 0 102 R\n3000 1 switch 102 0 S syscall=read\n",
			      &s));
	CHECK_NEAR(s.program.fairness, 5000. * 5000 / (2 * (4000. * 4000 + 1000. * 1000)), 1e-12);
	/* 101 never leaves CPU 0, as far as the trace goes; on CPU 1 it was before the gate. */
	CHECK_OR_RETURN(drawn_task(&s, 101));
	CHECK_EQ(drawn_task(&s, 101)->cpu_count, 1);
	CHECK_EQ(drawn_task(&s, 101)->cpus[0], 0);
	CHECK_EQ(drawn_task(&s, 101)->migrations, 0);
	CHECK_EQ(s.cpus[0].tasks, 1);
	CHECK_EQ(s.cpus[1].tasks, 1);
	drawn_sums_hold(&s);
	summary_free(&s);
}

TEST(a_unit_that_never_starts_is_never_in_flight)
{
	struct summary s;

	CHECK_OR_RETURN(drawn_fixture("unstarted", &s));
	CHECK_NEAR(s.program.mean_in_flight, (4000. + 2000) / 4000, 1e-12);
	CHECK_EQ(s.program.peak_in_flight, 2);
	CHECK(isnan(s.program.tlp_all_in_flight));
	CHECK_EQ(s.trust.verdict, TRUST_WHOLE);
	summary_free(&s);
}

/* The picture is in the fixture: one unit dies at 4000, one waits for ever and is given up at 6000.
 */
TEST(units_that_never_finish_are_in_flight_until_they_die_or_are_given_up)
{
	const struct task_summary *t;
	struct summary s;

	CHECK_OR_RETURN(drawn_fixture("unfinished", &s));
	CHECK_EQ(s.program.wall_ns, 4000);
	CHECK_EQ(s.program.cpu_ns, 1000 + 2000);
	CHECK_NEAR(s.program.mean_in_flight, (4000. + 2000) / 4000, 1e-12);
	CHECK_EQ(s.program.peak_in_flight, 2);
	/* Both are in flight from 2000 to 4000. */
	CHECK_NEAR(s.program.tlp_all_in_flight, 3000. / 2000, 1e-12);
	CHECK_NEAR(s.program.fairness, 3000. * 3000 / (2 * (1000. * 1000 + 2000. * 2000)), 1e-12);
	t = drawn_task(&s, 101);
	if (CHECK(t)) {
		CHECK_EQ(t->unit, 0);
		CHECK_EQ(t->run_ns, 1000);
		CHECK_EQ(t->lifetime_ns, 4000);
	}
	t = drawn_task(&s, 102);
	if (CHECK(t))
		CHECK_EQ(t->lifetime_ns, 2000);
	CHECK_EQ(s.trust.verdict, TRUST_WHOLE);
	drawn_sums_hold(&s);
	summary_free(&s);
}

/* A task that carries several units one after the other is not one of them. */
TEST(a_task_of_several_units_has_none)
{
	struct summary s;

	CHECK_OR_RETURN(drawn_analyze(
		"command 100\n"
		"truth "
		"{\"gate_ns\":2000,\"finish_ns\":3000,\"n\":2,\"work\":1,\"launcher\":{\"tid\":100}"
		","
		"\"units\":[{\"unit\":0,\"tid\":100,\"start_ns\":2000,\"finish_ns\":2500},"
		"{\"unit\":1,\"tid\":100,\"start_ns\":2500,\"finish_ns\":3000}]}\n"
		" 900 0 switch 0 100 R\n"
		"1000 0 exec 100\n"
		"3100 0 last 100 0\n",
		&s));
	CHECK_EQ(s.program.wall_ns, 1000);
	CHECK_EQ(s.program.cpu_ns, 1000);
	if (CHECK(drawn_task(&s, 100))) {
		CHECK_EQ(drawn_task(&s, 100)->unit, -1);
		CHECK_EQ(drawn_task(&s, 100)->role, ROLE_UNIT);
	}
	CHECK_NEAR(s.program.mean_in_flight, 1, 1e-12);
	CHECK_EQ(s.program.verdict, VERDICT_SEQUENTIAL);
	drawn_sums_hold(&s);
	summary_free(&s);
}

/* Without its exec nobody knows when the command began; the window is not the machine's uptime. */
TEST(a_command_whose_exec_is_missing_has_no_window)
{
	struct summary s;

	CHECK_OR_RETURN(drawn_analyze("command 100\n"
				      " 900 0 switch 0 100 R\n"
				      "drop 1000 0 exec 100\n"
				      "1500 0 switch 100 0 S\n"
				      "1600 0 waking 100 irq\n"
				      "1600 0 switch 0 100 R\n"
				      "2000 0 last 100 0\n",
				      &s));
	CHECK_EQ(s.program.wall_ns, 0);
	CHECK_EQ(s.trust.verdict, TRUST_LOSSY);
	CHECK(drawn_warned(&s, "start is not in the trace"));
	summary_free(&s);
	/* Nor has a recording whose command is nowhere to be seen. */
	CHECK_OR_RETURN(drawn_analyze("task 7 7 other\n"
				      "900 0 switch 0 7 R\n"
				      "1900 0 switch 7 0 S\n",
				      &s));
	CHECK_EQ(s.program.wall_ns, 0);
	CHECK_EQ(s.trust.verdict, TRUST_LOSSY);
	summary_free(&s);
}

static const struct task_summary *task_of(const struct summary *s, uint32_t tid)
{
	for (size_t i = 0; i < s->task_count; i++)
		if (s->tasks[i].tid == tid)
			return &s->tasks[i];
	return NULL;
}

/* tests/fixtures/living.events has the picture. */
TEST(what_ran_already_is_known_from_the_attach_to_the_detach)
{
	const struct task_summary *reader, *waits, *runs, *sleeper;
	struct summary s;

	CHECK_OR_RETURN(drawn_fixture("living", &s));
	CHECK_EQ(s.program.wall_ns, 2000);
	CHECK_EQ(s.program.cpu_ns, 1500);
	CHECK_EQ(s.task_count, 4);
	CHECK_EQ(s.run_result.alive_at_end, 3);
	reader = task_of(&s, 100);
	waits = task_of(&s, 101);
	runs = task_of(&s, 102);
	sleeper = task_of(&s, 200);
	if (CHECK(reader && waits && runs && sleeper)) {
		CHECK_EQ(reader->blocked_ns, 900 + 500);
		CHECK_EQ(reader->wait_wakeup_ns, 100);
		CHECK_EQ(reader->run_ns, 500);
		CHECK(!strcmp(reader->blocked_on[0].what, "read"));
		CHECK_EQ(waits->wait_preempt_ns, 500 + 1000);
		CHECK_EQ(waits->run_ns, 500);
		CHECK_EQ(runs->run_ns, 500);
		CHECK_EQ(runs->lifetime_ns, 500);
		CHECK_EQ(sleeper->blocked_ns, 2000);
		CHECK(!strcmp(sleeper->blocked_on[0].what, "nanosleep"));
	}
	CHECK_EQ(s.cpus[0].other_ns, 500);
	/* The living are checked too: 100 and 101 by their rows at the stop. */
	CHECK_EQ(s.trust.checked_tasks, 4);
	CHECK_EQ(s.trust.switches, s.trust.kernel_switches);
	CHECK_EQ(s.trust.verdict, TRUST_WHOLE);
	drawn_sums_hold(&s);
	summary_free(&s);
}

TEST(a_recording_of_processes_ends_with_their_last_task)
{
	struct summary s;

	CHECK_OR_RETURN(drawn_analyze("target pids 100\n"
				      "attached 1000\n"
				      "ended 9000\n"
				      "task 100 100 one state=S\n"
				      " 900 0 switch 0 0 R\n"
				      "1500 0 waking 100 irq\n"
				      "1600 0 switch 0 100 R\n"
				      "1700 0 newtask 101 101 100\n"
				      "1700 0 new 101\n"
				      "2000 0 last 100 101\n"
				      "2500 0 last 101 0\n",
				      &s));
	CHECK_EQ(s.program.wall_ns, 1500);
	CHECK_EQ(s.run_result.alive_at_end, 0);
	CHECK_EQ(s.task_count, 2);
	CHECK_EQ(s.trust.verdict, TRUST_WHOLE);
	drawn_sums_hold(&s);
	summary_free(&s);
}

/* All tasks, but not the recorder's (its pid is 9 in every drawing). */
TEST(everybody_is_all_but_the_recorder)
{
	struct summary s;

	CHECK_OR_RETURN(drawn_analyze("target all\n"
				      "attached 1000\n"
				      "ended 2000\n"
				      "task 9 9 recorder state=S\n"
				      "task 50 50 one state=S\n"
				      " 900 0 switch 0 0 R\n"
				      "1100 0 waking 50 irq\n"
				      "1200 0 switch 0 50 R\n"
				      "1250 0 newtask 51 51 50\n"
				      "1250 0 new 51\n"
				      "1260 0 newtask 8 9 50\n"
				      "1300 0 last 50 9\n"
				      "1400 0 switch 9 51 S\n"
				      "1500 0 switch 51 0 S\n",
				      &s));
	CHECK_EQ(s.program.wall_ns, 1000);
	CHECK_EQ(s.program.cpu_ns, 200);
	CHECK_EQ(s.cpus[0].other_ns, 100);
	CHECK_EQ(s.task_count, 2);
	CHECK(!task_of(&s, 9));
	summary_free(&s);
}

TEST(a_window_clips)
{
	struct window w = { .t0 = 100, .t1 = 200, .end_known = true };

	CHECK_EQ(window_clip(&w, 50), 100);
	CHECK_EQ(window_clip(&w, 150), 150);
	CHECK_EQ(window_clip(&w, 250), 200);
	CHECK_EQ(window_span(&w, 50, 250), 100);
	CHECK_EQ(window_span(&w, 0, 100), 0);
	CHECK_EQ(window_span(&w, 180, 120), 0);
	CHECK(window_has(&w, 100) && window_has(&w, 200) && !window_has(&w, 201));
}

int main(void)
{
	RUN(a_command_lasts_to_the_last_switch_of_its_last_thread);
	RUN(what_a_unit_starts_is_measured_and_what_a_helper_starts_is_not);
	RUN(a_workload_lasts_from_its_gate_to_its_last_finish);
	RUN(units_that_finish_at_the_end_are_judged_by_all_of_it);
	RUN(a_unit_that_never_starts_is_never_in_flight);
	RUN(units_that_never_finish_are_in_flight_until_they_die_or_are_given_up);
	RUN(a_task_of_several_units_has_none);
	RUN(a_command_whose_exec_is_missing_has_no_window);
	RUN(what_ran_already_is_known_from_the_attach_to_the_detach);
	RUN(a_recording_of_processes_ends_with_their_last_task);
	RUN(everybody_is_all_but_the_recorder);
	RUN(a_window_clips);
	return check_done("window");
}
