/* SPDX-License-Identifier: MIT */
#include "check.h"
#include <locale.h>
#include <stdlib.h>
#include "drawn_trace.h"
#include "report/report_text_parts.h"
#include "resolve/resolve.h"
#include "timeline/strip.h"

#define W(from, to) ((struct window){ .t0 = (from), .t1 = (to) })
#define IDLE STRIP_STATE(CPU_IDLE)
#define OTHER STRIP_STATE(CPU_OTHER)
#define UNKNOWN STRIP_STATE(CPU_UNKNOWN)

/* Columns of 10 ns from 1000 on. */
static const struct window ten = W(1000, 1000 + 10 * STRIP_COLUMNS);

TEST(who_has_most_of_a_column_holds_it)
{
	struct strip s;

	CHECK_OR_RETURN(strip_open(&s, &ten, 2));
	strip_add(&s, 1, 0, 1004, CPU_WORKLOAD, 7);
	strip_add(&s, 1, 1004, 1010, CPU_WORKLOAD, 8);
	strip_add(&s, 1, 1010, 1013, CPU_WORKLOAD, 8); /* 8 twice in the same column: 5 of 10 */
	strip_add(&s, 1, 1013, 1017, CPU_IDLE, TASK_IDLE);
	strip_add(&s, 1, 1017, 1019, CPU_WORKLOAD, 8);
	strip_add(&s, 1, 1019, 1041, CPU_OTHER, 9); /* over columns of which it has all */
	strip_add(&s, 1, 1041, 5000, CPU_WORKLOAD, 7);
	strip_close(&s);
	CHECK_EQ(s.columns, STRIP_COLUMNS);
	CHECK_EQ(s.cpus[1].cells[0], 8);
	CHECK_EQ(s.cpus[1].cells[1], 8);
	CHECK_EQ(s.cpus[1].cells[2], OTHER);
	CHECK_EQ(s.cpus[1].cells[3], OTHER);
	CHECK_EQ(s.cpus[1].cells[4], 7);
	CHECK_EQ(s.cpus[1].cells[STRIP_COLUMNS - 1], 7);
	CHECK_EQ(s.cpus[0].cells[0], UNKNOWN); /* nothing was said of it */
	CHECK_EQ(s.cpus[0].cells[STRIP_COLUMNS - 1], UNKNOWN);
	strip_free(&s);
}

TEST(what_was_in_another_column_does_not_count)
{
	struct strip s;

	CHECK_OR_RETURN(strip_open(&s, &ten, 1));
	strip_add(&s, 0, 1000, 1010, CPU_WORKLOAD, 3);
	strip_add(&s, 0, 1010, 1012, CPU_WORKLOAD, 3);
	strip_add(&s, 0, 1012, 1015, CPU_WORKLOAD, 4);
	strip_add(&s, 0, 1015, 2000, CPU_IDLE, TASK_IDLE);
	strip_close(&s);
	CHECK_EQ(s.cpus[0].cells[0], 3);
	CHECK_EQ(s.cpus[0].cells[1], IDLE);
	strip_free(&s);
}

TEST(tasks_that_share_a_slot_are_told_apart)
{
	struct strip s;

	CHECK_OR_RETURN(strip_open(&s, &ten, 1));
	strip_add(&s, 0, 1000, 1006, CPU_WORKLOAD, 1);
	strip_add(&s, 0, 1006, 1010, CPU_WORKLOAD, 1 + STRIP_SLOTS);
	strip_add(&s, 0, 1010, 1014, CPU_WORKLOAD, 1);
	strip_add(&s, 0, 1014, 2000, CPU_WORKLOAD, 1 + STRIP_SLOTS);
	strip_close(&s);
	CHECK_EQ(s.cpus[0].cells[0], 1);
	CHECK_EQ(s.cpus[0].cells[1], 1 + STRIP_SLOTS);
	strip_free(&s);
}

