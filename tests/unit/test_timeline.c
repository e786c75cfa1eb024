/* SPDX-License-Identifier: MIT */
/* One task's line of time, and each CPU's; the pictures are in the fixtures. */
#include <stdlib.h>
#include "drawn_trace.h"

struct line { /* of a task, in ns */
	uint64_t run, wait_wakeup, wait_preempt, blocked, lifetime;
};

static void check_line(const struct summary *s, uint32_t tid, struct line line)
{
	const struct task_summary *t = drawn_task(s, tid);

	CHECK_OR_RETURN(t);
	CHECK_EQ(t->run_ns, line.run);
	CHECK_EQ(t->wait_wakeup_ns, line.wait_wakeup);
	CHECK_EQ(t->wait_preempt_ns, line.wait_preempt);
	CHECK_EQ(t->blocked_ns, line.blocked);
	CHECK_EQ(t->lifetime_ns, line.lifetime);
	CHECK_EQ(t->unknown_ns, 0);
}

struct row { /* who had a CPU that tasks waited for */
	const char *comm;
	uint64_t ns;
	bool own;
};

static void check_behind(const struct cpu_summary *c, const struct row *rows, size_t count)
{
	CHECK_OR_RETURN(c->wait_behind_count == count);
	for (size_t i = 0; i < count; i++) {
		CHECK_STR(c->wait_behind[i].comm, rows[i].comm);
		CHECK_EQ(c->wait_behind[i].ns, rows[i].ns);
		CHECK_EQ(c->wait_behind[i].own, rows[i].own);
	}
}

static void check_antagonist(const struct summary *s, uint32_t tid, struct row row)
{
	const struct task_summary *t = drawn_task(s, tid);

	CHECK_OR_RETURN(t);
	CHECK_STR(t->antagonist.comm, row.comm);
	CHECK_EQ(t->antagonist.ns, row.ns);
	CHECK_EQ(t->antagonist.own, row.own);
}

static uint64_t wakings_of(const struct task_summary *t)
{
	uint64_t all = t ? t->woken_by_rest : 0;

	for (size_t i = 0; t && i < t->woken_by_count; i++)
		all += t->woken_by[i].count;
	return all;
}

static void check_whole(const struct summary *s)
{
	CHECK_EQ(s->trust.verdict, TRUST_WHOLE);
	CHECK_EQ(s->trust.lost, 0);
	CHECK_EQ(s->trust.conflicts, 0);
	CHECK_EQ(s->trust.unknown_ns, 0);
	for (size_t i = 0; i < s->trust.warning_count; i++)
		CHECK_STR(s->trust.warnings[i], "");
	drawn_sums_hold(s);
}

TEST(one_task_has_every_state_once)
{
	const struct task_summary *t;
	struct summary s;

	CHECK_OR_RETURN(drawn_fixture("line", &s));
	check_line(&s, 100, (struct line){ 800, 50, 150, 1000, 2000 });
	t = drawn_task(&s, 100);
	CHECK_OR_RETURN(t);
	CHECK_EQ(t->slices, 3);
	CHECK_EQ(t->voluntary, 2);
	CHECK_EQ(t->involuntary, 1);
	CHECK_EQ(t->yields, 0);
	CHECK_EQ(t->migrations, 0);
	CHECK_EQ(t->blocked_on_count, 1);
	CHECK_STR(t->blocked_on[0].what, "read");
	CHECK_EQ(t->blocked_on[0].ns, 1000);
	CHECK_EQ(t->blocked_on[0].count, 1);
	CHECK_EQ(t->woken_by_count, 1);
	CHECK_EQ(t->woken_by[0].tid, -1);
	CHECK_EQ(s.trust.switches, 3);
	CHECK_EQ(s.trust.kernel_switches, 3);
	CHECK_EQ(s.trust.run_ns, 800);
	CHECK_EQ(s.trust.kernel_run_ns, 800);
	CHECK_EQ(s.cpus[0].workload_ns, 800);
	CHECK_EQ(s.cpus[0].other_ns, 150);
	CHECK_EQ(s.cpus[0].idle_ns, 1050);
	check_whole(&s);
	summary_free(&s);
}

