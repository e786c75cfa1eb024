/* SPDX-License-Identifier: MIT */
/* What a reader may believe: losses, the kernel's own counters beside ours, the invariants. */
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "summary_build.h"

#define RUN_ERROR_MAX 0.01
#define CHECKED_RUN_NS 100000000ull /* run time is judged above this, */
#define CHECKED_SLICE_NS 1000000ull /* in slices of this on average */
#define WARNINGS_MAX 20

bool summary_warn(struct summary *s, const char *format, ...)
{
	struct trust_summary *t = &s->trust;
	char(*grown)[200];
	va_list args;

	if (t->warning_count == WARNINGS_MAX)
		return true;
	grown = reallocarray(t->warnings, t->warning_count + 1, sizeof(*grown));
	if (!grown)
		return false;
	t->warnings = grown;
	va_start(args, format);
	vsnprintf(t->warnings[t->warning_count++], sizeof(*grown), format, args);
	va_end(args);
	return true;
}

void summary_worsen(struct summary *s, enum trust_verdict verdict)
{
	if (verdict > s->trust.verdict)
		s->trust.verdict = verdict;
}

/* ---- the oracle: the kernel's own counters ------------------------------------------------------
 */

static uint64_t rise(uint64_t from, uint64_t to)
{
	return to > from ? to - from : 0;
}

static void note_worst(struct trust_summary *t, uint32_t tid, double error)
{
	if (t->worst_tid && error <= t->worst_error)
		return;
	t->worst_tid = tid;
	t->worst_error = error;
}

/* A switch that fell into the reading of a row of the snapshots is counted as that row has it. */
static uint64_t counted_switches(const struct task_state *state, uint64_t kernel_switches)
{
	if (kernel_switches + state->maybe_before >= state->all_switches &&
	    kernel_switches <= state->all_switches + state->maybe_after)
		return kernel_switches;
	return state->all_switches;
}

/*
 * The run time by the trace and by the kernel, between two times at which the kernel's own was
 * exact. Of a running task it is as old as the last tick: a sched-out then stands for its row, and
 * the snapshot at attach for the command's exec.
 */
static struct run_account checked_run(const struct task *task, const struct task_state *state)
{
	uint64_t from = task->first_run_ns + state->before_exec_run_ns, traced_from = 0;
	uint64_t to = task->final.run_ns, traced_to = task_state_all_run(state);

	if (task->start.state == START_RUNNING || !task->has_final) {
		if (!state->was_out)
			return (struct run_account){ 0, 0 };
		if (task->start.state == START_RUNNING) {
			from = state->first_out.kernel_ns;
			traced_from = state->first_out.traced_ns;
		}
	}
	if (!task->has_final) {
		to = state->last_out.kernel_ns;
		traced_to = state->last_out.traced_ns;
	}
	return (struct run_account){ rise(from, to), rise(traced_from, traced_to) };
}

static bool check_task(struct summary *s, const struct task *task, const struct task_state *state)
{
	struct trust_summary *t = &s->trust;
	uint64_t kernel_switches = rise(task->base.nvcsw, task->final.nvcsw) +
				   rise(task->base.nivcsw, task->final.nivcsw);
	uint64_t switches = counted_switches(state, kernel_switches);
	struct run_account run = checked_run(task, state);
	double error = run.kernel_ns ? fabs((double)run.traced_ns - run.kernel_ns) / run.kernel_ns
				     : 0;
	bool judged = run.kernel_ns > CHECKED_RUN_NS && switches &&
		      run.kernel_ns / switches > CHECKED_SLICE_NS;

	t->checked_tasks++;
	t->switches += switches;
	t->kernel_switches += kernel_switches;
	t->run_ns += run.traced_ns;
	t->kernel_run_ns += run.kernel_ns;
	t->run_delay_ns += task_state_all_wait(state);
	t->kernel_run_delay_ns += rise(task->base.run_delay_ns, task->final.run_delay_ns);
	if (switches != kernel_switches) {
		summary_worsen(s, TRUST_LOSSY);
		note_worst(t, task->id.tid, 1 + error);
		return summary_warn(
			s, "task %u: %" PRIu64 " switches counted, %" PRIu64 " by the kernel",
			task->id.tid, switches, kernel_switches);
	}
	if (!judged)
		return true;
	note_worst(t, task->id.tid, error);
	if (error > RUN_ERROR_MAX)
		return summary_warn(s, "task %u: its run time differs from the kernel's by %.1f %%",
				    task->id.tid, 100 * error);
	return true;
}

