/* SPDX-License-Identifier: MIT */
#include "check.h"
#include <locale.h>
#include "common/text_format.h"
#include "report_of.h"
#include "sample_summary.h"
#include "summary/sentence.h"

static bool in_order(const char *text, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		text = strstr(text, words[i]);
		if (!text)
			return false;
	}
	return true;
}

TEST(sections_come_in_their_order)
{
	static const char *const words[] = { "Parallel: 2 of 2 CPUs",
					     "Profile: 2.000 s",
					     "Where the time",
					     "- no_task",
					     "= own",
					     "CPUs\n",
					     "Tasks: 2",
					     "Trust: whole" };
	struct summary s = sample_summary();
	char *text;

	sentence_build(&s);
	text = report_of(&s, false);
	CHECK_OR_RETURN(text);
	CHECK(in_order(text, words, sizeof(words) / sizeof(*words)));
	CHECK(!strstr(text, "other_waited")); /* a row of nothing */
	CHECK(!strchr(text, '\033'));
	CHECK(widest(text) <= REPORT_COLUMNS);
	CHECK(strstr(text, "2  95.0 "));
	free(text);
	summary_free(&s);
}

/* Two siblings of one core, on a machine of two sockets. */
static struct summary sample_of_siblings(void)
{
	struct summary s = sample_summary();

	s.topology = (struct topology_summary){ 8, 2, 4, 2, 2, true };
	s.program.physical_tlp = 1;
	s.program.smt_share = 0.4897;
	s.cpus[0].core = s.cpus[1].core = 3;
	s.cpus[1].migrations_in = 12;
	s.migrations = (struct migration_summary){ 5, 4, 2, 1, 0 };
	return s;
}

TEST(siblings_and_distances_are_told)
{
	struct summary s = sample_of_siblings();
	char *text = report_of(&s, false);

	CHECK_OR_RETURN(text);
	CHECK(strstr(text, "\nCPUs: 2 sockets, 4 cores, 8 threads; 2 NUMA nodes\ncpu core work %"));
	CHECK(strstr(text, "\n  0    3   97.0 "));
	CHECK(strstr(text, "\nPhysical: tlp 1.00 counted in cores, 1.96 in CPUs; "
			   "SMT gave 49.0 % of it\n"));
	CHECK(strstr(text, "\nMigrations: 12, same core 5, same cache 4, same node 2, "
			   "across nodes 1\n"));
	CHECK(!strstr(text, "steal"));
	CHECK(widest(text) <= REPORT_COLUMNS);
	free(text);
	summary_free(&s);
}

TEST(levels_that_are_unknown_are_left_out)
{
	struct summary s = sample_of_siblings();
	char *text;

	s.topology = (struct topology_summary){ 2, 1, 2, -1, 1, false };
	s.migrations = (struct migration_summary){ 0, -1, 11, 0, 1 };
	text = report_of(&s, false);
	CHECK_OR_RETURN(text);
	CHECK(strstr(text, "\nCPUs: 1 socket, 2 cores, 2 threads; 1 NUMA node\ncpu work %"));
	CHECK(!strstr(text, "Physical"));
	CHECK(strstr(text, "\nMigrations: 12, same node 11, unknown 1\n"));
	CHECK(strstr(text, "caches are unknown here"));
	free(text);
	s.cpus[1].migrations_in = 0;
	text = report_of(&s, false);
	CHECK(text && !strstr(text, "Migrations"));
	free(text);
	summary_free(&s);
}

/* Above 2 % of 2.1 s and a tick. */
TEST(steal_is_shown_where_it_matters)
{
	struct summary s = sample_summary();
	char *text;

	s.cpus[0].steal_ns = 52000000;
	text = report_of(&s, false);
	CHECK(text && !strstr(text, "steal"));
	free(text);
	s.cpus[0].steal_ns = 63000000;
	text = report_of(&s, false);
	CHECK_OR_RETURN(text);
	CHECK(strstr(text, "unkn % steal % switches"));
	CHECK(strstr(text, " 0.0     3.0 "));
	CHECK(strstr(text, " 0.0       - ")); /* CPU 1's is not known */
	CHECK(strstr(text, "steal %: taken by the host"));
	CHECK(widest(text) <= REPORT_COLUMNS);
	free(text);
	summary_free(&s);
}

TEST(what_only_the_traces_end_tells_is_not_known_without_it)
{
	struct summary s = sample_summary();
	char *whole = report_of(&s, false), *cut;

	s.trust.ended = false;
	cut = report_of(&s, false);
	CHECK(whole && strstr(whole, "schedlab itself: 0 ns of CPU time in 0 switches, "));
	CHECK(cut && strstr(cut, "schedlab itself: not known\n"));
	free(whole);
	free(cut);
	summary_free(&s);
}

TEST(tasks_stand_in_the_summarys_order)
{
	struct summary s = sample_summary();
	char *text;

	s.tasks[1].run_ns++;
	text = report_of(&s, false);
	CHECK(text && in_order(text, (const char *const[]){ "Tasks: 2", " 1000 ", " 1001 " }, 3));
	free(text);
	summary_free(&s);
}