TEST(wakings_that_come_early_twice_or_not_at_all)
{
	struct summary s;

	CHECK_OR_RETURN(drawn_fixture("waking", &s));
	check_line(&s, 100, (struct line){ 1050, 650, 100, 200, 2000 });
	CHECK_EQ(s.trust.implicit_wakeups, 2);
	/* At 1100, 1600 and 1900; that of 2600, when it waits already, is none. */
	CHECK_EQ(wakings_of(drawn_task(&s, 100)), 3);
	CHECK_EQ(drawn_task(&s, 100)->voluntary, 4);
	CHECK_EQ(drawn_task(&s, 100)->involuntary, 1);
	CHECK_EQ(s.cpus[0].other_ns, 700);
	CHECK_EQ(s.cpus[0].wait_behind_ns, 700);
	check_whole(&s);
	summary_free(&s);
}

TEST(a_sleep_that_no_signal_can_abort_lasts_to_the_sched_in)
{
	struct summary s;

	CHECK_OR_RETURN(drawn_fixture("waking_untraced", &s));
	check_line(&s, 100, (struct line){ 1200, 0, 0, 800, 2000 });
	CHECK_EQ(s.trust.implicit_wakeups, 2);
	CHECK_EQ(s.accounting_ns[CAUSE_VIOLATION] + s.accounting_ns[CAUSE_BEING_WOKEN], 0);
	check_whole(&s);
	summary_free(&s);
}

TEST(a_waking_in_the_last_slice_holds_to_the_end)
{
	struct summary s;

	CHECK_OR_RETURN(drawn_fixture("waking_at_end", &s));
	check_line(&s, 101, (struct line){ 300, 600, 0, 0, 900 });
	CHECK_EQ(s.trust.implicit_wakeups, 1);
	CHECK_EQ(s.run_result.alive_at_end, 1);
	check_whole(&s);
	summary_free(&s);
}

TEST(voluntary_is_what_the_kernels_counter_says)
{
	const struct task_summary *t;
	struct summary s;

	CHECK_OR_RETURN(drawn_fixture("yields", &s));
	check_line(&s, 100, (struct line){ 800, 0, 600, 0, 1400 });
	t = drawn_task(&s, 100);
	CHECK_OR_RETURN(t);
	CHECK_EQ(t->voluntary, 2); /* the aborted sleep, and its death */
	CHECK_EQ(t->involuntary, 3);
	CHECK_EQ(t->yields, 2);
	CHECK_EQ(s.cpus[0].switches, 5);
	CHECK_EQ(s.cpus[0].voluntary, 2);
	CHECK_EQ(s.cpus[0].involuntary, 3);
	CHECK_EQ(s.trust.implicit_wakeups, 0);
	check_whole(&s);
	summary_free(&s);
}

TEST(each_cpu_tells_who_ran_and_who_waited)
{
	const struct cpu_summary *c;
	struct summary s;

	CHECK_OR_RETURN(drawn_fixture("placement", &s));
	CHECK_OR_RETURN(s.cpu_count == 2);
	c = s.cpus;
	CHECK_EQ(c[0].workload_ns, 3000);
	CHECK_EQ(c[1].workload_ns, 700);
	CHECK_EQ(c[1].other_ns, 700);
	CHECK_EQ(c[1].idle_ns, 1600);
	CHECK_EQ(c[0].interleavings, 2);
	CHECK_EQ(c[1].interleavings, 0);
	CHECK_EQ(c[0].migrations_in, 1);
	CHECK_EQ(c[1].migrations_in, 1);
	CHECK_EQ(c[0].tasks, 2);
	CHECK_EQ(c[1].tasks, 1);
	CHECK_EQ(c[0].longest_slice_ns, 1500);
	CHECK_EQ(c[1].longest_slice_ns, 400);
	CHECK_EQ(c[0].wait_behind_ns, 90 + 300); /* 101 behind 100 from 2410, 100 behind 101 */
	CHECK_EQ(c[1].wait_behind_ns, 400);
	check_behind(&c[0], &(struct row){ "drawn", 390, true }, 1);
	check_behind(&c[1], &(struct row){ "noisy", 400, false }, 1);
	check_antagonist(&s, 100, (struct row){ "drawn", 300, true });
	check_antagonist(&s, 101, (struct row){ "noisy", 400, false });
	CHECK_EQ(c[0].other_count, 0);
	CHECK_EQ(c[1].other_count, 2);
	CHECK_STR(c[1].others[0].comm, "noisy");
	CHECK_EQ(c[1].others[0].ns, 400);
	CHECK_STR(c[1].others[1].comm, "quiet");
	CHECK_EQ(c[1].others[1].ns, 300);
	check_line(&s, 101, (struct line){ 1000, 300, 600, 400, 2300 });
	CHECK_EQ(drawn_task(&s, 101)->migrations, 2);
	CHECK_EQ(drawn_task(&s, 101)->cpu_count, 2);
	check_whole(&s);
	summary_free(&s);
}

