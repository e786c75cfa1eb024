/* SPDX-License-Identifier: MIT */
#include "drawn_trace.h"
#include "timeline/parallelism.h"

static void check_profile(const struct summary *s, size_t levels, const uint64_t *running,
			  const uint64_t *demand)
{
	CHECK_OR_RETURN(s->program.level_count >= levels);
	for (size_t k = 0; k < s->program.level_count; k++) {
		CHECK_EQ(s->program.parallelism_ns[k], k < levels ? running[k] : 0);
		CHECK_EQ(s->program.demand_ns[k], k < levels ? demand[k] : 0);
	}
}

/* T = C / tlp + I, from the parts. */
static void check_identity(const struct program_summary *p)
{
	CHECK_EQ(p->wall_ns, p->busy_ns + p->idle_ns);
	CHECK_NEAR(p->cpu_ns / p->tlp + p->idle_ns, p->wall_ns, 1e-6);
}

TEST(two_cpus_at_once)
{
	const struct program_summary *p;
	struct summary s;

	CHECK_OR_RETURN(drawn_fixture("parallel", &s));
	p = &s.program;
	CHECK_EQ(p->wall_ns, 3000);
	check_profile(&s, 3, (uint64_t[]){ 20, 1480, 1500 }, (uint64_t[]){ 0, 1400, 1600 });
	CHECK_EQ(p->cpu_ns, 4480);
	CHECK_EQ(p->busy_ns, 2980);
	CHECK_EQ(p->idle_ns, 20);
	CHECK_NEAR(p->tlp, 4480. / 2980, 1e-12);
	CHECK_NEAR(p->average_cores, 4480. / 3000, 1e-12);
	CHECK_NEAR(p->parallel_share, 0.5, 1e-12);
	CHECK_NEAR(p->time_sliced_share, 0, 1e-12);
	CHECK_NEAR(p->mean_demand, 4600. / 3000, 1e-12);
	CHECK_NEAR(p->satisfaction, 4480. / 4600, 1e-12);
	CHECK_EQ(p->peak_parallelism, 2);
	CHECK_EQ(p->peak_demand, 2);
	/* 100 is not in flight from 3200 to 3690, where it joins 101. */
	CHECK_NEAR(p->mean_in_flight, 5000. / 3000, 1e-12);
	CHECK_EQ(p->peak_in_flight, 2);
	CHECK_EQ(p->verdict, VERDICT_PARALLEL);
	check_identity(p);
	drawn_sums_hold(&s);
	summary_free(&s);
}

TEST(four_take_turns_on_one_cpu)
{
	const struct program_summary *p;
	struct summary s;

	CHECK_OR_RETURN(drawn_fixture("time_sliced", &s));
	p = &s.program;
	check_profile(&s, 5, (uint64_t[]){ 0, 2800, 0, 0, 0 },
		      (uint64_t[]){ 0, 410, 410, 410, 1570 });
	CHECK_NEAR(p->tlp, 1, 1e-12);
	CHECK_NEAR(p->time_sliced_share, 1, 1e-12);
	CHECK_NEAR(p->parallel_share, 0, 1e-12);
	CHECK_NEAR(p->mean_demand, 8740. / 2800, 1e-12);
	CHECK_NEAR(p->satisfaction, 1, 1e-12);
	CHECK_EQ(p->peak_in_flight, 4);
	CHECK_EQ(p->verdict, VERDICT_CONCURRENT);
	CHECK_EQ(s.cpus[0].interleavings, 6);
	CHECK_EQ(s.cpus[0].tasks, 4);
	check_identity(p);
	drawn_sums_hold(&s);
	summary_free(&s);
}

/* Concurrent for a part only behind each other, and for another part behind somebody else. */
TEST(time_sliced_is_waiting_where_another_of_the_program_runs)
{
	struct summary s;

	CHECK_OR_RETURN(drawn_fixture("placement", &s));
	CHECK_NEAR(s.program.time_sliced_share, 590. / 1900, 1e-12);
	CHECK_EQ(s.program.parallelism_ns[2], 700);
	CHECK_EQ(s.program.demand_ns[2], 1900);
	summary_free(&s);
}

