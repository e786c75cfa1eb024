/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>
#include "summary_build.h"

static int by_ns(const void *a, const void *b)
{
	const struct blocked_on *x = a, *y = b;

	return x->ns > y->ns ? -1 : x->ns < y->ns;
}

static int by_count(const void *a, const void *b)
{
	const struct woken_by *x = a, *y = b;

	return x->count > y->count ? -1 : x->count < y->count;
}

static int by_other_ns(const void *a, const void *b)
{
	const struct other_summary *x = a, *y = b;

	return x->ns > y->ns ? -1 : x->ns < y->ns;
}

static int by_run(const void *a, const void *b)
{
	const struct task_summary *x = a, *y = b;

	if (x->run_ns != y->run_ns)
		return x->run_ns > y->run_ns ? -1 : 1;
	return x->tid < y->tid ? -1 : x->tid > y->tid;
}

/* Exactly as long as it is: 512 CPUs' for each of 100,000 tasks would be most of a report. */
static bool list_cpus(struct task_summary *out, const struct task_state *state, int cpu_count)
{
	size_t count = 0;

	for (int cpu = 0; cpu < cpu_count; cpu++)
		count += task_state_ran_on(state, cpu);
	out->cpus = calloc(count + 1, sizeof(*out->cpus));
	if (!out->cpus)
		return false;
	for (int cpu = 0; out->cpu_count < count; cpu++)
		if (task_state_ran_on(state, cpu))
			out->cpus[out->cpu_count++] = cpu;
	return true;
}

static bool copy_lists(struct task_summary *out, const struct task_state *state, int cpu_count)
{
	out->blocked_on = calloc(state->blocked_count + 1, sizeof(*out->blocked_on));
	out->woken_by = calloc(state->wakers.count + 1, sizeof(*out->woken_by));
	if (!out->blocked_on || !out->woken_by)
		return false;
	for (size_t i = 0; i < state->blocked_count; i++) {
		struct blocked_on *row = &out->blocked_on[out->blocked_on_count++];

		strncpy(row->what, syscall_name(state->blocked[i].syscall), sizeof(row->what) - 1);
		row->ns = state->blocked[i].ns;
		row->count = state->blocked[i].count;
	}
	qsort(out->blocked_on, out->blocked_on_count, sizeof(*out->blocked_on), by_ns);
	if (state->wakers.count)
		memcpy(out->woken_by, state->wakers.rows,
		       state->wakers.count * sizeof(*out->woken_by));
	out->woken_by_count = state->wakers.count;
	out->woken_by_rest = state->wakers.rest;
	qsort(out->woken_by, out->woken_by_count, sizeof(*out->woken_by), by_count);
	return list_cpus(out, state, cpu_count);
}

static bool fill_task(struct task_summary *out, const struct timeline *tl, uint32_t index)
{
	const struct task *task = &tl->table->tasks[index];
	const struct task_state *state = &tl->tasks[index];
	const struct window *w = tl->window;
	uint64_t born = state->born_ns ? window_clip(w, state->born_ns) : w->t1;
	uint64_t died = task->death_ns ? window_clip(w, task->death_ns) : w->t1, known;

	*out = (struct task_summary){
		.tid = task->id.tid,
		.pid = task->id.pid,
		.ppid = task->id.ppid,
		.start_ns = task->id.start_ns,
		.role = task->role,
		.measured = task->measured,
		.unit = task->unit,
		.begin_ns = born - w->run_t0,
		.end_ns = (died > born ? died : born) - w->run_t0,
		.run_ns = state->ns[STATE_RUNNING],
		.wait_wakeup_ns = state->ns[STATE_WAIT_WAKEUP],
		.wait_preempt_ns = state->ns[STATE_WAIT_PREEMPT],
		.blocked_ns = state->ns[STATE_BLOCKED],
		.slices = state->slices,
		.voluntary = state->voluntary,
		.involuntary = state->switches - state->voluntary,
		.yields = state->yields,
		.migrations = state->migrations,
		.policy = task->id.policy,
		.nice = task->id.nice,
		.runq_latency = latency_of_task(&tl->latency, index),
		.antagonist = summary_antagonist(tl, index),
	};
	memcpy(out->comm, task->id.comm, COMM_SIZE);
	out->lifetime_ns = out->end_ns - out->begin_ns;
	known = out->run_ns + out->wait_wakeup_ns + out->wait_preempt_ns + out->blocked_ns;
	out->unknown_ns = out->lifetime_ns > known ? out->lifetime_ns - known : 0;
	return copy_lists(out, state, tl->cpu_count);
}