TEST(a_window_of_few_ns_has_few_columns_and_the_longest_has_all)
{
	static const struct window few = W(10, 13), none = W(10, 10), all = W(1, UINT64_MAX - 1);
	struct strip s;

	CHECK_OR_RETURN(strip_open(&s, &few, 1));
	strip_add(&s, 0, 0, 11, CPU_IDLE, TASK_IDLE);
	strip_add(&s, 0, 11, 99, CPU_WORKLOAD, 5);
	strip_close(&s);
	CHECK_EQ(s.columns, 3);
	CHECK(s.cpus[0].cells[0] == IDLE && s.cpus[0].cells[1] == 5 && s.cpus[0].cells[2] == 5);
	strip_free(&s);
	CHECK_OR_RETURN(strip_open(&s, &none, 1));
	strip_add(&s, 0, 0, 99, CPU_IDLE, TASK_IDLE);
	strip_close(&s);
	CHECK_EQ(s.columns, 0);
	strip_free(&s);
	CHECK_OR_RETURN(strip_open(&s, &all, 1));
	strip_add(&s, 0, 0, UINT64_MAX / 2, CPU_WORKLOAD, 5);
	strip_add(&s, 0, UINT64_MAX / 2, UINT64_MAX, CPU_IDLE, TASK_IDLE);
	strip_close(&s);
	CHECK_EQ(s.cpus[0].cells[STRIP_COLUMNS / 2 - 1], 5);
	CHECK_EQ(s.cpus[0].cells[STRIP_COLUMNS / 2], IDLE);
	CHECK_EQ(s.cpus[0].cells[STRIP_COLUMNS - 1], IDLE);
	strip_free(&s);
}

TEST(the_strip_of_a_drawn_run)
{
	char *text = NULL;
	struct summary s;
	size_t size;
	FILE *out;

	if (!CHECK(drawn_fixture("causes", &s)))
		return;
	out = open_memstream(&text, &size);
	CHECK_EQ(print_strip(&s, out, false), 0);
	fclose(out);
	CHECK_STR(text,
		  "\n"
		  "Strip: who had most of each 111 ns\n"
		  " cpu 0.000000000 s                                              0.000008000 s\n"
		  "   0 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"
		  "   1 DDDDDDDDD...............................................................\n"
		  "   2 CCCCCCCCCCCCCCCCCC......................................................\n"
		  "   3 BBBBBBBBBBBBBBBBBBBBBBBBBBBEEEEEEEEE....................................\n"
		  "drawn: A 100  B 103  C 102  D 101  E 104\n"
		  "A letter: that task had most of it; + one without, . idle, # other tasks, ~ "
		  "unknown, blank offline.\n");
	free(text);
	summary_free(&s);
}

TEST(other_tasks_idle_unknown_and_offline_time_have_their_own_signs)
{
	struct summary s;

	if (!CHECK(drawn_fixture("line", &s)))
		return;
	CHECK_STR(s.cpus[0].cells,
		  "AAAAAAAAAAA#####AAAAAAA......................................AAAAAAAAAAA");
	summary_free(&s);
	if (!CHECK(drawn_fixture("loss", &s)))
		return;
	CHECK_STR(s.cpus[0].cells,
		  "AAAAAAAAAAAAAAAAAA~~~~~~~~~~~~~~~~~~AAAAAAAAA..................AAAAAAAAA");
	summary_free(&s);
	if (!CHECK(drawn_fixture("hotplug", &s)))
		return;
	CHECK_STR(s.cpus[1].cells,
		  "BBBBBBBBBBBBBBBBB## ###                      # ###BBBBBBBBBBBBB.........");
	summary_free(&s);
}

int main(void)
{
	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		return 1;
	RUN(who_has_most_of_a_column_holds_it);
	RUN(what_was_in_another_column_does_not_count);
	RUN(tasks_that_share_a_slot_are_told_apart);
	RUN(a_window_of_few_ns_has_few_columns_and_the_longest_has_all);
	RUN(the_strip_of_a_drawn_run);
	RUN(other_tasks_idle_unknown_and_offline_time_have_their_own_signs);
	return check_done("strip");
}
