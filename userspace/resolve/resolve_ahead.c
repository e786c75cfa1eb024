/* SPDX-License-Identifier: MIT */
#include "resolve_ahead.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "common/helper_thread.h"
#include "resolve_pass.h"

/* Of the run: what is found without notice has this long to show itself, and how often is told. */
#define SHOW_PART 16
#define TELL_PART 64

/* With the sources of more CPUs the two passes take the caches from each other: no sooner done. */
#define CPUS_MAX 64

struct resolve_ahead {
	struct trace *trace;
	struct window window;
	uint64_t show_ns, tell_ns;
	pthread_t thread;

	/* The first pass's own, until it has ended. */
	struct task_table table; /* its own */
	struct resolution whole;
	bool good;
	uint32_t known_tasks;  /* to the second pass too */
	size_t taken;	       /* of the fixups */
	struct fixups pending; /* not settled yet */
	struct u32_list held;  /* tasks whose slice's end is in question */

	pthread_mutex_t lock; /* of all that follows */
	pthread_cond_t told;
	struct fixups ready;	  /* settled, not taken over yet */
	struct u32_list new_tids; /* of tasks that are in no snapshot, and have no birth */
	uint64_t settled_to;
	bool misled;
	unsigned char allowed[EVENT_MAX_CPUS], starts_offline[EVENT_MAX_CPUS];

	/* The second pass's own. */
	struct task_table *its_table;
	struct resolution settled;
};

/* ---- the first pass's side ----------------------------------------------------------------------
 */

uint64_t resolve_ahead_first(const struct resolve_ahead *a)
{
	return a->window.t0 + a->show_ns;
}

static void mislead(struct resolve_ahead *a)
{
	pthread_mutex_lock(&a->lock);
	a->misled = true;
	pthread_mutex_unlock(&a->lock);
	pthread_cond_signal(&a->told);
}

void resolve_ahead_mislead(struct resolver *r)
{
	mislead(r->ahead);
	r->ahead = NULL;
	r->tell_at = UINT64_MAX;
}

void resolve_ahead_hold(struct resolver *r, uint32_t task)
{
	if (!u32_list_add(&r->ahead->held, task))
		resolve_ahead_mislead(r);
}

void resolve_ahead_implicit(struct resolver *r, const struct passing *task, uint32_t index)
{
	const struct fixup fix = { .ts = task->ready_ns,
				   .task = index,
				   .cpu = task->out_cpu,
				   .before_seq = task->out_seq,
				   .kind = FIX_IMPLICIT };

	if (task_is_watched(&r->table->tasks[index]) && !fixups_add(&r->ahead->pending, fix))
		resolve_ahead_mislead(r);
}

/* Who has no line of time of its own is nothing to the second pass but where it runs. */
static bool matters(const struct resolver *r, const struct fixup *fix)
{
	return fix->kind == FIX_CPU || task_is_watched(&r->table->tasks[fix->task]);
}

static void take_new(struct resolver *r)
{
	const struct fixups *found = &r->out->fixups;
	struct resolve_ahead *a = r->ahead;

	for (; a->taken < found->count && r->ahead; a->taken++)
		if (matters(r, &found->list[a->taken]) &&
		    !fixups_add(&a->pending, found->list[a->taken]))
			resolve_ahead_mislead(r);
	fixups_sort(&a->pending);
}

/* From when on it is in question what slices that have ended unseen took. */
static uint64_t in_question(struct resolver *r, uint64_t to)
{
	struct u32_list *held = &r->ahead->held;
	size_t left = 0;

	for (size_t i = 0; i < held->count; i++) {
		const struct passing *task = &r->tasks[held->list[i]];

		if (!task->is_open)
			continue;
		held->list[left++] = held->list[i];
		to = task->open.since_ns < to ? task->open.since_ns : to;
	}
	held->count = left;
	for (int cpu = 0; cpu < r->out->cpu_count; cpu++)
		if (r->cpus[cpu].left_ns && r->cpus[cpu].left_ns < to)
			to = r->cpus[cpu].left_ns;
	return to;
}

