/* SPDX-License-Identifier: MIT */
#include "drawn_trace.h"

/* The drawing with `from` replaced by `to`, of one length, wherever it stands. */
static bool analyze_changed(const char *from, const char *to, struct summary *s)
{
	char *text = drawn_load("siblings");
	bool good;

	if (!text)
		return false;
	for (char *at = strstr(text, from); at; at = strstr(at + 1, from))
		memcpy(at, to, strlen(to));
	good = drawn_analyze(text, s);
	free(text);
	return good;
}

TEST(siblings_that_run_together_are_one_core)
{
	const struct program_summary *p;
	struct summary s;

	CHECK_OR_RETURN(drawn_fixture("siblings", &s));
	p = &s.program;
	CHECK_EQ(p->cpu_ns, 6800);
	CHECK_EQ(p->busy_ns, 3900);
	CHECK_NEAR(p->tlp, 6800. / 3900, 1e-12);
	CHECK_NEAR(p->physical_tlp, 5300. / 3900, 1e-12);
	CHECK_NEAR(p->smt_share, 1500. / 6800, 1e-12);
	CHECK_EQ(s.accounting_ns[CAUSE_OWN], 3800);
	CHECK_EQ(s.accounting_ns[CAUSE_OWN_SMT], 3000);
	CHECK_EQ(s.trust.verdict, TRUST_WHOLE);
	drawn_sums_hold(&s);
	summary_free(&s);
}

/* The window begins and ends in the midst of shared stays. */
TEST(only_the_window_counts)
{
	static const char living[] = "cpus 2\n"
				     "place 0 core=0\n"
				     "place 1 core=0\n"
				     "target pids 100\n"
				     "task 100 100 spin\n"
				     "task 101 100 spin\n"
				     "attached 1000\n"
				     "ended 2000\n"
				     " 500 0 switch 0 100 R\n"
				     " 600 1 switch 0 101 R\n"
				     "1300 1 switch 101 0 S syscall=read\n"
				     "1700 0 waking 101 cpu=1\n"
				     "1800 1 switch 0 101 R\n"
				     "2500 1 switch 101 0 S syscall=read\n"
				     "2600 0 switch 100 0 S syscall=read\n";
	struct summary s;

	CHECK_OR_RETURN(drawn_analyze(living, &s));
	CHECK_EQ(s.program.wall_ns, 1000);
	CHECK_EQ(s.program.cpu_ns, 1500);
	CHECK_EQ(s.accounting_ns[CAUSE_OWN_SMT], 1000);
	CHECK_NEAR(s.program.physical_tlp, 1, 1e-12);
	CHECK_NEAR(s.program.smt_share, 500. / 1500, 1e-12);
	drawn_sums_hold(&s);
	summary_free(&s);
}

TEST(without_siblings_a_cpu_is_a_core)
{
	struct summary s;

	/* CPU 1 is a core of its own. */
	CHECK_OR_RETURN(analyze_changed("place 1 core=0", "place 1 core=4", &s));
	CHECK(!s.topology.smt);
	CHECK_NEAR(s.program.physical_tlp, s.program.tlp, 1e-12);
	CHECK_EQ(s.program.smt_share, 0);
	CHECK_EQ(s.accounting_ns[CAUSE_OWN_SMT], 0);
	CHECK_EQ(s.migrations.same_core, 0);
	CHECK_EQ(s.migrations.same_llc, 2);
	summary_free(&s);
}

TEST(a_core_that_is_unknown_makes_physical_parallelism_unknown)
{
	struct summary s;

	CHECK_OR_RETURN(analyze_changed("core=", "cord=", &s));
	CHECK(isnan(s.program.physical_tlp) && isnan(s.program.smt_share));
	CHECK_EQ(s.accounting_ns[CAUSE_OWN], 6800);
	summary_free(&s);
	/* Only that of CPU 4, which comes online while W runs. */
	CHECK_OR_RETURN(analyze_changed("place 4 core=3 llc", "place 4 offline   ", &s));
	CHECK(isnan(s.program.physical_tlp) && isnan(s.program.smt_share));
	CHECK_EQ(s.accounting_ns[CAUSE_OWN_SMT], 3000);
	CHECK_EQ(s.migrations.unknown, 2);
	drawn_sums_hold(&s);
	summary_free(&s);
}

