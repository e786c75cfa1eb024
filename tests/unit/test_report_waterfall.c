/* SPDX-License-Identifier: MIT */
#include "check.h"
#include <locale.h>
#include <stdlib.h>
#include "drawn_trace.h"
#include "report/report_text_parts.h"

/* The section of *s, malloced. */
static char *waterfall_of(const struct summary *s)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	CHECK_EQ(print_waterfall(s, out, false), 0);
	fclose(out);
	return text;
}

TEST(each_cause_takes_its_part_the_largest_first_and_what_stays_is_own)
{
	struct summary s;
	char *text;

	if (!CHECK(drawn_fixture("causes", &s)))
		return;
	text = waterfall_of(&s);
	CHECK_STR(text,
		  "\n"
		  "Where the time went: 4 CPUs x 8.0 µs of wall time\n"
		  "cause       core-us     %                        in words\n"
		  "n x T        32.000 100.0 ██████████████████████ \n"
		  "- lock        5.667  17.7                   ████ its tasks waited for a lock\n"
		  "- condition   4.667  14.6                ███     its tasks waited for a signal "
		  "from each other\n"
		  "- sleep       3.666  11.5             ▐██        its tasks slept on a timer\n"
		  "- io          3.000   9.4           ▐█▌          its tasks waited for input or "
		  "output\n"
		  "= own        15.000  46.9 ██████████▌            its own tasks ran\n"
		  "At each instant each CPU that it may use has one cause; n x T less all others "
		  "is own, exactly.\n");
	free(text);
	summary_free(&s);
}

TEST(what_the_workload_shared_with_itself_is_the_last_to_go)
{
	struct summary s = { .n = 2, .program.wall_ns = 5000000000 };
	char *text, *smt, *lock;

	s.accounting_ns[CAUSE_OWN] = 3000000000;
	s.accounting_ns[CAUSE_OWN_SMT] = 6000000000;
	s.accounting_ns[CAUSE_LOCK] = 1000000000;
	text = waterfall_of(&s);
	lock = strstr(text, "- lock     1.000  10.0 ");
	smt = strstr(text, "- own_smt  6.000  60.0 ");
	CHECK(lock && smt && lock < smt && smt < strstr(text, "= own      3.000  30.0 "));
	free(text);
}

TEST(without_a_window_there_is_nothing_to_take)
{
	struct summary s = { .n = 1 };
	char *text = waterfall_of(&s);

	CHECK(strstr(text, "1 CPU x 0 ns of wall time"));
	CHECK(strstr(text, "\nn x T       0 - ") && strstr(text, "\n= own       0 - "));
	free(text);
}

int main(void)
{
	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		return 1;
	RUN(each_cause_takes_its_part_the_largest_first_and_what_stays_is_own);
	RUN(what_the_workload_shared_with_itself_is_the_last_to_go);
	RUN(without_a_window_there_is_nothing_to_take);
	return check_done("report_waterfall");
}
