/* SPDX-License-Identifier: MIT */
#include "timeline.h"
#include <stdlib.h>
#include "common/failure.h"
#include "timeline_change.h"

static void on_newtask(struct timeline *tl, const struct newtask_event *newtask)
{
	uint32_t task = task_born(tl->table, newtask);
	struct task_state *s = task < TASK_UNKNOWN ? &tl->tasks[task] : NULL;

	if (!s)
		return;
	s->mask = newtask->task.mask;
	s->mask_size = newtask->task.mask_size;
}

static void on_event(struct timeline *tl, struct ordered_event *o)
{
	fixups_before(tl, o);
	clock_advance(tl, o->ts);
	switch (o->event->type) {
	case EVENT_SWITCH:
	case EVENT_SWITCH_FUTEX:
	case EVENT_SWITCH_LAST:
		note_switch(&tl->notes, o);
		timeline_switch(tl, o);
		break;
	case EVENT_WAKING:
	case EVENT_WAKEUP_NEW:
		note_waking(&tl->notes, o);
		timeline_waking(tl, o);
		break;
	case EVENT_MIGRATE:
		note_waking(&tl->notes, o);
		timeline_migrate(tl, o);
		break;
	case EVENT_NEWTASK:
		on_newtask(tl, (const void *)o->event);
		break;
	case EVENT_EXEC:
		task_execed(tl->table, (const void *)o->event);
		break;
	case EVENT_HOTPLUG:
		timeline_hotplug(tl, o);
		break;
	}
}

/* ---- the whole pass -----------------------------------------------------------------------------
 */

/*
 * What a task did when the probes were attached, if it was off the CPUs: the time of that is before
 * any event, so that all that is known of it later wins. The window begins later than both.
 */
static void start_task(struct timeline *tl, uint32_t task)
{
	const struct task_start *start = &tl->table->tasks[task].start;
	struct task_state *s = &tl->tasks[task];

	if (!is_watched(tl, task) || start->state < START_WAITING)
		return;
	s->cpu = tl->table->tasks[task].id.cpu;
	if (start->state == START_BLOCKED) {
		s->syscall = start->blocked.sw.syscall;
		s->block = block_kind_of(&start->blocked.sw, tl->table);
	}
	enter_state(tl, s, start->state == START_BLOCKED ? STATE_BLOCKED : STATE_WAIT_PREEMPT);
}

static bool prepare(struct timeline *tl)
{
	const struct task_table *table = tl->table;

	tl->cpu_count = tl->trace->cpu_count;
	physical_start(&tl->physical, tl->trace->machine);
	tl->cpus = calloc(tl->cpu_count + 1, sizeof(*tl->cpus));
	if (!tl->cpus || !note_maker_open(&tl->notes, tl->table, tl->resolution) ||
	    !claims_open(&tl->claims, tl->cpu_count) || !behind_open(&tl->behind, tl->cpu_count) ||
	    !strip_open(&tl->strip, tl->window, tl->cpu_count) || !states_make(tl))
		return false;
	fixups_start(tl);
	for (int cpu = 0; cpu < tl->cpu_count; cpu++) {
		tl->cpus[cpu].task = TASK_UNKNOWN;
		tl->cpus[cpu].allowed = tl->resolution->allowed[cpu];
		tl->moment.moment.cpus[CPU_UNKNOWN] += tl->resolution->allowed[cpu];
		if (tl->resolution->starts_offline[cpu])
			cpu_start_offline(tl, cpu);
	}
	tl->plain_to = tl->window->t1;
	for (uint32_t i = 0; i < table->count; i++) {
		if (tl->tasks[i].measured && tl->tasks[i].counts_to < tl->plain_to)
			tl->plain_to = tl->tasks[i].counts_to + 1;
		start_task(tl, i);
	}
	return clock_start(tl);
}

/* Everything that still is, is so up to the window's end. */
static void finish(struct timeline *tl)
{
	uint64_t end = tl->window->t1;

	fixups_until(tl, end);
	clock_advance(tl, end);
	if (!tl->fair_is_noted && tl->fair_until > tl->t0)
		clock_note_fair(tl);
	for (int cpu = 0; cpu < tl->cpu_count; cpu++)
		if (tl->cpus[cpu].since < end) {
			if (is_watched(tl, tl->cpus[cpu].task))
				note_cpu(tl, &tl->tasks[tl->cpus[cpu].task], cpu,
					 tl->cpus[cpu].since);
			cpu_set(tl, cpu, tl->cpus[cpu].task);
		}
	strip_close(&tl->strip);
	for (uint32_t i = 0; i < tl->task_room; i++) {
		if (is_watched(tl, i) && tl->tasks[i].since < end)
			leave_state(tl, &tl->tasks[i]);
		if (!latency_close(&tl->latency, i, tl->tasks[i].measured))
			tl->failed = true;
	}
	physical_end(&tl->physical, tl->window);
	claims_close(&tl->claims, &tl->accounting);
	if (!moments_close(&tl->moments))
		tl->failed = true;
}

static void fetch_state(const struct timeline *tl, uint32_t task)
{
	const char *at = (const void *)&tl->tasks[task];

	if (task >= tl->task_room)
		return;
	for (size_t i = 0; i < sizeof(struct task_state); i += 64)
		__builtin_prefetch(at + i);
}

/* What the switches and wakings to come ask for. */
static void look_ahead(void *ctx, const struct ordered_event *soon,
		       const struct ordered_event *later)
{
	const struct timeline *tl = ctx;
	struct tasks_ahead tasks = task_look_ahead(tl->table, soon->event);

	fetch_state(tl, tasks.one);
	fetch_state(tl, tasks.other);
	if (later)
		task_fetch_ahead(tl->table, later->event);
}

int timeline_run(struct timeline *tl)
{
	struct event_order *order;
	struct ordered_event *event;
	int got = 0;

	if (!prepare(tl) || !(order = event_order_open(tl->trace)))
		return tl->misled ? 0 : fail_memory();
	event_order_look_ahead(order, look_ahead, tl);
	while (!tl->failed && (got = event_order_next(order, &event)) > 0)
		on_event(tl, event);
	if (!tl->failed)
		finish(tl);
	event_order_close(order);
	return (tl->failed || got < 0) && !tl->misled ? fail_memory() : 0;
}

void timeline_free(struct timeline *tl)
{
	for (uint32_t i = 0; i < tl->task_room; i++)
		task_state_free(&tl->tasks[i]);
	for (int cpu = 0; tl->cpus && cpu < tl->cpu_count; cpu++)
		free(tl->cpus[cpu].others);
	free(tl->tasks);
	free(tl->cpus);
	claims_free(&tl->claims);
	note_maker_free(&tl->notes);
	free(tl->waiting);
	moments_free(&tl->moments);
	parallelism_free(&tl->parallelism);
	latency_free(&tl->latency);
	behind_free(&tl->behind);
	strip_free(&tl->strip);
}
