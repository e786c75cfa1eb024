/* SPDX-License-Identifier: MIT */
/* The rows of the report's cpus[] and tasks[]. */
#include "report_json_parts.h"
#include <linux/sched.h>
#include "common/json_build.h"

static json_t *others(const struct cpu_summary *c)
{
	json_t *array = json_array();
	int bad = 0;

	for (size_t i = 0; i < c->other_count; i++) {
		const struct other_summary *other = &c->others[i];

		bad |= json_array_append_new(array,
					     json_pack("{s:o, s:o}", "comm",
						       json_text(other->comm, sizeof(other->comm)),
						       "s", json_seconds(other->ns)));
	}
	return json_built(array, bad);
}

json_t *report_json_cpu(const struct summary *s, size_t index)
{
	const struct cpu_summary *c = &s->cpus[index];
	json_t *o = json_object();
	int bad = 0;

	bad |= json_object_set_new(o, "cpu", json_integer(c->cpu));
	bad |= json_object_set_new(o, "core", json_int_or_null(c->core));
	bad |= json_object_set_new(o, "llc", json_int_or_null(c->llc));
	bad |= json_object_set_new(o, "node", json_int_or_null(c->node));
	bad |= json_object_set_new(o, "capacity", json_int_or_null(c->capacity));
	bad |= json_object_set_new(o, "workload_s", json_seconds(c->workload_ns));
	bad |= json_object_set_new(o, "other_s", json_seconds(c->other_ns));
	bad |= json_object_set_new(o, "idle_s", json_seconds(c->idle_ns));
	bad |= json_object_set_new(o, "offline_s", json_seconds(c->offline_ns));
	bad |= json_object_set_new(o, "unknown_s", json_seconds(c->unknown_ns));
	bad |= json_object_set_new(o, "steal_s", json_seconds_or_null(c->steal_ns));
	bad |= json_object_set_new(o, "irq_s", json_seconds_or_null(c->irq_ns));
	bad |= json_object_set_new(o, "softirq_s", json_seconds_or_null(c->softirq_ns));
	bad |= json_object_set_new(o, "switches", json_count(c->switches));
	bad |= json_object_set_new(o, "voluntary", json_count(c->voluntary));
	bad |= json_object_set_new(o, "involuntary", json_count(c->involuntary));
	bad |= json_object_set_new(o, "interleavings", json_count(c->interleavings));
	bad |= json_object_set_new(o, "migrations_in", json_count(c->migrations_in));
	bad |= json_object_set_new(o, "tasks", json_count(c->tasks));
	bad |= json_object_set_new(o, "longest_slice_s", json_seconds(c->longest_slice_ns));
	bad |= json_object_set_new(o, "wait_behind_s", json_seconds(c->wait_behind_ns));
	bad |= json_object_set_new(o, "others", others(c));
	bad |= json_object_set_new(o, "allowed", json_boolean(c->allowed));
	bad |= json_object_set_new(o, "wait_behind", report_json_wait_behind(c));
	bad |= json_object_set_new(o, "wait_behind_rest_s", json_seconds(c->wait_behind_rest_ns));
	return json_built(o, bad);
}

json_t *report_json_migrations(const struct summary *s)
{
	const struct migration_summary *m = &s->migrations;
	json_t *o = json_object();
	int bad = 0;

	bad |= json_object_set_new(o, "same_core", json_int_or_null(m->same_core));
	bad |= json_object_set_new(o, "same_llc", json_int_or_null(m->same_llc));
	bad |= json_object_set_new(o, "same_node", json_int_or_null(m->same_node));
	bad |= json_object_set_new(o, "cross_node", json_int_or_null(m->cross_node));
	bad |= json_object_set_new(o, "unknown", json_count(m->unknown));
	return json_built(o, bad);
}

static const char *policy_name(int policy)
{
	switch (policy) {
	case SCHED_NORMAL:
		return "other";
	case SCHED_FIFO:
		return "fifo";
	case SCHED_RR:
		return "rr";
	case SCHED_BATCH:
		return "batch";
	case SCHED_IDLE:
		return "idle";
	case SCHED_DEADLINE:
		return "deadline";
	case 7: /* SCHED_EXT, Linux 6.12; Debian 12's headers are older */
		return "ext";
	default:
		return "unknown";
	}
}

