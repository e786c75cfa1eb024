/* SPDX-License-Identifier: MIT */
/* Under which circumstances: the report's machine, run and trust. */
#include "common/json_build.h"
#include "report_json_parts.h"

/*
 * The rows that INTERFACE.md promises, in its order, null where `recorded` has none, then whatever
 * else was recorded.
 */
static json_t *promised_rows(const json_t *recorded, const char *const *keys, size_t count)
{
	json_t *clean = json_is_object(recorded) ? json_clean(recorded) : json_object();
	json_t *o = json_object();
	int bad = clean ? 0 : -1;

	for (size_t i = 0; i < count; i++) {
		json_t *value = json_object_get(clean, keys[i]);

		bad |= json_object_set_new(o, keys[i], value ? json_incref(value) : json_null());
	}
	bad |= json_object_update_missing(o, clean);
	json_decref(clean);
	return json_built(o, bad);
}

/* What only the trace's END section tells: unknown where the recorder did not come to write it. */
static json_t *told_at_end(const struct trust_summary *t, json_t *value)
{
	if (t->ended)
		return value;
	json_decref(value);
	return json_null();
}

/* Null in a trace from ftrace, which does not see the kernel's own account. */
static json_t *told_by_kernel(const struct trust_summary *t, json_t *value)
{
	if (!t->no_account)
		return value;
	json_decref(value);
	return json_null();
}

json_t *report_json_machine(const struct summary *s)
{
	static const char *const keys[] = {
		"hostname",	    "cpu_model", "cpus_online", "cpus_allowed", "cores",
		"threads_per_core", "llcs",	 "numa_nodes",	"memory_bytes", "kernel",
		"preempt",	    "hz",	 "virt",	"governor",	"clocksource",
		"mitigations",	    "cpu_max",	 "sched_ext",	"fingerprint",
	};

	return promised_rows(s->machine, keys, sizeof(keys) / sizeof(*keys));
}

json_t *report_json_run(const struct summary *s)
{
	static const char *const keys[] = {
		"command", "workload", "model",		"units",       "processes", "threads",
		"cpus",	   "work",     "work_identity", "started_utc", "wall_s",    "exit_status",
		"signal",  "backend",  "alive_at_end",	"throttled_s",
	};
	json_t *o = promised_rows(s->run, keys, sizeof(keys) / sizeof(*keys));
	const struct run_summary *r = &s->run_result;
	const struct trust_summary *t = &s->trust;
	int bad = 0;

	bad |= json_object_set_new(o, "wall_s", json_seconds(r->wall_ns));
	bad |= json_object_set_new(o, "exit_status",
				   told_at_end(t, json_int_or_null(r->exit_status)));
	bad |= json_object_set_new(o, "signal", told_at_end(t, json_integer(r->signal)));
	bad |= json_object_set_new(o, "alive_at_end", json_count(r->alive_at_end));
	bad |= json_object_set_new(o, "throttled_s", json_seconds_or_null(r->throttled_ns));
	bad |= json_object_set_new(o, "steal_s", json_seconds_or_null(r->steal_ns));
	bad |= json_object_set_new(o, "incomplete", json_boolean(r->incomplete));
	return json_built(o, bad);
}

/* Element i is the CPU numbered i; null where there is no such CPU. */
static json_t *lost_by_cpu(const struct summary *s)
{
	json_t *array = json_array();
	int bad = 0;

	for (size_t i = 0; i < s->cpu_count; i++) {
		const struct cpu_summary *c = &s->cpus[i];

		if (c->cpu < 0 || c->cpu >= EVENT_MAX_CPUS)
			continue;
		while (!bad && json_array_size(array) <= (size_t)c->cpu)
			bad |= json_array_append_new(array, json_null());
		bad |= json_array_set_new(array, (size_t)c->cpu, json_count(c->lost));
	}
	return json_built(array, bad);
}

static json_t *losses(const struct trust_summary *t)
{
	json_t *array = json_array();
	int bad = 0;

	for (size_t i = 0; i < t->loss_count; i++) {
		const struct loss_summary *loss = &t->losses[i];
		json_t *row = json_object();
		int row_bad = 0;

		row_bad |= json_object_set_new(row, "cpu", json_integer(loss->cpu));
		row_bad |= json_object_set_new(row, "from_s", json_real((double)loss->from / 1e9));
		row_bad |= json_object_set_new(row, "to_s", json_real((double)loss->to / 1e9));
		row_bad |= json_object_set_new(row, "count", json_count(loss->count));
		row_bad |= json_object_set_new(row, "of",
					       json_string(loss->births ? "lifecycle" : "sched"));
		bad |= json_array_append_new(array, json_built(row, row_bad));
	}
	return json_built(array, bad);
}