static bool crosscheck(struct summary *s, const struct timeline *tl)
{
	for (uint32_t i = 0; i < tl->table->count; i++) {
		const struct task *task = &tl->table->tasks[i];
		const struct task_state *state = &tl->tasks[i];

		if (task->measured && task->known && (task->has_final || task->has_last) &&
		    !tl->resolution->no_account && !check_task(s, task, state))
			return false;
		if (!task->measured || !task->death_ns || !tl->resolution->no_account)
			continue;
		s->trust.switches += state->all_switches;
		s->trust.run_ns += task_state_all_run(state);
		s->trust.run_delay_ns += task_state_all_wait(state);
	}
	return true;
}

/* ---- losses and cost ----------------------------------------------------------------------------
 */

static uint64_t end_count(const struct timeline *tl, const char *key)
{
	return json_integer_value(json_object_get(tl->trace->end, key));
}

static bool warn_of_losses(struct summary *s, const struct timeline *tl)
{
	struct trust_summary *t = &s->trust;
	bool good = true;

	if (t->lost)
		good = summary_warn(s, "%" PRIu64 " records were lost: a larger --buffer helps",
				    t->lost);
	if (good && t->recursion_misses)
		good = summary_warn(s, "the kernel skipped %" PRIu64 " runs of the probes",
				    t->recursion_misses);
	if (good && tl->trace->damaged)
		good = summary_warn(s,
				    "the trace is cut short or damaged: what follows is missing");
	if (good && tl->trace->damaged_sections)
		good = summary_warn(s, "%" PRIu64 " sections of the trace are damaged",
				    tl->trace->damaged_sections);
	if (good && !tl->trace->complete)
		good = summary_warn(s, "the trace was never closed: its recorder was killed");
	if (good && t->conflicts)
		good = summary_warn(s, "%" PRIu64 " records contradict each other", t->conflicts);
	if (!s->program.wall_ns && good)
		good = summary_warn(s, "the %s's start is not in the trace",
				    tl->window->of_living ? "recording" : "command");
	if (t->lost || t->recursion_misses || tl->trace->damaged || tl->trace->damaged_sections ||
	    !tl->trace->complete || t->conflicts || !s->program.wall_ns)
		summary_worsen(s, TRUST_LOSSY);
	return good;
}

bool summary_trust(struct summary *s, const struct timeline *tl)
{
	const struct resolution *r = tl->resolution;
	struct trust_summary *t = &s->trust;
	json_t *record_ns = json_object_get(tl->trace->end, "record_ns");

	t->ended = tl->trace->end != NULL;
	t->events = r->counts.events;
	t->lost = r->counts.lost;
	t->untraced = r->untraced;
	t->no_account = r->no_account;
	t->implicit_wakeups = r->implicit_wakeups;
	t->out_of_order = r->counts.out_of_order;
	t->conflicts = tl->conflicts;
	t->recursion_misses = end_count(tl, "recursion_misses");
	for (size_t i = 0; i < s->cpu_count; i++)
		if (s->cpus[i].allowed)
			t->unknown_ns += s->cpus[i].unknown_ns;
	for (size_t i = 0; i < s->task_count; i++)
		if (s->tasks[i].measured)
			t->unknown_task_ns += s->tasks[i].unknown_ns;
	t->rusage_cpu_ns = end_count(tl, "rusage_cpu_ns");
	t->rusage_unknown = json_is_null(json_object_get(tl->trace->end, "rusage_cpu_ns"));
	t->observer_cpu_ns = end_count(tl, "observer_cpu_ns");
	t->observer_switches = end_count(tl, "observer_switches");
	t->probe_record_ns = json_is_number(record_ns) ? json_number_value(record_ns)
						       : UNKNOWN_DOUBLE;
	t->probe_ns = t->probe_record_ns * t->events;
	return warn_of_losses(s, tl) && summary_losses(s, tl) && summary_check_counters(s, tl) &&
	       summary_hotplug(s, tl) && crosscheck(s, tl);
}