/* W's tasks that lived in the window, and the launchers and helpers beside them; busiest first. */
bool summary_tasks(struct summary *s, const struct timeline *tl)
{
	const struct task_table *table = tl->table;
	size_t count = 0;

	for (uint32_t i = 0; i < table->count; i++)
		count += task_is_watched(&table->tasks[i]);
	s->tasks = calloc(count + 1, sizeof(*s->tasks));
	if (!s->tasks)
		return false;
	for (uint32_t i = 0; i < table->count; i++) {
		const struct task *task = &table->tasks[i];

		if (!task_is_watched(task))
			continue;
		if (!tl->tasks[i].born_ns || tl->tasks[i].born_ns > tl->window->t1 ||
		    (task->death_ns && task->death_ns < tl->window->t0))
			continue;
		if (!fill_task(&s->tasks[s->task_count++], tl, i))
			return false;
	}
	qsort(s->tasks, s->task_count, sizeof(*s->tasks), by_run);
	return true;
}

/* ---- CPUs ---------------------------------------------------------------------------------------
 */

static bool copy_others(struct cpu_summary *out, const struct cpu_timeline *c)
{
	out->others = calloc(c->other_count + 1, sizeof(*out->others));
	if (!out->others)
		return false;
	for (size_t i = 0; i < c->other_count; i++) {
		memcpy(out->others[i].comm, c->others[i].comm, COMM_SIZE);
		out->others[i].ns = c->others[i].ns;
	}
	out->other_count = c->other_count;
	qsort(out->others, out->other_count, sizeof(*out->others), by_other_ns);
	return true;
}

/* How many of W ran on each CPU. */
static void count_tasks(const struct summary *s, uint64_t tasks[EVENT_MAX_CPUS])
{
	memset(tasks, 0, EVENT_MAX_CPUS * sizeof(*tasks));
	for (size_t i = 0; i < s->task_count; i++)
		for (size_t j = 0; s->tasks[i].measured && j < s->tasks[i].cpu_count; j++)
			tasks[s->tasks[i].cpus[j]]++;
}

/* Every CPU that has records; after summary_tasks(). */
bool summary_cpus(struct summary *s, const struct timeline *tl)
{
	uint64_t tasks[EVENT_MAX_CPUS];

	s->cpus = calloc(tl->cpu_count + 1, sizeof(*s->cpus));
	if (!s->cpus)
		return false;
	count_tasks(s, tasks);
	for (int cpu = 0; cpu < tl->cpu_count; cpu++) {
		const struct cpu_timeline *c = &tl->cpus[cpu];
		const struct topology_cpu *place = &tl->physical.topology.cpus[cpu];
		struct cpu_summary *out = &s->cpus[s->cpu_count];

		if (!place->listed && c->ns[CPU_UNKNOWN] == s->program.wall_ns &&
		    !tl->resolution->allowed[cpu])
			continue; /* not there */
		s->cpu_count++;
		*out = (struct cpu_summary){
			.cpu = cpu,
			.core = place->core,
			.llc = place->llc,
			.node = place->node,
			.capacity = place->capacity,
			.allowed = tl->resolution->allowed[cpu],
			.workload_ns = c->ns[CPU_WORKLOAD],
			.other_ns = c->ns[CPU_OTHER],
			.idle_ns = c->ns[CPU_IDLE],
			.offline_ns = c->ns[CPU_OFFLINE],
			.unknown_ns = c->ns[CPU_UNKNOWN],
			.switches = c->switches,
			.voluntary = c->voluntary,
			.involuntary = c->switches - c->voluntary,
			.interleavings = c->interleavings,
			.migrations_in = c->migrations_in,
			.tasks = tasks[cpu],
			.longest_slice_ns = c->longest_slice_ns,
			.wait_behind_ns = c->wait_behind_ns,
			.lost = tl->resolution->lost[cpu],
		};
		if (!copy_others(out, c) || !summary_wait_behind(out, tl))
			return false;
	}
	return true;
}
