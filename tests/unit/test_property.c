/* SPDX-License-Identifier: MIT */
/*
 * Random but valid schedules, counted ns by ns beside the analysis: every sum must be the same.
 * Then records are lost at random: nothing may break, and nobody may get more than the truth gave.
 */
#include <stdio.h>
#include <stdlib.h>
#include "common/histogram.h"
#include "drawn_random.h"

/* ---- nothing lost: all is exact -----------------------------------------------------------------
 */

static void check_tasks(const struct sim *sim, const struct summary *s)
{
	for (int i = 0; i < TASKS; i++) {
		const struct task_summary *t = drawn_task(s, 100 + i);

		if (sim->state[i] == UNBORN) {
			CHECK(!t);
			continue;
		}
		CHECK_OR_RETURN(t);
		CHECK_EQ(t->run_ns, sim->ns[i][RUNS]);
		CHECK_EQ(t->wait_wakeup_ns, sim->ns[i][WOKEN]);
		CHECK_EQ(t->wait_preempt_ns, sim->ns[i][PREEMPTED]);
		CHECK_EQ(t->blocked_ns, sim->ns[i][BLOCKED]);
	}
}

static void check_cpus(const struct sim *sim, const struct summary *s)
{
	CHECK_EQ(s->cpu_count, sim->cpus);
	for (size_t i = 0; i < s->cpu_count; i++) {
		CHECK_EQ(s->cpus[i].workload_ns, sim->cpu_own[i]);
		CHECK_EQ(s->cpus[i].other_ns, sim->cpu_other[i]);
		CHECK_EQ(s->cpus[i].idle_ns, sim->cpu_idle[i]);
		CHECK_EQ(s->cpus[i].wait_behind_ns, sim->cpu_behind[i]);
	}
}

static void check_program(const struct sim *sim, const struct summary *s)
{
	const struct program_summary *p = &s->program;
	uint64_t contended = 0;

	CHECK_EQ(p->wall_ns, sim->now - T0);
	for (size_t k = 0; k < p->level_count; k++) {
		CHECK_EQ(p->parallelism_ns[k], k <= TASKS ? sim->running[k] : 0);
		CHECK_EQ(p->demand_ns[k], k <= TASKS ? sim->demand[k] : 0);
	}
	for (int k = 2; k <= TASKS; k++)
		contended += sim->demand[k];
	if (contended)
		CHECK_NEAR(p->time_sliced_share, (double)sim->sliced / contended, 1e-12);
	CHECK_EQ(s->accounting_ns[CAUSE_OWN], sim->own - sim->shared);
	CHECK_EQ(s->accounting_ns[CAUSE_OWN_SMT], sim->shared);
	CHECK_NEAR(p->physical_tlp * p->busy_ns, sim->cores, 1e-6);
	CHECK_EQ(s->migrations.same_core, sim->to_sibling);
	CHECK_EQ(s->migrations.same_node, sim->to_core);
	CHECK_EQ(s->accounting_ns[CAUSE_OTHER_WAITED], sim->other_waited);
	CHECK_EQ(s->accounting_ns[CAUSE_OTHER_FREE], sim->other_free);
	CHECK_EQ(s->accounting_ns[CAUSE_BEING_WOKEN], sim->being_woken);
	CHECK_EQ(s->accounting_ns[CAUSE_VIOLATION], sim->violation);
	CHECK_EQ(s->violation_sums.masked_ns, 0); /* all may run everywhere */
}

static int compare_u64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void check_waits(struct sim_waits *w, const struct latency_summary *l)
{
	struct {
		unsigned percent;
		uint64_t told;
	} of[] = { { 50, l->p50 }, { 90, l->p90 }, { 99, l->p99 } };

	CHECK_EQ(l->count, w->count);
	if (!w->count)
		return;
	qsort(w->ns, w->count, sizeof(*w->ns), compare_u64);
	CHECK_EQ(l->max, w->ns[w->count - 1]);
	for (int i = 0; i < 3; i++) {
		uint64_t truth = w->ns[(w->count * of[i].percent + 99) / 100 - 1];

		CHECK_NEAR(of[i].told, truth, truth * HISTOGRAM_ERROR);
	}
}

static void check_exact(unsigned seed, int hidden)
{
	struct summary s;
	struct sim sim;
	char *text = draw(&sim, seed, 1 + seed % CPUS_MAX, 0, hidden);

	if (CHECK(drawn_analyze(text, &s))) {
		check_tasks(&sim, &s);
		check_cpus(&sim, &s);
		check_program(&sim, &s);
		check_waits(&sim.wakeup, &s.latency_wakeup);
		check_waits(&sim.preempt, &s.latency_preempt);
		CHECK_EQ(s.trust.verdict, TRUST_WHOLE);
		CHECK_EQ(s.trust.conflicts + s.trust.implicit_wakeups, 0);
		CHECK(s.trust.untraced <= (uint64_t)sim.untraced);
		CHECK_EQ(s.trust.switches, s.trust.kernel_switches);
		CHECK_EQ(s.trust.run_ns, s.trust.kernel_run_ns);
		/* The kernel adds a wait when it ends. */
		CHECK(s.trust.run_delay_ns >= s.trust.kernel_run_delay_ns);
		drawn_sums_hold(&s);
	}
	if (check_failures)
		printf("# seed %u:\n%s", seed, text);
	summary_free(&s);
	free(text);
}

TEST(a_whole_trace_gives_what_counting_ns_by_ns_gives)
{
	for (unsigned seed = 1; seed <= 60 && !check_failures; seed++)
		check_exact(seed, 0);
}

/* The kernel's own run times give back what it left untraced, to the ns. */
TEST(untraced_switches_of_others_change_nothing)
{
	for (unsigned seed = 1; seed <= 100 && !check_failures; seed++)
		check_exact(seed, 400);
}

