/* SPDX-License-Identifier: MIT */
/* n: which CPUs W may use; what tests/fixtures/masks*.events have no room for. */
#include "drawn_trace.h"

static void check_n(const char *text, uint64_t n, size_t cpus)
{
	struct summary s;

	CHECK_OR_RETURN(drawn_analyze(text, &s));
	CHECK_EQ(s.n, n);
	CHECK_EQ(s.cpu_count, cpus);
	CHECK_EQ(s.trust.verdict, TRUST_WHOLE);
	drawn_sums_hold(&s);
	summary_free(&s);
}

/* Of 70 CPUs three have records: 0, 65 and 69. The kernel tells the first 64 bits and how many are
 * set.
 */
TEST(a_mask_of_all_cpus_holds_those_beyond_63)
{
	static const struct {
		int size;
		uint64_t n;
	} cases[] = { { 1, 1 }, { 64, 1 }, { 69, 1 }, { 70, 3 } };
	char text[256];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(text, sizeof(text),
			 "cpus 70\ncommand 100 mask=1 mask_size=%d\n 800 65 switch 0 0 R\n 800 69 "
			 "switch 0 0 R\n"
			 " 900 0 switch 0 100 R\n1000 0 exec 100\n2000 0 last 100 0\n",
			 cases[i].size);
		check_n(text, cases[i].n, 70);
	}
}

/*
 * 100 may use CPUs 0 and 1 by its row, CPU 0 alone from 3000 on, and CPU 2 after the window.
 *
 *	       row    2000 attached      3000       3200   4000 ended   5000
 *	mask   0 1    : 0 1              | 0               :            | 2
 */
TEST(a_mask_from_before_holds_until_the_first_record_and_one_from_after_not_at_all)
{
	check_n("cpus 3\ntarget pids 100\nattached 2000\nended 4000\n"
		"task 100 100 own state=R on_cpu mask=3\ntask 7 7 other\n"
		" 700 1 switch 7 0 S\n 700 2 switch 0 0 R\n 900 0 switch 0 100 R\n"
		"3000 0 switch 100 0 S syscall=read mask=1\n3100 0 waking 100 irq\n"
		"3200 0 switch 0 100 R\n5000 0 switch 100 0 S syscall=read mask=4\n",
		2, 3);
}

/* Its thread, which may use CPU 2, is dead at 1500: before the attach. */
TEST(the_mask_of_who_is_dead_by_then_does_not_count)
{
	struct summary s;

	CHECK_OR_RETURN(drawn_analyze("cpus 3\ntarget pids 100\nattached 2000\nended 4000\n"
				      "task 100 100 own state=R on_cpu mask=1\n"
				      "task 101 100 own state=R on_cpu mask=4\n"
				      " 700 1 switch 0 0 R\n 800 2 switch 0 101 R\n"
				      " 900 0 switch 0 100 R\n1500 2 last 101 0\n"
				      "4500 0 switch 100 0 S syscall=read\n",
				      &s));
	CHECK_EQ(s.n, 1);
	CHECK_EQ(s.task_count, 1);
	CHECK(!drawn_task(&s, 101));
	drawn_sums_hold(&s);
	summary_free(&s);
}

/* The command's row may be older than its --cpus: its exec shows what it has. */
TEST(the_commands_mask_is_that_of_its_exec)
{
	check_n("cpus 2\ncommand 100 mask=3\n 800 1 switch 0 0 R\n 900 0 switch 0 100 R\n"
		"1000 0 exec 100 mask=1\n2000 0 last 100 0\n",
		1, 2);
}

/* Of CPU 1 there is no record: a mask may name what is not there. It has a row where it is listed.
 */
TEST(a_cpu_without_a_record_is_not_used)
{
	static const char text[] = "cpus 3\n%scommand 100 mask=7\n 800 2 switch 0 0 R\n"
				   " 900 0 switch 0 100 R\n1000 0 exec 100\n2000 0 last 100 0\n";
	char drawing[256];

	snprintf(drawing, sizeof(drawing), text, "");
	check_n(drawing, 2, 3);
	snprintf(drawing, sizeof(drawing), text, "place 1 offline\n");
	check_n(drawing, 2, 2);
}

/* No mask names CPU 1, but 100, which waits at first, is there to the end. */
TEST(where_it_runs_it_may)
{
	check_n("cpus 2\ntarget pids 100\nattached 1000\nended 3000\n"
		"task 100 100 own state=R mask=1\n 700 0 switch 0 0 R\n 700 1 switch 0 0 R\n"
		"2000 1 switch 0 100 R\n",
		2, 2);
}

int main(void)
{
	RUN(a_mask_of_all_cpus_holds_those_beyond_63);
	RUN(a_mask_from_before_holds_until_the_first_record_and_one_from_after_not_at_all);
	RUN(the_mask_of_who_is_dead_by_then_does_not_count);
	RUN(the_commands_mask_is_that_of_its_exec);
	RUN(a_cpu_without_a_record_is_not_used);
	RUN(where_it_runs_it_may);
	return check_done("resolve masks");
}