/* What of the pending lies before `to` is settled. */
static void settle(struct resolve_ahead *a, uint64_t to)
{
	struct fixups *pending = &a->pending;
	size_t count = 0;

	pthread_mutex_lock(&a->lock);
	while (count < pending->count && pending->list[count].ts < to) {
		a->misled |= pending->list[count].ts < a->settled_to ||
			     !fixups_add(&a->ready, pending->list[count]);
		count++;
	}
	for (; a->known_tasks < a->table.count; a->known_tasks++)
		a->misled |= !u32_list_add(&a->new_tids, a->table.tasks[a->known_tasks].id.tid);
	if (to > a->settled_to)
		a->settled_to = to;
	pthread_mutex_unlock(&a->lock);
	pthread_cond_signal(&a->told);
	fixups_drop(pending, count);
}

/* The CPUs of W, as far as they are known: that they stay so is seen in the end. */
static void tell_cpus(struct resolver *r)
{
	const struct trace *t = r->ahead->trace;
	struct resolve_ahead *a = r->ahead;

	for (size_t i = 0; i < t->section_count; i++) {
		const struct section_entry *section = &t->sections[i];

		if ((section->type == SECTION_SCHED || section->type == SECTION_LIFECYCLE) &&
		    section->raw_bytes)
			a->allowed[section->cpu] = r->out->allowed[section->cpu];
	}
}

void resolve_ahead_tell(struct resolver *r, uint64_t ts)
{
	struct resolve_ahead *a = r->ahead;
	uint64_t to = in_question(r, ts - a->show_ns);

	if (!a->settled_to)
		tell_cpus(r);
	r->tell_at = ts + a->tell_ns;
	take_new(r);
	settle(a, to);
}

void resolve_ahead_tell_all(struct resolver *r)
{
	const struct resolution *whole = r->out;
	struct resolve_ahead *a = r->ahead;

	if (!a->settled_to) { /* nothing yet */
		memcpy(a->allowed, whole->allowed, sizeof(a->allowed));
		memcpy(a->starts_offline, whole->starts_offline, sizeof(a->starts_offline));
	}
	if (whole->losses.count || whole->losses.span_count || whole->no_account ||
	    memcmp(a->allowed, whole->allowed, sizeof(a->allowed)) != 0 ||
	    memcmp(a->starts_offline, whole->starts_offline, sizeof(a->starts_offline)) != 0)
		mislead(a);
	take_new(r);
	settle(a, UINT64_MAX);
}

static void *go(void *arg)
{
	struct resolve_ahead *a = arg;

	a->good = resolve_passes(&a->whole, a->trace, &a->table, &a->window, a);
	if (!a->good)
		mislead(a);
	return NULL;
}

/* ---- the second pass's side ---------------------------------------------------------------------
 */

static void ahead_free(struct resolve_ahead *a)
{
	task_table_free(&a->table);
	resolution_free(&a->whole);
	resolution_free(&a->settled);
	fixups_free(&a->pending);
	fixups_free(&a->ready);
	free(a->held.list);
	free(a->new_tids.list);
	pthread_cond_destroy(&a->told);
	pthread_mutex_destroy(&a->lock);
	free(a);
}

static bool settled_open(struct resolution *settled, int cpu_count)
{
	settled->cpu_count = cpu_count;
	settled->implicit = u32_lists_new(cpu_count);
	settled->child_waits = u32_lists_new(cpu_count);
	losses_start(&settled->losses);
	return settled->implicit && settled->child_waits;
}

/* By records from ftrace the accounts are known only in the end. */
static bool has_accounts(const struct trace *t)
{
	for (size_t i = 0; i < t->section_count; i++)
		if (t->sections[i].type == SECTION_FORMATS)
			return false;
	return true;
}