TEST(one_task_alone)
{
	const struct program_summary *p;
	struct summary s;

	CHECK_OR_RETURN(drawn_fixture("line", &s));
	p = &s.program;
	check_profile(&s, 2, (uint64_t[]){ 1200, 800 }, (uint64_t[]){ 1000, 1000 });
	CHECK(isnan(p->time_sliced_share)); /* demand never reaches 2 */
	CHECK(isnan(p->fairness));
	CHECK_NEAR(p->tlp, 1, 1e-12);
	CHECK_NEAR(p->satisfaction, 0.8, 1e-12);
	CHECK_EQ(p->verdict, VERDICT_SEQUENTIAL);
	check_identity(p);
	summary_free(&s);
}

/* What is divided by time in which somebody ran, or wanted to, is unknown where nobody did. */
TEST(of_a_task_that_only_sleeps_no_share_is_known)
{
	const struct program_summary *p;
	struct summary s;

	CHECK_OR_RETURN(drawn_analyze("target pids 100\nattached 1000\nended 3000\n"
				      "task 100 100 sleeper state=S syscall=nanosleep\n"
				      "task 7 7 other\n 900 0 switch 7 0 S\n",
				      &s));
	p = &s.program;
	check_profile(&s, 1, (uint64_t[]){ 2000 }, (uint64_t[]){ 2000 });
	CHECK(isnan(p->tlp) && isnan(p->physical_tlp) && isnan(p->smt_share));
	CHECK(isnan(p->time_sliced_share) && isnan(p->satisfaction) && isnan(p->fairness));
	CHECK_NEAR(p->average_cores, 0, 0);
	CHECK_NEAR(p->parallel_share, 0, 0);
	CHECK_EQ(p->idle_ns, 2000);
	CHECK_EQ(p->verdict, VERDICT_IDLE);
	CHECK_EQ(s.accounting_ns[CAUSE_SLEEP], 2000);
	drawn_sums_hold(&s);
	summary_free(&s);
}

TEST(levels_are_made_as_they_come)
{
	struct parallelism p = {};
	struct moment m = { .running = 1, .waiting = 69, .in_flight = 3, .flags = MOMENT_SLICED };

	CHECK(parallelism_add(&p, &m, 4, 10));
	m.flags |= MOMENT_ALL_IN_FLIGHT;
	CHECK(parallelism_add(&p, &m, 4, 5));
	m = (struct moment){ .running = 2,
			     .in_flight = 1,
			     .flags = MOMENT_ALL_IN_FLIGHT | MOMENT_BIRTHS_LOST };
	CHECK(parallelism_add(&p, &m, 4, 5));
	m = (struct moment){ .running = 2, .in_flight = 1, .blocked = { [BLOCK_UNKNOWN] = 1 } };
	CHECK(parallelism_add(&p, &m, 4, 5));
	CHECK_EQ(p.levels, 71);
	CHECK_EQ(p.bound_ns, 10);
	CHECK_EQ(p.running_ns[1], 15);
	CHECK_EQ(p.demand_ns[70], 15);
	CHECK_EQ(p.running_ns[2], 10);
	CHECK_EQ(p.demand_ns[2], 10);
	CHECK_EQ(p.satisfiable_sum, 15 * 4 + 10 * 2);
	CHECK_EQ(p.in_flight_sum, 45 + 10);
	CHECK_EQ(p.in_flight_2_ns, 15);
	CHECK_EQ(p.peak_in_flight, 3);
	CHECK_EQ(p.sliced_ns, 15);
	CHECK_EQ(p.all_cpu_ns, 5 * 1 + 5 * 2);
	CHECK_EQ(p.all_busy_ns, 10);
	parallelism_free(&p);
}

int main(void)
{
	RUN(two_cpus_at_once);
	RUN(four_take_turns_on_one_cpu);
	RUN(time_sliced_is_waiting_where_another_of_the_program_runs);
	RUN(one_task_alone);
	RUN(of_a_task_that_only_sleeps_no_share_is_known);
	RUN(levels_are_made_as_they_come);
	return check_done("parallelism");
}