/* ---- losses -------------------------------------------------------------------------------------
 */

/* A slice that fills 99 % of a gap is taken to fill it all: METRICS.md's run error. */
static uint64_t with_run_error(uint64_t run)
{
	return run + run / 50 + 2;
}

/* What is said to be known is no more than the truth; what is unknown is the rest. */
static void check_lossy_task(const struct sim *sim, const struct task_summary *t)
{
	const uint64_t *truth = sim->ns[t->tid - 100];

	/* Only how long it ran across a loss is known, not when: the command's own task has run
	 * before the window. */
	CHECK(t->run_ns <= with_run_error(truth[RUNS]) + (t->tid == 100 ? T0 - BEGIN : 0));
	CHECK(t->wait_wakeup_ns <= truth[WOKEN]);
	CHECK(t->wait_preempt_ns <= truth[PREEMPTED]);
	CHECK(t->blocked_ns <= truth[BLOCKED]);
	CHECK(t->begin_ns <= t->end_ns);
	if (check_failures)
		printf("#   task %u: run %lu of %lu, woken %lu of %lu, preempted %lu of %lu, "
		       "blocked %lu of %lu, unknown %lu\n",
		       t->tid, t->run_ns, truth[RUNS], t->wait_wakeup_ns, truth[WOKEN],
		       t->wait_preempt_ns, truth[PREEMPTED], t->blocked_ns, truth[BLOCKED],
		       t->unknown_ns);
}

static void check_lossy_sums(const struct sim *sim, const struct summary *s)
{
	uint64_t own = 0, true_own = 0, demand = 0, true_demand = 0, other = 0, true_other = 0;

	for (size_t i = 0; i < s->cpu_count; i++) {
		int cpu = s->cpus[i].cpu;

		own += s->cpus[i].workload_ns;
		true_own += sim->cpu_own[cpu];
		other += s->cpus[i].other_ns;
		true_other += sim->cpu_other[cpu];
		CHECK(s->cpus[i].idle_ns <= sim->cpu_idle[cpu]);
	}
	for (size_t k = 0; k < s->program.level_count; k++)
		demand += k * s->program.demand_ns[k];
	for (int k = 0; k <= TASKS; k++)
		true_demand += k * sim->demand[k];
	CHECK(own <= with_run_error(true_own) + T0 - BEGIN);
	CHECK(demand <= with_run_error(true_demand) + T0 - BEGIN);
	CHECK(other <= with_run_error(true_other));
	/* In whose queue a task waits may be unknown, but not more of them wait beside more idle
	 * CPUs. */
	CHECK(s->accounting_ns[CAUSE_BEING_WOKEN] + s->accounting_ns[CAUSE_VIOLATION] <=
	      sim->being_woken + sim->violation);
}

/* Every loss is placed, and their counts are all of them. */
static void check_losses(const struct sim *sim, const struct summary *s)
{
	uint64_t placed = 0, by_cpu = 0;

	for (size_t i = 0; i < s->trust.loss_count; i++) {
		placed += s->trust.losses[i].count;
		CHECK(s->trust.losses[i].from <= s->trust.losses[i].to);
		CHECK(!i || s->trust.losses[i - 1].from <= s->trust.losses[i].from);
	}
	for (size_t i = 0; i < s->cpu_count; i++)
		by_cpu += s->cpus[i].lost;
	CHECK_EQ(s->trust.lost, sim->dropped);
	CHECK_EQ(by_cpu, sim->dropped);
	CHECK_EQ(s->trust.losses_more, 0);
	CHECK_EQ(placed, sim->dropped);
}

/* A wait that is told has been one, and no longer than the longest. */
static void check_lossy_waits(const struct sim_waits *w, const struct latency_summary *l)
{
	uint64_t longest = 0;

	for (unsigned i = 0; i < w->count; i++)
		longest = w->ns[i] > longest ? w->ns[i] : longest;
	CHECK(l->count <= w->count);
	CHECK(l->max <= longest);
	CHECK(l->p50 <= l->p90 && l->p90 <= l->p99 && l->p99 <= l->max);
}

static void check_lossy(const struct sim *sim, const struct summary *s)
{
	drawn_sums_hold(s);
	CHECK_EQ(s->program.wall_ns, sim->now - T0);
	CHECK_EQ(s->trust.verdict, sim->dropped ? TRUST_LOSSY : TRUST_WHOLE);
	check_losses(sim, s);
	for (size_t i = 0; i < s->task_count; i++)
		check_lossy_task(sim, &s->tasks[i]);
	check_lossy_sums(sim, s);
	check_lossy_waits(&sim->wakeup, &s->latency_wakeup);
	check_lossy_waits(&sim->preempt, &s->latency_preempt);
}

TEST(losses_break_no_sum_and_give_nobody_more)
{
	static const int losses[] = { 1, 5, 20, 50, 200, 600 };

	for (unsigned seed = 1; seed <= 1000; seed++) {
		struct summary s;
		struct sim sim;
		char *text = draw(&sim, seed, 1 + seed / 2 % CPUS_MAX, losses[seed / 8 % 6], 0);
		bool good = drawn_analyze(text, &s);

		if (CHECK(good))
			check_lossy(&sim, &s);
		if (check_failures)
			printf("# seed %u, %d lost:\n%s", seed, sim.dropped, text);
		summary_free(&s);
		free(text);
		if (check_failures)
			return;
	}
}

int main(void)
{
	RUN(a_whole_trace_gives_what_counting_ns_by_ns_gives);
	RUN(untraced_switches_of_others_change_nothing);
	RUN(losses_break_no_sum_and_give_nobody_more);
	return check_done("property");
}
