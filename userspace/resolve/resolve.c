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

void resolve_add_seq(struct resolver *r, struct seq_list *list, uint32_t seq)
{
	if (list->count == list->room) {
		size_t room = list->room ? 2 * list->room : 64;
		uint32_t *grown = reallocarray(list->seqs, room, sizeof(*grown));

		if (!grown) {
			r->failed = true;
			return;
		}
		list->seqs = grown;
		list->room = room;
	}
	list->seqs[list->count++] = seq;
}

void implicit_wakeup(struct resolver *r, const struct passing *task, uint32_t index)
{
	resolve_add_seq(r, &r->out->implicit[task->out_cpu], task->out_seq);
	if (r->table->tasks[index].measured)
		r->out->implicit_wakeups++;
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
	for (int cpu = 0; r->implicit && cpu < r->cpu_count; cpu++)
		free(r->implicit[cpu].seqs);
	for (int cpu = 0; r->child_waits && cpu < r->cpu_count; cpu++)
		free(r->child_waits[cpu].seqs);
	free(r->implicit);
	free(r->child_waits);
	free(r->fixups);
	free(r->lost);
	r->implicit = r->child_waits = NULL;
	r->fixups = NULL;
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

/* One pass. `known`: what the pass before it found; NULL: this one finds. */
static int pass(struct resolution *out, struct trace *t, struct task_table *table, struct window *w,
		const struct losses *known)
{
	struct losses losses = out->losses;
	struct resolver r = { .out = out, .table = table, .window = w, .known = known };
	struct event_order *order = event_order_open(t);
	struct ordered_event *event;
	int got = 0;

	forget(out);
	*out = (struct resolution){ .losses = losses, .cpu_count = t->cpu_count };
	r.found = known ? NULL : &out->losses;
	out->implicit = calloc(t->cpu_count + 1, sizeof(*out->implicit));
	out->child_waits = calloc(t->cpu_count + 1, sizeof(*out->child_waits));
	out->lost = calloc(t->cpu_count + 1, sizeof(*out->lost));
	r.cpus = calloc(t->cpu_count + 1, sizeof(*r.cpus));
	if (!out->implicit || !out->child_waits || !out->lost || !r.cpus || !order) {
		free(r.cpus);
		event_order_close(order);
		return fail_memory();
	}
	r.first_ts = event_order_counts(order)->first_ts;
	for (int cpu = 0; cpu < t->cpu_count; cpu++)
		r.cpus[cpu].task = TASK_UNKNOWN;
	task_table_rewind(table);
	for (uint32_t i = 0; i < table->count; i++)
		table->tasks[i].traced_run_ns = 0;
	if (table->count)
		passing_of(&r, table->count - 1); /* also those that no event tells of */
	event_order_look_ahead(order, look_ahead, &r);
	while (!r.failed && (got = event_order_next(order, &event)) > 0)
		on_event(&r, event);
	if (!r.failed)
		resolve_finish(&r, order, t, w);
	event_order_close(order);
	task_table_rewind(table);
	free(r.tasks);
	free(r.cpus);
	return r.failed || got < 0 ? fail_memory() : 0;
}

int resolve(struct resolution *out, struct trace *t, struct task_table *table, struct window *w)
{
	int err;

	memset(out, 0, sizeof(*out));
	losses_start(&out->losses);
	err = pass(out, t, table, w, NULL);
	if (err)
		return err;
	losses_settle(&out->losses);
	table->births_lost = out->losses.births_since != UINT64_MAX;
	return out->losses.span_count ? pass(out, t, table, w, &out->losses) : 0;
}

void resolution_free(struct resolution *r)
{
	forget(r);
	losses_free(&r->losses);
	memset(r, 0, sizeof(*r));
}