TEST(what_it_is_of_comes_after_the_sentence)
{
	struct summary s = sample_summary();
	char *text = report_of(&s, false), *hostile, *living;

	CHECK(text && strstr(text, "\nOf: schedlab-workload spin (status 0)\n"));
	free(text);
	json_object_set_new(s.run, "command", json_pack("[s, s, s]", "sh", "a\033]0;b", ""));
	s.run_result.signal = 9;
	hostile = report_of(&s, false);
	CHECK(hostile && strstr(hostile, "\nOf: sh 'a\\x1b]0;b' '' (signal 9)\n"));
	free(hostile);
	json_object_set_new(s.run, "command", json_array());
	json_object_set_new(s.run, "target", json_pack("{s:s}", "kind", "all"));
	s.trust.ended = false;
	living = report_of(&s, false);
	CHECK(living && strstr(living, "\nOf: every task\n"));
	free(living);
	summary_free(&s);
}

TEST(as_many_tasks_as_asked_for)
{
	struct summary s = sample_summary();
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int status = report_text(&s, out, false, 1);

	fclose(out);
	CHECK_EQ(status, 0);
	CHECK(strstr(text, "Tasks: 2") && strstr(text, " 1000 ") && !strstr(text, " 1001 "));
	CHECK(strstr(text, "... and 1 more, which ran less (--all shows them)\n"));
	free(text);
	summary_free(&s);
}

TEST(a_part_of_the_run_is_called_one)
{
	struct summary s = sample_summary();
	char *text;

	s.window = (struct window_summary){ 1000000, 2001000000, 3000000000 };
	text = report_of(&s, false);
	CHECK_OR_RETURN(text);
	CHECK(strstr(text, "Only from 0.001000 s to 2.001000 s of the run's 3.000000 s:\n") ==
	      text);
	CHECK(strstr(text, ", - % of the CPUs' time") && strstr(text, ", - % of the workload's"));
	free(text);
	summary_free(&s);
}

/* 100 and 210 ms of one, 200 of the other, and 50 of somebody else. */
TEST(who_had_the_cpu_is_named_once)
{
	struct summary s = sample_summary();
	static const struct antagonist rows[] = { { "greedy", false, 7, 100000000 },
						  { "spin", true, 1000, 200000000 } };
	char *text;

	for (int i = 0; i < 2; i++) {
		s.cpus[i].wait_behind = calloc(2, sizeof(rows[0]));
		CHECK_OR_RETURN(s.cpus[i].wait_behind);
		memcpy(s.cpus[i].wait_behind, rows, sizeof(rows));
	}
	s.cpus[0].wait_behind_count = 1;
	s.cpus[0].wait_behind_ns = 150000000;
	s.cpus[1].wait_behind_count = 2;
	s.cpus[1].wait_behind[0].ns = 210000000;
	s.cpus[1].wait_behind_ns = 410000000;
	text = report_of(&s, false);
	CHECK(text && strstr(text, "Meanwhile these had the CPU: greedy 310 ms, spin (its own) 200 "
				   "ms, others 50.0 ms\n"));
	free(text);
	summary_free(&s);
}

TEST(satisfaction_says_where_it_reads_low)
{
	struct summary s = sample_summary();
	char *free_to_go, *bound, *unknown;

	s.program.satisfaction = 0.964;
	free_to_go = report_of(&s, false);
	s.violation_sums.masked_ns = 1;
	bound = report_of(&s, false);
	s.program.satisfaction = UNKNOWN_DOUBLE;
	unknown = report_of(&s, false);
	CHECK(free_to_go && strstr(free_to_go, "It got 96.4 % of the CPU time that it could have "
					       "used (satisfaction).\n"));
	CHECK(bound && strstr(bound, "it reads low, as"));
	CHECK(unknown && !strstr(unknown, "satisfaction"));
	free(free_to_go);
	free(bound);
	free(unknown);
	summary_free(&s);
}

TEST(one_of_a_kind_is_not_told_as_several)
{
	static const struct violation_summary spell = { .cpu = 1, .tid = 7, .ns = 2000000 };
	struct summary s = sample_summary();
	char *one, *more;

	s.violations = calloc(6, sizeof(spell));
	CHECK_OR_RETURN(s.violations);
	for (int i = 0; i < 6; i++)
		s.violations[i] = spell;
	s.violation_count = s.violation_sums.count = 1;
	s.tasks[0].yields = s.trust.events = s.trust.untraced = s.trust.observer_switches = 1;
	one = report_of(&s, false);
	s.violation_count = s.violation_sums.count = 6;
	s.tasks[1].yields = s.trust.events = s.trust.untraced = s.trust.observer_switches = 2;
	more = report_of(&s, false);
	CHECK_OR_RETURN(one && more);
	CHECK(strstr(one, ": 1 spell, 1 over 1 ms") && strstr(more, ": 6 spells, 6 over 1 ms"));
	CHECK(strstr(one, "\nat: from the run's start;") &&
	      strstr(more, "\nThe longest. at: from"));
	CHECK(strstr(one, "\nOf invol, 1 was by sched_yield\n"));
	CHECK(strstr(more, "\nOf invol, 3 were by sched_yield\n"));
	CHECK(strstr(one, "\n1 event, 0 lost, 1 untraced switch, 0 conflicts; "));
	CHECK(strstr(more, "\n2 events, 0 lost, 2 untraced switches, 0 conflicts; "));
	CHECK(strstr(one, " in 1 switch, ") && strstr(more, " in 2 switches, "));
	CHECK(widest(one) <= REPORT_COLUMNS && widest(more) <= REPORT_COLUMNS);
	free(one);
	free(more);
	summary_free(&s);
}

