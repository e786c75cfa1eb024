/* SPDX-License-Identifier: MIT */
/* trace_file -> event_order -> (resolve) -> timeline -> summary: the whole road in one place. */
#include "analysis.h"
#include <string.h>
#include "common/failure.h"
#include "common/heap_room.h"
#include "sentence.h"
#include "summary_build.h"
#include "trace/work_identity.h"

/* About what is allocated for a task in the passes and for the summary, less the tables. */
#define HEAP_OF_TASK (3u << 10)
/* For a CPU, whose events are unpacked. */
#define HEAP_OF_CPU (200u << 10)
/* What any report takes: batches, a section's records, tables, its lines. */
#define HEAP_OF_REPORT (2u << 20)

/* A task whose death was lost is not in the snapshot at stop, where there is one. */
static bool is_alive_at(const struct task *task, uint64_t t, bool rows)
{
	return task->death_ns ? task->death_ns > t : !rows || task->has_last;
}

/* In a trace whose recorder knew nothing of it, or whose end is missing: -1. */
static int64_t throttled_ns(const struct trace *t)
{
	const json_t *ns = json_object_get(t->end, "throttled_ns");

	return json_is_integer(ns) && json_integer_value(ns) >= 0 ? json_integer_value(ns) : -1;
}

/* What is of another type there than it should be is not taken over. */
static void take_from_truth(struct summary *s, const char *key, const char *truth_key,
			    json_type type)
{
	json_t *value = json_object_get(s->truth, truth_key);

	if (value && json_typeof(value) == type)
		json_object_set(s->run, key, value);
}

bool summary_run(struct summary *s, const struct timeline *tl)
{
	struct run_summary *run = &s->run_result;
	const json_t *end = tl->trace->end, *status = json_object_get(end, "exit_status");
	uint64_t wall = json_integer_value(json_object_get(end, "wall_ns"));
	bool rows = false; /* of a snapshot at stop */

	run->wall_ns = wall ? wall : tl->window->run_t1 - tl->window->run_t0;
	run->exit_status = json_is_integer(status) ? (int)json_integer_value(status) : -1;
	run->signal = json_integer_value(json_object_get(end, "signal"));
	run->throttled_ns = throttled_ns(tl->trace);
	run->incomplete = !tl->trace->complete;
	for (uint32_t i = 0; i < tl->table->count; i++)
		rows |= tl->table->tasks[i].has_last;
	for (uint32_t i = 0; i < tl->table->count; i++) {
		const struct task *task = &tl->table->tasks[i];

		if (task->measured && tl->tasks[i].born_ns && !tl->window->from_truth &&
		    tl->tasks[i].born_ns <= tl->window->run_t1 &&
		    is_alive_at(task, tl->window->run_t1, rows))
			run->alive_at_end++;
	}
	/* What the workload really did, where options left it to the body's defaults. */
	if (s->truth) {
		take_from_truth(s, "work", "work", JSON_INTEGER);
		take_from_truth(s, "units", "n", JSON_INTEGER);
		take_from_truth(s, "model", "model", JSON_STRING);
		take_from_truth(s, "threads", "threads", JSON_INTEGER);
		take_from_truth(s, "processes", "processes", JSON_INTEGER);
		if (json_object_set_new(s->run, "work_identity", work_identity_of_truth(s->truth)))
			return false;
	}
	return true;
}

/* The part in which all units are in flight, and the first finish; for what is judged there only.
 */
static void units_span(struct timeline *tl, const json_t *truth)
{
	uint64_t last_start = 0, first_finish = UINT64_MAX;
	json_t *unit;
	size_t i;

	json_array_foreach(json_object_get(truth, "units"), i, unit) {
		uint64_t start = window_unit_start(tl->window, unit);
		uint64_t finish = window_unit_end(tl->window, unit);

		last_start = start > last_start ? start : last_start;
		first_finish = finish < first_finish ? finish : first_finish;
	}
	tl->all_from = last_start;
	tl->all_to = first_finish;
	tl->fair_until = first_finish < tl->window->t1 ? first_finish : tl->window->t1;
}

static int summarize(struct summary *s, struct timeline *tl)
{
	struct trace *t = tl->trace;

	s->machine = json_incref(t->machine);
	s->run = json_incref(t->run);
	s->truth = json_incref(t->truth);
	if (!summary_program(s, tl) || !summary_tasks(s, tl) || !summary_cpus(s, tl) ||
	    !summary_strip(s, tl) || !summary_topology(s, tl) || !summary_cpu_times(s, tl) ||
	    !summary_violations(s, tl) || !summary_run(s, tl) || !summary_trust(s, tl) ||
	    !summary_check_invariants(s, tl))
		return fail_memory();
	sentence_build(s);
	return 0;
}