/*
 * A helper that is woken five times, each time for 50 of 500 ns, is like any other task: 101 waits
 * behind it, and their taking turns is no interleaving of the program.
 *
 *	       1400  2000 gate  2150   2200     2650   2700   ...   4150   4200   6000 finish
 *	CPU 0  101  | . . . . . | 104  | 101    | 104  | 101        | 104  | 101  |
 */
TEST(a_helper_takes_turns_with_the_program_as_others_do)
{
	char *text = NULL;
	struct summary s;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	fputs("command 100\ntruth {\"gate_ns\":2000,\"finish_ns\":6000,\"n\":1,\"work\":7,"
	      "\"launcher\":{\"tid\":100},\"units\":[{\"unit\":0,\"tid\":101,"
	      "\"start_ns\":2000,\"finish_ns\":6000}],\"helpers\":[{\"pid\":104,\"tid\":104}]}\n"
	      " 900 0 switch 0 100 R\n1000 0 exec 100\n1100 0 newtask 101 101 100\n"
	      "1100 0 new 101\n1200 0 newtask 104 104 100\n1200 0 new 104\n"
	      "1300 0 switch 100 104 S syscall=wait4\n1400 0 switch 104 101 S syscall=read\n",
	      out);
	for (int t = 2000; t < 4500; t += 500)
		fprintf(out,
			"%d 0 waking 104\n%d 0 switch 101 104 R preempt\n"
			"%d 0 switch 104 101 S syscall=read\n",
			t + 100, t + 150, t + 200);
	fputs("6100 0 last 101 0\n", out);
	fclose(out);
	CHECK_OR_RETURN(drawn_analyze(text, &s));
	check_line(&s, 101, (struct line){ 3750, 0, 250, 0, 4000 });
	check_line(&s, 104, (struct line){ 250, 250, 0, 3500, 4000 });
	CHECK_EQ(s.cpus[0].interleavings, 0);
	CHECK_EQ(s.cpus[0].switches, 5);
	CHECK_EQ(s.cpus[0].involuntary, 5);
	CHECK_EQ(s.cpus[0].wait_behind_ns, 250);
	check_behind(&s.cpus[0], &(struct row){ "drawn", 250, false }, 1);
	CHECK_EQ(s.accounting_ns[CAUSE_OTHER_WAITED], 250);
	CHECK(isnan(s.program.fairness)); /* of one unit */
	CHECK_EQ(s.cpus[0].tasks, 1);
	check_whole(&s);
	summary_free(&s);
	free(text);
}

/* 100 blocks in read, and twice in nanosleep; 7 wakes it once, 8 twice. */
TEST(the_longest_and_the_most_come_first)
{
	const struct task_summary *t;
	struct summary s;

	CHECK_OR_RETURN(drawn_analyze("command 100\ntask 7 7 brief\ntask 8 8 longer\n"
				      " 900 0 switch 0 100 R\n1000 0 exec 100\n"
				      "1100 0 switch 100 7 S syscall=read\n1150 0 waking 100\n"
				      "1200 0 switch 7 100 S\n"
				      "1300 0 switch 100 8 S syscall=nanosleep\n1500 0 waking 100\n"
				      "1600 0 switch 8 100 S\n"
				      "1700 0 switch 100 8 S syscall=nanosleep\n1800 0 waking 100\n"
				      "1900 0 switch 8 100 S\n2000 0 last 100 0\n",
				      &s));
	t = drawn_task(&s, 100);
	CHECK_OR_RETURN(t && t->blocked_on_count == 2 && t->woken_by_count == 2);
	CHECK_STR(t->blocked_on[0].what, "nanosleep");
	CHECK_EQ(t->blocked_on[0].ns, 200 + 100);
	CHECK_EQ(t->blocked_on[0].count, 2);
	CHECK_EQ(t->blocked_on[1].ns, 50);
	CHECK_EQ(t->woken_by[0].tid, 8);
	CHECK_EQ(t->woken_by[0].count, 2);
	CHECK_EQ(t->woken_by[1].tid, 7);
	CHECK_OR_RETURN(s.cpus[0].other_count == 2);
	CHECK_STR(s.cpus[0].others[0].comm, "longer");
	CHECK_EQ(s.cpus[0].others[0].ns, 300 + 200);
	CHECK_EQ(s.cpus[0].others[1].ns, 100);
	check_behind(&s.cpus[0], (struct row[]){ { "longer", 200, false }, { "brief", 50, false } },
		     2);
	check_antagonist(&s, 100, (struct row){ "longer", 200, false });
	check_whole(&s);
	summary_free(&s);
}

