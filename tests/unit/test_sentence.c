/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "sample_summary.h"
#include "summary/sentence.h"

static bool says(const struct summary *s, const char *words)
{
	return strstr(s->program.sentence, words) != NULL;
}

TEST(parallel_names_the_cpus_the_share_and_the_obstacle)
{
	struct summary s = sample_summary();

	sentence_build(&s);
	CHECK_STR(
		s.program.sentence,
		"Parallel: 2 of 2 CPUs worked at the same instant for 95 % of the run (tlp 1.96); "
		"what kept it from being more parallel: for 3 % of its CPUs' time it had no "
		"further "
		"task to run.");
	s.accounting_ns[CAUSE_NO_TASK] = 1000;
	sentence_build(&s);
	CHECK(says(&s, "; nothing much kept it from being more parallel."));
	summary_free(&s);
}

/* Of more levels than one above 1 none is the usual one; of two CPUs there is one such level. */
TEST(parallel_for_less_than_half_says_for_how_long)
{
	struct summary s = sample_summary();

	s.program.parallel_share = 0.4;
	s.program.parallelism_ns[2] = 800000000;
	sentence_build(&s);
	CHECK(says(&s, "Parallel: both CPUs worked at the same instant for 40 % of the run (tlp"));
	s.n = 3;
	sentence_build(&s);
	CHECK(says(&s, "Parallel: two or more of 3 CPUs worked at the same instant for 40 % of"));
	summary_free(&s);
}

TEST(time_slicing_on_one_cpu_is_told_from_parallelism)
{
	struct summary s = sample_summary();

	s.n = 1;
	s.program.verdict = VERDICT_CONCURRENT;
	s.program.peak_parallelism = 1;
	s.program.peak_in_flight = 4;
	s.program.tlp = 1;
	s.program.time_sliced_share = 0.97;
	sentence_build(&s);
	CHECK_STR(s.program.sentence, "Concurrent, not parallel: up to 4 threads were in progress "
				      "at once, but no two ever "
				      "ran at the same instant (tlp 1.00); they took turns on a "
				      "CPU for 97 % of the time in "
				      "which two wanted to run; on 1 CPU nothing can be parallel.");
	summary_free(&s);
}

TEST(sleepers_overlap_their_waiting)
{
	struct summary s = sample_summary();

	s.program.verdict = VERDICT_CONCURRENT;
	s.program.peak_in_flight = 64;
	s.program.busy_ns = 20000000;
	s.program.demand_ns[0] = 1900000000;
	s.program.parallel_share = 0.004;
	s.accounting_ns[CAUSE_SLEEP] = 3900000000;
	sentence_build(&s);
	CHECK(says(&s, "two ran at the same instant for only 0.4 % of the run"));
	CHECK(says(&s,
		   "their waiting overlapped, not their computing: a CPU worked for 1 % of it"));
	CHECK(says(&s, "its tasks slept on a timer"));
	summary_free(&s);
}

/* A CPU works for 10 % of 2 s; for 80 % of it some wait, for 10 % all are blocked. */
TEST(tasks_that_others_starve_do_not_overlap_their_waiting)
{
	struct summary s = sample_summary();
	struct other_summary other = { "greedy", 3500000000 };

	s.program.verdict = VERDICT_CONCURRENT;
	s.program.busy_ns = s.program.demand_ns[0] = 200000000;
	s.accounting_ns[CAUSE_OTHER_WAITED] = 3500000000;
	s.accounting_ns[CAUSE_OWN] = 200000000;
	s.cpus[1].others = malloc(sizeof(other));
	CHECK_OR_RETURN(s.cpus[1].others);
	s.cpus[1].others[0] = other;
	s.cpus[1].other_count = 1;
	sentence_build(&s);
	CHECK(!says(&s, "overlapped"));
	CHECK(says(&s, "; for 80 % of it some were ready to run and none had a CPU"));
	CHECK(says(&s, "other tasks ran while it waited (most: greedy)"));
	summary_free(&s);
}

/* Others that ran where it wanted nothing kept it from nothing. */
TEST(others_are_blamed_only_where_it_waited)
{
	struct summary s = sample_summary();

	s.accounting_ns[CAUSE_OWN] = 2000000000;
	s.accounting_ns[CAUSE_NO_TASK] = 400000000;
	s.accounting_ns[CAUSE_OTHER_WAITED] = 500000000;
	s.accounting_ns[CAUSE_OTHER_FREE] = 1100000000;
	sentence_build(&s);
	CHECK(says(&s, "for 38 % of its CPUs' time it had no use for a further CPU."));
	s.accounting_ns[CAUSE_OTHER_WAITED] = 1600000000;
	sentence_build(&s);
	CHECK(says(&s, "for 31 % of its CPUs' time other tasks ran while it waited."));
	summary_free(&s);
}

TEST(sequential_and_idle_say_so)
{
	struct summary s = sample_summary();

	s.program.verdict = VERDICT_SEQUENTIAL;
	s.program.tlp = 1;
	sentence_build(&s);
	CHECK(says(
		&s,
		"Sequential: one thing at a time; one CPU worked for 99 % of the run (tlp 1.00)"));
	s.program.verdict = VERDICT_IDLE;
	s.program.cpu_ns = 1230000;
	sentence_build(&s);
	CHECK(says(&s, "Idle: it used 1.23 ms of CPU time in 2.000 s (under 0.1 %)."));
	summary_free(&s);
}