TEST(fairness_is_told_where_there_are_units)
{
	struct summary s = sample_summary();
	char *none = report_of(&s, false), *some;

	s.program.fairness = 0.6064;
	some = report_of(&s, false);
	CHECK(none && !strstr(none, "Fairness"));
	CHECK(some && strstr(some, "\nFairness: 0.606 (Jain's index "));
	CHECK(widest(some) <= REPORT_COLUMNS);
	free(none);
	free(some);
	summary_free(&s);
}

TEST(color_comes_only_when_asked_for)
{
	struct summary s = sample_summary();
	char *text = report_of(&s, true);

	CHECK(text && strchr(text, '\033'));
	free(text);
	summary_free(&s);
}

TEST(the_worst_values_fit_into_100_columns)
{
	struct summary s = sample_summary();
	char *text;

	sample_worsen(&s, 64);
	for (int i = 0; i < CAUSE_COUNT; i++)
		s.accounting_ns[i] = UINT64_MAX / CAUSE_COUNT;
	s.trust = (struct trust_summary){ .ended = true,
					  .events = UINT64_MAX,
					  .lost = UINT64_MAX,
					  .checked_tasks = UINT64_MAX,
					  .switches = UINT64_MAX,
					  .run_ns = UINT64_MAX,
					  .kernel_run_ns = UINT64_MAX,
					  .worst_tid = UINT32_MAX,
					  .worst_error = 1e300,
					  .observer_cpu_ns = UINT64_MAX,
					  .observer_switches = UINT64_MAX,
					  .probe_ns = 1e17,
					  .verdict = TRUST_BROKEN };
	s.trust.warnings = calloc(1, sizeof(*s.trust.warnings));
	CHECK_OR_RETURN(s.trust.warnings);
	s.trust.warning_count = 1;
	memset(s.trust.warnings[0], '\033', sizeof(s.trust.warnings[0]));
	sample_worst_violations(&s);
	sentence_build(&s);
	text = report_of(&s, false);
	CHECK_OR_RETURN(text);
	CHECK(strstr(text, "18.4E over 1 ms"));
	CHECK(widest(text) > 0);
	CHECK(widest(text) <= REPORT_COLUMNS);
	CHECK(strstr(text, "1023 ") && strstr(text, " 960 ")); /* every CPU has its row */
	CHECK(strstr(text, "... and 44 more"));
	CHECK(!strchr(text, '\033') && !strchr(text, '\a') && !strstr(text, "\u202e"));
	free(text);
	summary_free(&s);
}

TEST(nothing_at_all_makes_a_report)
{
	struct summary s = { .n = 1 };
	char *text;

	s.program.average_cores = s.program.tlp = s.trust.probe_ns = UNKNOWN_DOUBLE;
	sentence_build(&s);
	text = report_of(&s, false);
	CHECK_OR_RETURN(text);
	CHECK(strstr(text, "Nothing was measured"));
	CHECK(strstr(text, "Tasks: 0"));
	CHECK(widest(text) <= REPORT_COLUMNS);
	free(text);
	summary_free(&s);
}

TEST(without_utf8_all_is_ascii)
{
	struct summary s = sample_summary();
	char *text;
	bool ascii = true;

	setlocale(LC_CTYPE, "C");
	text = report_of(&s, false);
	setlocale(LC_CTYPE, "C.UTF-8");
	CHECK_OR_RETURN(text);
	for (const char *c = text; *c; c++)
		ascii &= (unsigned char)*c < 0x80;
	CHECK(ascii);
	CHECK(strstr(text, "####"));
	free(text);
	summary_free(&s);
}

int main(void)
{
	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		return 1;
	RUN(sections_come_in_their_order);
	RUN(siblings_and_distances_are_told);
	RUN(levels_that_are_unknown_are_left_out);
	RUN(steal_is_shown_where_it_matters);
	RUN(what_only_the_traces_end_tells_is_not_known_without_it);
	RUN(tasks_stand_in_the_summarys_order);
	RUN(what_it_is_of_comes_after_the_sentence);
	RUN(as_many_tasks_as_asked_for);
	RUN(a_part_of_the_run_is_called_one);
	RUN(who_had_the_cpu_is_named_once);
	RUN(satisfaction_says_where_it_reads_low);
	RUN(one_of_a_kind_is_not_told_as_several);
	RUN(fairness_is_told_where_there_are_units);
	RUN(color_comes_only_when_asked_for);
	RUN(the_worst_values_fit_into_100_columns);
	RUN(nothing_at_all_makes_a_report);
	RUN(without_utf8_all_is_ascii);
	return check_done("report_text");
}