/* ---- invariants ---------------------------------------------------------------------------------
 */

static bool breach(struct summary *s, const char *what, uint64_t is, uint64_t should)
{
	summary_worsen(s, TRUST_BROKEN);
	return summary_warn(s, "invariant broken: %s: %" PRIu64 " ns, not %" PRIu64, what, is,
			    should);
}

static bool check_cpus(struct summary *s)
{
	uint64_t workload = 0;

	for (size_t i = 0; i < s->cpu_count; i++) {
		const struct cpu_summary *c = &s->cpus[i];
		uint64_t sum =
			c->workload_ns + c->other_ns + c->idle_ns + c->offline_ns + c->unknown_ns;

		workload += c->workload_ns;
		if (sum != s->program.wall_ns &&
		    !breach(s, "a CPU's states are not the window", sum, s->program.wall_ns))
			return false;
	}
	if (workload != s->program.cpu_ns)
		return breach(s, "the CPUs' workload is not the profile's", workload,
			      s->program.cpu_ns);
	return true;
}

/* Of a task whose sched-out was left untraced it is not known what it did next. */
static bool explain_unknown(struct summary *s, const struct task_summary *t)
{
	if (!s->trust.untraced)
		return breach(s, "a task's time is unknown though nothing was lost", t->unknown_ns,
			      0);
	summary_worsen(s, TRUST_LOSSY);
	return summary_warn(s, "task %u: its time is not all known: a switch was left untraced",
			    t->tid);
}

static bool check_tasks(struct summary *s)
{
	uint64_t run = 0;

	for (size_t i = 0; i < s->task_count; i++) {
		const struct task_summary *t = &s->tasks[i];
		uint64_t sum = t->run_ns + t->wait_wakeup_ns + t->wait_preempt_ns + t->blocked_ns +
			       t->unknown_ns;

		if (t->measured)
			run += t->run_ns;
		if (sum != t->lifetime_ns &&
		    !breach(s, "a task's states are not its lifetime", sum, t->lifetime_ns))
			return false;
		if (t->unknown_ns && s->trust.verdict == TRUST_WHOLE && !explain_unknown(s, t))
			return false;
	}
	if (run != s->program.cpu_ns)
		return breach(s, "the tasks' run is not the profile's", run, s->program.cpu_ns);
	return true;
}

static bool check_profile(struct summary *s)
{
	const struct program_summary *p = &s->program;
	uint64_t running = 0, demand = 0, accounted = 0;

	for (size_t k = 0; k < p->level_count; k++) {
		running += p->parallelism_ns[k];
		demand += p->demand_ns[k];
	}
	for (int i = 0; i < CAUSE_COUNT; i++)
		accounted += s->accounting_ns[i];
	if (running != p->wall_ns &&
	    !breach(s, "the profile is not the window", running, p->wall_ns))
		return false;
	if (demand != p->wall_ns && !breach(s, "the demand is not the window", demand, p->wall_ns))
		return false;
	if (p->peak_parallelism > s->cpu_count || p->peak_parallelism > p->peak_demand) {
		summary_worsen(s, TRUST_BROKEN);
		if (!summary_warn(
			    s,
			    "invariant broken: %u ran at once, of %u that wanted to, on %zu CPUs",
			    p->peak_parallelism, p->peak_demand, s->cpu_count))
			return false;
	}
	if (accounted != s->n * p->wall_ns)
		return breach(s, "the accounting is not n x T", accounted, s->n * p->wall_ns);
	return true;
}

bool summary_check_invariants(struct summary *s, const struct timeline *tl)
{
	const struct program_summary *p = &s->program;

	if (!p->wall_ns)
		return true;
	if (p->busy_ns) /* T = C / tlp + I */
		s->trust.identity_error_ns =
			fabs((double)p->wall_ns - (p->cpu_ns / p->tlp + p->idle_ns));
	if (s->trust.unknown_ns && s->trust.verdict == TRUST_WHOLE) {
		summary_worsen(s, TRUST_LOSSY);
		if (!summary_warn(s, "what ran on a CPU is not known for part of the time"))
			return false;
	}
	return check_cpus(s) && check_tasks(s) && check_profile(s);
}