/*
 * Two tasks of W and a third one bear one name: of W and not are two rows.
 *
 *	       1000  1100      1300   1400   1500  1600    2000
 *	CPU 0  100   | 101     | 7    | 100  | 101 | 100   dead
 */
TEST(behind_whom_it_waited_is_told_apart_by_whose_they_are)
{
	struct summary s;

	CHECK_OR_RETURN(
		drawn_analyze("command 100\ntask 7 7 drawn\n 900 0 switch 0 100 R\n"
			      "1000 0 exec 100\n1000 0 newtask 101 101 100\n1000 0 new 101\n"
			      "1100 0 switch 100 101 R preempt\n1300 0 switch 101 7 R preempt\n"
			      "1400 0 switch 7 100 S\n1500 0 switch 100 101 R preempt\n"
			      "1600 0 last 101 100\n2000 0 last 100 0\n",
			      &s));
	check_line(&s, 100, (struct line){ 600, 0, 400, 0, 1000 });
	check_line(&s, 101, (struct line){ 300, 100, 200, 0, 600 });
	/* 100 behind 101 for 300, 101 behind 100 for 200; each behind 7 for 100. */
	check_behind(&s.cpus[0], (struct row[]){ { "drawn", 500, true }, { "drawn", 200, false } },
		     2);
	check_antagonist(&s, 100, (struct row){ "drawn", 300, true });
	check_whole(&s);
	summary_free(&s);
}

/* 70 wakers, once each: more than have a row. */
TEST(wakings_by_those_without_a_row_are_counted)
{
	char *text = NULL;
	struct summary s;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	fputs("command 100\n 900 0 switch 0 100 R\n1000 0 exec 100\n", out);
	for (int i = 0; i < 70; i++)
		fprintf(out,
			"%d 0 switch 100 0 S syscall=read\n%d 0 waking 100 by=%d\n"
			"%d 0 switch 0 100 R\n",
			1100 + 100 * i, 1150 + 100 * i, 200 + i, 1160 + 100 * i);
	fputs("9000 0 last 100 0\n", out);
	fclose(out);
	CHECK_OR_RETURN(drawn_analyze(text, &s));
	CHECK_EQ(wakings_of(drawn_task(&s, 100)), 70);
	CHECK(drawn_task(&s, 100)->woken_by_rest > 0);
	summary_free(&s);
	free(text);
}

TEST(threads_on_two_cpus)
{
	struct summary s;

	CHECK_OR_RETURN(drawn_fixture("parallel", &s));
	check_line(&s, 100, (struct line){ 2480, 30, 0, 490, 3000 });
	check_line(&s, 101, (struct line){ 2000, 90, 0, 400, 2490 });
	CHECK_EQ(s.cpus[0].workload_ns, 2480);
	CHECK_EQ(s.cpus[0].idle_ns, 520);
	CHECK_EQ(s.cpus[1].workload_ns, 2000);
	CHECK_EQ(s.cpus[1].idle_ns, 1000);
	check_whole(&s);
	summary_free(&s);
}

int main(void)
{
	RUN(one_task_has_every_state_once);
	RUN(wakings_that_come_early_twice_or_not_at_all);
	RUN(a_sleep_that_no_signal_can_abort_lasts_to_the_sched_in);
	RUN(a_waking_in_the_last_slice_holds_to_the_end);
	RUN(voluntary_is_what_the_kernels_counter_says);
	RUN(each_cpu_tells_who_ran_and_who_waited);
	RUN(a_helper_takes_turns_with_the_program_as_others_do);
	RUN(the_longest_and_the_most_come_first);
	RUN(behind_whom_it_waited_is_told_apart_by_whose_they_are);
	RUN(wakings_by_those_without_a_row_are_counted);
	RUN(threads_on_two_cpus);
	return check_done("timeline");
}
