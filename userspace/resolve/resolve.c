/* SPDX-License-Identifier: MIT */
#include "resolve.h"
#include <stdlib.h>
#include <string.h>
#include "common/failure.h"
#include "common/heap_room.h"
#include "resolve_pass.h"

/* For the task, and some more. */
bool resolve_make_room(struct resolver *r, uint32_t task)
{
	uint32_t room = task + (r->room ? task / 2 : 0) + 64;
	struct passing *grown = reallocarray(r->tasks, room, sizeof(*grown));

	if (!grown) {
		r->failed = true;
		return false;
	}
	heap_huge_block(grown, room * sizeof(*grown));
	memset(grown + r->room, 0, (room - r->room) * sizeof(*grown));
	for (uint32_t i = r->room; i < room && i < r->table->count; i++) {
		/* A task's snapshot, or its birth with zero, is its first account. */
		grown[i].run_ns = grown[i].sum_ns = r->table->tasks[i].first_run_ns;
		grown[i].run_known = r->table->tasks[i].known;
		grown[i].measured = r->table->tasks[i].measured;
		resolve_seed_mask(&grown[i], r->table, i);
		gap_start(&grown[i], &r->table->tasks[i]);
	}
	r->tasks = grown;
	r->room = room;
	return true;
}

void resolve_add_seq(struct resolver *r, struct u32_list *list, uint32_t seq)
{
	if (!u32_list_add(list, seq))
		r->failed = true;
}

void implicit_wakeup(struct resolver *r, const struct passing *task, uint32_t index)
{
	resolve_add_seq(r, &r->out->implicit[task->out_cpu], task->out_seq);
	if (r->table->tasks[index].measured)
		r->out->implicit_wakeups++;
	if (r->ahead)
		resolve_ahead_implicit(r, task, index);
}

static void on_event(struct resolver *r, struct ordered_event *o)
{
	struct cpu_now *now = &r->cpus[o->cpu];

	now->seen = true;
	if (__builtin_expect(!event_has_account(o->event), 0))
		r->out->no_account = true;
	if (o->lost)
		resolve_loss(r, o);
	if (o->event->type >= EVENT_NEWTASK) { /* a sequence that does not tell who runs */
		resolve_lifecycle(r, o);
		return;
	}
	now->next_seq = o->event->seq + 1;
	switch (o->event->type) {
	case EVENT_SWITCH:
	case EVENT_SWITCH_FUTEX:
	case EVENT_SWITCH_LAST:
		resolve_switch(r, o);
		break;
	case EVENT_WAKING:
	case EVENT_WAKEUP_NEW:
		resolve_waking(r, o);
		break;
	case EVENT_MIGRATE:
		resolve_migrate(r, (const void *)o->event);
		break;
	case EVENT_RUNTIME:
		resolve_runtime(r, (const void *)o->event);
		break;
	}
	now->last_ts = o->ts;
}

static void forget(struct resolution *r)
{
	u32_lists_free(r->implicit, r->cpu_count);
	u32_lists_free(r->child_waits, r->cpu_count);
	fixups_free(&r->fixups);
	free(r->lost);
	r->implicit = r->child_waits = NULL;
	r->lost = NULL;
}

/* What the switches and wakings to come ask for first. */
static void look_ahead(void *ctx, const struct ordered_event *soon,
		       const struct ordered_event *later)
{
	const struct resolver *r = ctx;
	struct tasks_ahead tasks = task_look_ahead(r->table, soon->event);

	if (tasks.one < r->room)
		__builtin_prefetch(&r->tasks[tasks.one]);
	if (tasks.other < r->room)
		__builtin_prefetch(&r->tasks[tasks.other]);
	if (later)
		task_fetch_ahead(r->table, later->event);
}

static void sort(struct resolution *out)
{
	for (int cpu = 0; cpu < out->cpu_count; cpu++) {
		u32_list_sort(&out->implicit[cpu]);
		u32_list_sort(&out->child_waits[cpu]);
	}
	fixups_sort(&out->fixups);
}

static bool prepare(struct resolver *r, const struct event_order *order, int cpu_count)
{
	struct losses losses = r->out->losses;
	struct resolution *out = r->out;

	forget(out);
	*out = (struct resolution){ .losses = losses, .cpu_count = cpu_count };
	out->implicit = u32_lists_new(cpu_count);
	out->child_waits = u32_lists_new(cpu_count);
	out->lost = calloc(cpu_count + 1, sizeof(*out->lost));
	r->cpus = calloc(cpu_count + 1, sizeof(*r->cpus));
	if (!out->implicit || !out->child_waits || !out->lost || !r->cpus || !order)
		return false;
	r->first_ts = event_order_counts(order)->first_ts;
	for (int cpu = 0; cpu < cpu_count; cpu++)
		r->cpus[cpu].task = TASK_UNKNOWN;
	task_table_rewind(r->table);
	for (uint32_t i = 0; i < r->table->count; i++)
		r->table->tasks[i].traced_run_ns = 0;
	if (r->table->count)
		passing_of(r, r->table->count - 1); /* also those that no event tells of */
	return !r->failed;
}

/* False out of memory. */
static bool pass(struct resolver *r, struct trace *t, struct window *w)
{
	struct event_order *order = event_order_open(t);
	struct ordered_event *event;
	bool good = prepare(r, order, t->cpu_count);
	int got = 0;

	if (good)
		event_order_look_ahead(order, look_ahead, r);
	while (good && !r->failed && (got = event_order_next(order, &event)) > 0) {
		if (__builtin_expect(event->ts > r->tell_at, 0))
			resolve_ahead_tell(r, event->ts);
		on_event(r, event);
	}
	good = good && !r->failed && got == 0;
	if (good) {
		resolve_finish(r, order, t, w);
		if (r->ahead)
			resolve_ahead_tell_all(r);
		sort(r->out);
	}
	event_order_close(order);
	task_table_rewind(r->table);
	free(r->tasks);
	free(r->cpus);
	return good && !r->failed;
}

bool resolve_passes(struct resolution *out, struct trace *t, struct task_table *table,
		    struct window *w, struct resolve_ahead *ahead)
{
	struct resolver r = { .out = out,
			      .table = table,
			      .window = w,
			      .found = &out->losses,
			      .ahead = ahead,
			      .tell_at = ahead ? resolve_ahead_first(ahead) : UINT64_MAX };

	memset(out, 0, sizeof(*out));
	losses_start(&out->losses);
	if (!pass(&r, t, w))
		return false;
	losses_settle(&out->losses);
	table->births_lost = out->losses.births_since != UINT64_MAX;
	if (!out->losses.span_count)
		return true;
	r = (struct resolver){ .out = out,
			       .table = table,
			       .window = w,
			       .known = &out->losses,
			       .tell_at = UINT64_MAX };
	return pass(&r, t, w);
}

int resolve(struct resolution *out, struct trace *t, struct task_table *table, struct window *w)
{
	return resolve_passes(out, t, table, w, NULL) ? 0 : fail_memory();
}

void resolution_free(struct resolution *r)
{
	forget(r);
	losses_free(&r->losses);
	memset(r, 0, sizeof(*r));
}