struct analysis {
	struct trace trace;
	struct task_table table;
	struct window window;
	struct resolution resolution;
	struct timeline timeline;
};

static int second_pass(struct analysis *a, const struct resolution *resolution,
		       struct resolve_ahead *ahead)
{
	int64_t throttled = throttled_ns(&a->trace);

	timeline_free(&a->timeline);
	a->timeline = (struct timeline){ .trace = &a->trace,
					 .table = &a->table,
					 .window = &a->window,
					 .resolution = resolution,
					 .ahead = ahead };
	a->timeline.accounting.throttled_left_ns = throttled > 0 ? throttled : 0;
	if (a->window.from_truth)
		units_span(&a->timeline, a->trace.truth);
	return timeline_run(&a->timeline);
}

/* Who flies is judged by the whole run; which CPUs W may use is asked of the part. */
static int settle_window(struct analysis *a, const struct window_part *part)
{
	window_mark_flying(&a->window, &a->table, a->resolution.no_account);
	window_settle(&a->window);
	return part ? window_narrow(&a->window, part) : 0;
}

static int passes_in_turn(struct analysis *a, const struct window_part *part)
{
	int err;

	trace_read_ahead(&a->trace);
	err = resolve(&a->resolution, &a->trace, &a->table, &a->window);
	if (!err)
		err = settle_window(a, part);
	if (!err && part) {
		resolution_free(&a->resolution);
		err = resolve(&a->resolution, &a->trace, &a->table, &a->window);
	}
	return err ? err : second_pass(a, &a->resolution, NULL);
}

/* False: they have to be made in turn. Else *err is their result. */
static bool passes_at_once(struct analysis *a, const struct window_part *part, int *err)
{
	struct window before = a->window;
	enum ahead_result result;
	struct resolve_ahead *ahead;

	if (!resolve_ahead_may(&a->trace, &a->window))
		return false;
	*err = settle_window(a, part);
	if (*err)
		return true;
	/* On two CPUs a third thread would take time from the second pass, which has most to do. */
	if (a->trace.threads > 2)
		trace_read_ahead(&a->trace);
	trace_read_by(&a->trace, 2);
	ahead = resolve_ahead_start(&a->trace, &a->table, &a->window);
	if (ahead) {
		*err = second_pass(a, resolve_ahead_settled(ahead), ahead);
		result = resolve_ahead_end(ahead, &a->resolution);
	}
	trace_read_by(&a->trace, 0);
	if (!ahead || (!*err && result == AHEAD_FAILED)) {
		timeline_free(&a->timeline); /* which holds the table fast */
		a->timeline = (struct timeline){};
		a->window = before;
		return false;
	}
	if (!*err && result == AHEAD_MISLED)
		*err = second_pass(a, &a->resolution, NULL);
	a->timeline.resolution = &a->resolution;
	a->timeline.ahead = NULL;
	return true;
}

int analyze_file(const char *path, struct summary *out)
{
	return analyze_part(path, NULL, out);
}

int analyze_part(const char *path, const struct window_part *part, struct summary *out)
{
	struct analysis a = {};
	int err;

	memset(out, 0, sizeof(*out));
	heap_room_take(HEAP_OF_REPORT);
	err = trace_open(&a.trace, path);
	if (err)
		return err;
	err = task_table_build(&a.table, &a.trace);
	if (!err) {
		heap_room_huge(a.table.count * (size_t)HEAP_OF_TASK,
			       a.trace.cpu_count * (size_t)HEAP_OF_CPU);
		window_find(&a.window, &a.table, &a.trace);
		if (!passes_at_once(&a, part, &err))
			err = passes_in_turn(&a, part);
	}
	if (!err && a.trace.out_of_memory)
		err = fail_memory();
	if (!err)
		err = summarize(out, &a.timeline);
	if (err)
		summary_free(out);
	timeline_free(&a.timeline);
	resolution_free(&a.resolution);
	task_table_free(&a.table);
	trace_release(&a.trace);
	return err;
}

int summary_status(const struct summary *s)
{
	return s->trust.verdict == TRUST_WHOLE ? EXIT_GOOD : EXIT_NOT_WHOLE;
}