bool resolve_ahead_may(const struct trace *t, const struct window *w)
{
	return t->threads > 1 && t->cpu_count <= CPUS_MAX && w->end_known && has_accounts(t);
}

struct resolve_ahead *resolve_ahead_start(struct trace *t, struct task_table *table,
					  const struct window *w)
{
	uint64_t run_ns = w->run_t1 - w->run_t0;
	struct resolve_ahead *a = calloc(1, sizeof(*a));

	if (!a)
		return NULL;
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->told, NULL);
	a->trace = t;
	a->window = *w;
	a->show_ns = run_ns / SHOW_PART;
	a->tell_ns = run_ns / TELL_PART;
	a->its_table = table;
	a->known_tasks = table->count;
	if (task_table_copy(&a->table, table) && settled_open(&a->settled, t->cpu_count) &&
	    helper_thread_start(&a->thread, go, a))
		return a;
	ahead_free(a);
	return NULL;
}

const struct resolution *resolve_ahead_settled(const struct resolve_ahead *a)
{
	return &a->settled;
}

static bool take_over(struct resolution *settled, const struct fixup *fix)
{
	if (fix->kind == FIX_IMPLICIT)
		return u32_list_add(&settled->implicit[fix->cpu], fix->before_seq);
	return fixups_add(&settled->fixups, *fix);
}

/* In the order in which the first pass met them: so both have them at one place. */
static bool add_task(struct task_table *table, uint32_t tid)
{
	uint32_t count = table->count;
	bool frozen = table->frozen, good;

	table->frozen = false;
	good = task_find_or_add(table, tid) == count;
	table->frozen = frozen;
	return good;
}

static bool has_come(const struct resolve_ahead *a, uint64_t ts)
{
	return a->misled || a->settled_to > ts || a->settled_to == UINT64_MAX;
}

/* Meanwhile the first pass is relieved of what both need. */
static void wait_for(struct resolve_ahead *a, uint64_t ts)
{
	bool busy = true;

	while (!has_come(a, ts)) {
		if (!busy)
			pthread_cond_wait(&a->told, &a->lock);
		pthread_mutex_unlock(&a->lock);
		busy = trace_read_meanwhile(a->trace);
		pthread_mutex_lock(&a->lock);
	}
}

uint64_t resolve_ahead_wait(struct resolve_ahead *a, uint64_t ts)
{
	struct resolution *settled = &a->settled;
	uint64_t to;

	pthread_mutex_lock(&a->lock);
	wait_for(a, ts);
	for (size_t i = 0; i < a->new_tids.count; i++)
		a->misled |= !add_task(a->its_table, a->new_tids.list[i]);
	/* Of tasks that both tables have. */
	for (size_t i = 0; i < a->ready.count && !a->misled; i++)
		a->misled = !take_over(settled, &a->ready.list[i]);
	a->ready.count = a->new_tids.count = 0;
	memcpy(settled->allowed, a->allowed, sizeof(settled->allowed));
	memcpy(settled->starts_offline, a->starts_offline, sizeof(settled->starts_offline));
	to = a->misled ? 0 : a->settled_to;
	pthread_mutex_unlock(&a->lock);
	settled->n = 0;
	for (int cpu = 0; cpu < settled->cpu_count; cpu++)
		settled->n += settled->allowed[cpu];
	return to;
}

enum ahead_result resolve_ahead_end(struct resolve_ahead *a, struct resolution *whole)
{
	enum ahead_result result = AHEAD_AS_SETTLED;

	pthread_join(a->thread, NULL);
	if (!a->good || a->whole.no_account)
		result = AHEAD_FAILED;
	else if (a->misled)
		result = AHEAD_MISLED;
	if (result == AHEAD_MISLED) {
		task_table_free(a->its_table);
		*a->its_table = a->table;
		a->table = (struct task_table){};
	}
	if (result != AHEAD_FAILED) {
		*whole = a->whole;
		a->whole = (struct resolution){};
	}
	ahead_free(a);
	return result;
}