static json_t *crosscheck(const struct trust_summary *t)
{
	json_t *o = json_object(), *worst = json_object(), *warnings = json_array();
	int bad = 0;

	for (size_t i = 0; i < t->warning_count; i++)
		bad |= json_array_append_new(warnings,
					     json_text(t->warnings[i], sizeof(t->warnings[i])));
	bad |= json_object_set_new(worst, "tid",
				   t->worst_tid ? json_count(t->worst_tid) : json_null());
	bad |= json_object_set_new(
		worst, "error", t->worst_tid ? json_number_or_null(t->worst_error) : json_null());
	bad |= json_object_set_new(o, "switches", json_count(t->switches));
	bad |= json_object_set_new(o, "kernel_switches",
				   told_by_kernel(t, json_count(t->kernel_switches)));
	bad |= json_object_set_new(o, "run_s", json_seconds(t->run_ns));
	bad |= json_object_set_new(o, "kernel_run_s",
				   told_by_kernel(t, json_seconds(t->kernel_run_ns)));
	bad |= json_object_set_new(o, "run_delay_s", json_seconds(t->run_delay_ns));
	bad |= json_object_set_new(o, "kernel_run_delay_s",
				   told_by_kernel(t, json_seconds(t->kernel_run_delay_ns)));
	bad |= json_object_set_new(
		o, "rusage_cpu_s",
		t->rusage_unknown ? json_null() : told_at_end(t, json_seconds(t->rusage_cpu_ns)));
	bad |= json_object_set_new(o, "checked_tasks", json_count(t->checked_tasks));
	bad |= json_object_set_new(o, "worst_task", worst);
	bad |= json_object_set_new(o, "warnings", warnings);
	return json_built(o, bad);
}

static json_t *observer(const struct summary *s)
{
	const struct trust_summary *t = &s->trust;
	double share = s->program.cpu_ns && !summary_is_part(s)
			       ? t->probe_ns / (double)s->program.cpu_ns
			       : UNKNOWN_DOUBLE;
	json_t *o = json_object();
	int bad = 0;

	bad |= json_object_set_new(o, "cpu_s", told_at_end(t, json_seconds(t->observer_cpu_ns)));
	bad |= json_object_set_new(o, "switches", told_at_end(t, json_count(t->observer_switches)));
	bad |= json_object_set_new(o, "probe_s", json_number_or_null(t->probe_ns / 1e9));
	bad |= json_object_set_new(o, "probe_share", json_number_or_null(share));
	bad |= json_object_set_new(o, "probe_record_ns", json_number_or_null(t->probe_record_ns));
	return json_built(o, bad);
}

json_t *report_json_trust(const struct summary *s)
{
	const struct trust_summary *t = &s->trust;
	/* Relative: by how much of T the identity T = C / tlp + I is off. */
	double identity_error = s->program.wall_ns
					? (double)t->identity_error_ns / (double)s->program.wall_ns
					: 0.0;
	json_t *o = json_object();
	int bad = 0;

	bad |= json_object_set_new(o, "events", json_count(t->events));
	bad |= json_object_set_new(o, "lost", json_count(t->lost));
	bad |= json_object_set_new(o, "lost_by_cpu", lost_by_cpu(s));
	bad |= json_object_set_new(o, "untraced", json_count(t->untraced));
	bad |= json_object_set_new(o, "implicit_wakeups", json_count(t->implicit_wakeups));
	bad |= json_object_set_new(o, "out_of_order", json_count(t->out_of_order));
	bad |= json_object_set_new(o, "conflicts", json_count(t->conflicts));
	bad |= json_object_set_new(
		o, "recursion_misses",
		told_at_end(t, told_by_kernel(t, json_count(t->recursion_misses))));
	bad |= json_object_set_new(o, "unknown_s", json_seconds(t->unknown_ns));
	bad |= json_object_set_new(o, "identity_error", json_number_or_null(identity_error));
	bad |= json_object_set_new(o, "verdict", json_string(trust_verdict_name(t->verdict)));
	bad |= json_object_set_new(o, "crosscheck", crosscheck(t));
	bad |= json_object_set_new(o, "observer", observer(s));
	bad |= json_object_set_new(o, "losses", losses(t));
	bad |= json_object_set_new(o, "losses_more", json_count(t->losses_more));
	bad |= json_object_set_new(o, "dropped", told_at_end(t, json_count(t->dropped)));
	bad |= json_object_set_new(o, "unknown_task_s", json_seconds(t->unknown_task_ns));
	bad |= json_object_set_new(o, "lower_bound_s", json_seconds(t->lower_bound_ns));
	return json_built(o, bad);
}