static json_t *task_cpus(const struct task_summary *t)
{
	json_t *array = json_array();
	int bad = 0;

	for (size_t i = 0; i < t->cpu_count; i++)
		bad |= json_array_append_new(array, json_integer(t->cpus[i]));
	return json_built(array, bad);
}

static json_t *blocked_on(const struct task_summary *t)
{
	json_t *array = json_array();
	int bad = 0;

	for (size_t i = 0; i < t->blocked_on_count; i++) {
		const struct blocked_on *b = &t->blocked_on[i];

		bad |= json_array_append_new(array, json_pack("{s:o, s:o, s:o}", "what",
							      json_text(b->what, sizeof(b->what)),
							      "s", json_seconds(b->ns), "count",
							      json_count(b->count)));
	}
	return json_built(array, bad);
}

/* An interrupt's waking was made by no task: its tid is null. */
static json_t *woken_by(const struct task_summary *t)
{
	json_t *array = json_array();
	int bad = 0;

	for (size_t i = 0; i < t->woken_by_count; i++)
		bad |= json_array_append_new(
			array, json_pack("{s:o, s:o}", "tid", json_int_or_null(t->woken_by[i].tid),
					 "count", json_count(t->woken_by[i].count)));
	return json_built(array, bad);
}

static int put_identity(json_t *o, const struct task_summary *t)
{
	int bad = 0;

	bad |= json_object_set_new(o, "tid", json_count(t->tid));
	bad |= json_object_set_new(o, "pid", json_count(t->pid));
	bad |= json_object_set_new(o, "ppid", json_count(t->ppid));
	bad |= json_object_set_new(o, "start_ns", json_count(t->start_ns));
	bad |= json_object_set_new(o, "comm", json_text(t->comm, sizeof(t->comm)));
	bad |= json_object_set_new(o, "role", json_string(task_role_name(t->role)));
	bad |= json_object_set_new(o, "unit", json_int_or_null(t->unit));
	return bad;
}

static int put_times(json_t *o, const struct task_summary *t, bool no_account)
{
	int bad = 0;

	bad |= json_object_set_new(o, "start_s", json_seconds(t->begin_ns));
	bad |= json_object_set_new(o, "end_s", json_seconds(t->end_ns));
	bad |= json_object_set_new(o, "run_s", json_seconds(t->run_ns));
	bad |= json_object_set_new(o, "wait_wakeup_s", json_seconds(t->wait_wakeup_ns));
	bad |= json_object_set_new(o, "wait_preempt_s", json_seconds(t->wait_preempt_ns));
	bad |= json_object_set_new(o, "blocked_s", json_seconds(t->blocked_ns));
	bad |= json_object_set_new(o, "lifetime_s", json_seconds(t->lifetime_ns));
	bad |= json_object_set_new(o, "slices", json_count(t->slices));
	bad |= json_object_set_new(o, "voluntary", json_count(t->voluntary));
	bad |= json_object_set_new(o, "involuntary", json_count(t->involuntary));
	bad |= json_object_set_new(o, "yields", no_account ? json_null() : json_count(t->yields));
	bad |= json_object_set_new(o, "migrations", json_count(t->migrations));
	return bad;
}

json_t *report_json_task(const struct summary *s, size_t index)
{
	const struct task_summary *t = &s->tasks[index];
	json_t *o = json_object();
	int bad = put_identity(o, t) | put_times(o, t, s->trust.no_account);

	bad |= json_object_set_new(o, "cpus", task_cpus(t));
	bad |= json_object_set_new(o, "policy", json_string(policy_name(t->policy)));
	bad |= json_object_set_new(o, "nice", json_integer(t->nice));
	bad |= json_object_set_new(o, "runq_latency_s", report_json_percentiles(&t->runq_latency));
	bad |= json_object_set_new(o, "blocked_on", blocked_on(t));
	bad |= json_object_set_new(o, "woken_by", woken_by(t));
	bad |= json_object_set_new(o, "woken_by_rest_count", json_count(t->woken_by_rest));
	bad |= json_object_set_new(o, "unknown_s", json_seconds(t->unknown_ns));
	bad |= json_object_set_new(o, "measured", json_boolean(t->measured));
	bad |= json_object_set_new(o, "antagonist", report_json_antagonist(t));
	return json_built(o, bad);
}