/* Nobody knows CPU 2's core; W never runs there. */
TEST(a_core_that_is_not_used_need_not_be_known)
{
	struct summary s;

	CHECK_OR_RETURN(
		drawn_analyze("cpus 3\nplace 0 core=0\nplace 1 core=0\nplace 2 offline\n"
			      "command 100\ntask 7 7 other\n 700 2 switch 7 0 S\n"
			      " 800 1 switch 7 0 S\n 900 0 switch 0 100 R\n1000 0 exec 100\n"
			      "2000 0 last 100 0\n",
			      &s));
	CHECK_NEAR(s.program.physical_tlp, 1, 1e-12);
	CHECK_EQ(s.program.smt_share, 0);
	drawn_sums_hold(&s);
	summary_free(&s);
}

/* 0 to 1 by 100; 1 to 2, 2 to 3, 3 to 4, 4 to 1 by 101. */
TEST(migrations_count_by_how_far_they_go)
{
	static const struct {
		const char *from, *to;
		struct migration_summary expected;
	} cases[] = {
		{ "core=", "core=", { 1, 1, 1, 2, 0 } },
		{ "core=", "cord=", { -1, 2, 1, 2, 0 } },
		{ "llc=", "lld=", { 1, -1, 2, 2, 0 } },
		{ "3 core=2 llc", "3 core=2 lld", { 1, -1, 2, 2, 0 } },
		{ "node=", "nodf=", { 1, 1, -1, -1, 3 } },
		{ "place ", "# ace ", { -1, -1, -1, -1, 5 } },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct migration_summary *m, *e = &cases[i].expected;
		uint64_t in = 0;
		struct summary s;

		if (!CHECK(analyze_changed(cases[i].from, cases[i].to, &s)))
			continue;
		m = &s.migrations;
		CHECK_EQ(m->same_core, e->same_core);
		CHECK_EQ(m->same_llc, e->same_llc);
		CHECK_EQ(m->same_node, e->same_node);
		CHECK_EQ(m->cross_node, e->cross_node);
		CHECK_EQ(m->unknown, e->unknown);
		for (size_t cpu = 0; cpu < s.cpu_count; cpu++)
			in += s.cpus[cpu].migrations_in;
		CHECK_EQ(in, 5);
		summary_free(&s);
	}
}

TEST(each_cpu_is_shown_in_its_place)
{
	static const uint64_t in[] = { 0, 2, 1, 1, 1 };
	struct summary s;

	CHECK_OR_RETURN(drawn_fixture("siblings", &s));
	CHECK_EQ(s.topology.threads, 5);
	CHECK_EQ(s.topology.cores, 4);
	CHECK_EQ(s.topology.llcs, 3);
	CHECK_EQ(s.topology.nodes, 2);
	CHECK_EQ(s.topology.sockets, 2);
	CHECK(s.topology.smt);
	CHECK_EQ(s.cpus[2].core, 1);
	CHECK_EQ(s.cpus[3].llc, 1);
	CHECK_EQ(s.cpus[4].node, 1);
	CHECK_EQ(s.cpus[0].capacity, 1024);
	CHECK_EQ(s.cpus[4].capacity, 512);
	for (size_t cpu = 0; cpu < s.cpu_count; cpu++)
		CHECK_EQ(s.cpus[cpu].migrations_in, in[cpu]);
	summary_free(&s);
}

int main(void)
{
	RUN(siblings_that_run_together_are_one_core);
	RUN(only_the_window_counts);
	RUN(without_siblings_a_cpu_is_a_core);
	RUN(a_core_that_is_unknown_makes_physical_parallelism_unknown);
	RUN(a_core_that_is_not_used_need_not_be_known);
	RUN(migrations_count_by_how_far_they_go);
	RUN(each_cpu_is_shown_in_its_place);
	return check_done("physical");
}
