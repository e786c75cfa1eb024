/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>
#include "summary_build.h"

/* A share of 0 is null: nothing to divide by. */
static double ratio(double part, double whole)
{
	return whole > 0 ? part / whole : UNKNOWN_DOUBLE;
}

static int compare_u64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

struct in_flight {
	uint64_t sum_ns, at_least_2_ns;
	uint32_t peak;
};

/* From the workload's own log: started and not finished. Two sorted lists are walked together. */
static bool in_flight_from_truth(struct in_flight *f, const struct window *w, const json_t *units)
{
	size_t count = json_array_size(units), started = 0, finished = 0, i;
	uint64_t *starts = calloc(2 * count + 1, sizeof(*starts)), *ends = starts + count;
	uint64_t now = w->t0;
	json_t *unit;

	if (!starts)
		return false;
	json_array_foreach(units, i, unit) {
		starts[i] = window_clip(w, window_unit_start(w, unit));
		ends[i] = window_clip(w, window_unit_end(w, unit));
	}
	qsort(starts, count, sizeof(*starts), compare_u64);
	qsort(ends, count, sizeof(*ends), compare_u64);
	while (finished < count) {
		bool start = started < count && starts[started] <= ends[finished];
		uint64_t next = start ? starts[started] : ends[finished];
		uint32_t flying = started > finished ? started - finished : 0;

		if (next > now) {
			f->sum_ns += (next - now) * flying;
			if (flying >= 2)
				f->at_least_2_ns += next - now;
			if (flying > f->peak)
				f->peak = flying;
			now = next;
		}
		if (start)
			started++;
		else
			finished++;
	}
	free(starts);
	return true;
}

/* Jain's index (sum x)^2 / (n sum x^2) over the units' run up to the first finish. */
static double fairness(const struct timeline *tl)
{
	double sum = 0, squares = 0;
	size_t units = 0;

	if (!tl->fair_until)
		return UNKNOWN_DOUBLE;
	for (uint32_t i = 0; i < tl->table->count; i++) {
		double run = tl->tasks[i].fair_run_ns;

		if (tl->table->tasks[i].role != ROLE_UNIT)
			continue;
		units++;
		sum += run;
		squares += run * run;
	}
	return units >= 2 ? ratio(sum * sum, units * squares) : UNKNOWN_DOUBLE;
}

static enum verdict verdict_of(const struct program_summary *p, uint64_t in_flight_2_ns)
{
	uint64_t parallel = 0;

	for (size_t k = 2; k < p->level_count; k++)
		parallel += p->parallelism_ns[k];
	if (parallel && parallel * 20 >= p->busy_ns && parallel * 100 >= p->wall_ns)
		return VERDICT_PARALLEL;
	if (p->wall_ns && in_flight_2_ns * 20 >= p->wall_ns)
		return VERDICT_CONCURRENT;
	if (p->cpu_ns * 100 < p->wall_ns)
		return VERDICT_IDLE;
	return VERDICT_SEQUENTIAL;
}

static uint32_t peak_level(const uint64_t *ns, size_t count)
{
	while (count && !ns[count - 1])
		count--;
	return count ? count - 1 : 0;
}

static bool copy_profile(struct program_summary *p, const struct parallelism *profile)
{
	size_t levels = profile->levels ? profile->levels : 1;

	p->parallelism_ns = calloc(levels, sizeof(uint64_t));
	p->demand_ns = calloc(levels, sizeof(uint64_t));
	if (!p->parallelism_ns || !p->demand_ns)
		return false;
	p->level_count = levels;
	if (profile->levels) {
		memcpy(p->parallelism_ns, profile->running_ns, levels * sizeof(uint64_t));
		memcpy(p->demand_ns, profile->demand_ns, levels * sizeof(uint64_t));
	}
	return true;
}

bool summary_program(struct summary *s, const struct timeline *tl)
{
	const struct parallelism *profile = &tl->parallelism;
	struct program_summary *p = &s->program;
	struct in_flight flying = { profile->in_flight_sum, profile->in_flight_2_ns,
				    profile->peak_in_flight };
	uint64_t demand_sum = 0, contended_ns = 0;

	memcpy(s->accounting_ns, tl->accounting.ns, sizeof(s->accounting_ns));
	s->n = tl->resolution->n;
	s->latency_wakeup = latency_of(&tl->latency.program.wakeup);
	s->latency_preempt = latency_of(&tl->latency.program.preempt);
	if (!copy_profile(p, profile))
		return false;
	p->wall_ns = tl->window->t1 - tl->window->t0;
	s->window = (struct window_summary){ tl->window->t0 - tl->window->run_t0,
					     tl->window->t1 - tl->window->run_t0,
					     tl->window->run_t1 - tl->window->run_t0 };
	for (size_t k = 0; k < p->level_count; k++) {
		p->cpu_ns += k * p->parallelism_ns[k];
		demand_sum += k * p->demand_ns[k];
		if (k >= 1)
			p->busy_ns += p->parallelism_ns[k];
		if (k >= 2)
			contended_ns += p->demand_ns[k];
	}
	if (tl->window->from_truth) {
		flying = (struct in_flight){};
		if (!in_flight_from_truth(&flying, tl->window, json_object_get(s->truth, "units")))
			return false;
	}
	p->idle_ns = p->wall_ns - p->busy_ns;
	p->average_cores = ratio(p->cpu_ns, p->wall_ns);
	p->tlp = ratio(p->cpu_ns, p->busy_ns);
	p->tlp_all_in_flight = ratio(profile->all_cpu_ns, profile->all_busy_ns);
	p->peak_parallelism = peak_level(p->parallelism_ns, p->level_count);
	p->peak_demand = peak_level(p->demand_ns, p->level_count);
	p->mean_demand = ratio(demand_sum, p->wall_ns);
	p->mean_in_flight = ratio(flying.sum_ns, p->wall_ns);
	p->peak_in_flight = flying.peak;
	p->time_sliced_share = ratio(profile->sliced_ns, contended_ns);
	p->parallel_share = ratio(p->cpu_ns
					  ? p->wall_ns - p->parallelism_ns[0] -
						    (p->level_count > 1 ? p->parallelism_ns[1] : 0)
					  : 0,
				  p->wall_ns);
	p->satisfaction = ratio(p->cpu_ns, profile->satisfiable_sum);
	p->fairness = fairness(tl);
	p->verdict = verdict_of(p, flying.at_least_2_ns);
	return true;
}