TEST(doubts_are_told)
{
	struct summary s = sample_summary();

	json_object_set_new(s.machine, "virt", json_string("kvm"));
	s.trust.lost = 12;
	s.trust.unknown_ns = 5000000;
	s.run_result.incomplete = true;
	s.trust.verdict = TRUST_BROKEN;
	sentence_build(&s);
	CHECK(says(&s, "as this guest saw it"));
	CHECK(says(&s, "12 records were lost"));
	CHECK(says(&s, "5.00 ms of CPU time is unknown"));
	CHECK(says(&s, "the recording was cut short"));
	CHECK(says(&s, "contradict each other."));
	json_object_set_new(s.machine, "virt", json_null());
	s.trust.lost = 1;
	sentence_build(&s);
	CHECK(says(&s, "; 1 record was lost;"));
	CHECK(!says(&s, "guest"));
	summary_free(&s);
}

TEST(what_siblings_share_is_told)
{
	struct summary s = sample_summary();

	s.program.smt_share = 0.01;
	s.program.physical_tlp = 1.94;
	sentence_build(&s);
	CHECK(says(&s, "(tlp 1.96);"));
	s.program.smt_share = 0.4;
	s.program.physical_tlp = 1.18;
	sentence_build(&s);
	CHECK(says(&s, "(tlp 1.96, and 1.18 counted in cores, which SMT siblings share)"));
	summary_free(&s);
}

TEST(what_the_host_took_is_told_where_it_is_known)
{
	struct summary s = sample_summary();

	json_object_set_new(s.machine, "virt", json_string("kvm"));
	s.run_result.steal_ns = 0;
	sentence_build(&s);
	CHECK(!says(&s, "guest") && !says(&s, "host"));
	/* 2.1 s on 2 CPUs: 84 ms are 2 %, of which 20 ms may lie before. */
	s.run_result.steal_ns = 100000000;
	sentence_build(&s);
	CHECK(!says(&s, "host"));
	s.run_result.steal_ns = 210000000;
	sentence_build(&s);
	CHECK(says(&s, "meanwhile the host took 5 % of its CPUs' time"));
	CHECK(!says(&s, "guest"));
	json_object_set_new(s.machine, "virt", json_string("none"));
	s.run_result.steal_ns = -1;
	sentence_build(&s);
	CHECK(!says(&s, "host"));
	summary_free(&s);
}

TEST(doubts_have_room_beside_the_longest_verdict)
{
	struct summary s = sample_summary();

	sample_worsen(&s, 2);
	json_object_set_new(s.machine, "virt", json_string("kvm"));
	s.program.verdict = VERDICT_CONCURRENT;
	s.program.time_sliced_share = 1e-9;
	s.program.parallel_share = 1e-9;
	s.program.peak_in_flight = UINT32_MAX;
	s.program.tlp = 1e300;
	s.accounting_ns[CAUSE_OTHER_FREE] = UINT64_MAX / 2;
	s.trust.lost = s.trust.unknown_ns = UINT64_MAX;
	s.run_result.incomplete = true;
	s.trust.verdict = TRUST_BROKEN;
	sentence_build(&s);
	CHECK(says(&s, "contradict each other."));
	CHECK(strlen(s.program.sentence) < sizeof(s.program.sentence));
	summary_free(&s);
}

TEST(other_tasks_are_named_and_cleaned)
{
	struct summary s = sample_summary();

	sample_worsen(&s, 2);
	s.accounting_ns[CAUSE_OTHER_WAITED] = 3000000000;
	sentence_build(&s);
	CHECK(says(&s, "other tasks ran while it waited"));
	CHECK(says(&s, "(most: \\x1b]0;x\\x07<b>\\xff"));
	CHECK(!strchr(s.program.sentence, '\033'));
	summary_free(&s);
}

TEST(an_empty_window_is_no_verdict)
{
	struct summary s = { 0 };

	sentence_build(&s);
	CHECK_STR(s.program.sentence, "Nothing was measured: the window is empty.");
}

int main(void)
{
	RUN(parallel_names_the_cpus_the_share_and_the_obstacle);
	RUN(parallel_for_less_than_half_says_for_how_long);
	RUN(time_slicing_on_one_cpu_is_told_from_parallelism);
	RUN(sleepers_overlap_their_waiting);
	RUN(tasks_that_others_starve_do_not_overlap_their_waiting);
	RUN(others_are_blamed_only_where_it_waited);
	RUN(sequential_and_idle_say_so);
	RUN(doubts_are_told);
	RUN(what_siblings_share_is_told);
	RUN(what_the_host_took_is_told_where_it_is_known);
	RUN(doubts_have_room_beside_the_longest_verdict);
	RUN(other_tasks_are_named_and_cleaned);
	RUN(an_empty_window_is_no_verdict);
	return check_done("sentence");
}
