/* SPDX-License-Identifier: MIT */
/* What only the end of the trace tells: what came after each CPU's and each task's last record. */
#include "resolve_pass.h"

/* Until `to` nobody knew who was in on the CPU that lost records. */
void resolve_close_span(struct resolver *r, const struct cpu_now *now, uint64_t to)
{
	if (r->found && now->lost_since && !losses_add_span(r->found, now->lost_since, to))
		r->failed = true;
}

static void finish_task(struct resolver *r, uint32_t index)
{
	const struct task *known = &r->table->tasks[index];
	struct passing *task = &r->tasks[index];

	if (r->out->no_account && task->summed)
		close_open_slice(r, task, task->sum_ns);
	else if (known->has_last && !r->out->no_account)
		close_open_slice(r, task, known->final.run_ns);
	else if (task->is_open && r->out->no_account)
		add_fixup(r, task->open.cpu, task->open.since_ns, TASK_UNKNOWN,
			  task->open.before_seq);
	gap_end(r, task, index);
	if (known->measured && !task->in_window &&
	    (!known->death_ns || known->death_ns > r->window->t0))
		resolve_allow(r, task->mask, task->mask_size);
	/* Its death is known from the lifecycle copy alone: the switch itself was lost. */
	if (known->death_ns && !task->dead)
		add_task_fixup(r, FIX_DEAD, known->death_ns, index, CPU_NONE);
}

/* What a stream lost after its last record; `until`: by then all was over. */
static void find_tail(struct resolver *r, const struct order_tail *tail, int cpu,
		      enum event_stream stream, uint64_t until)
{
	uint64_t since = tail->since ? tail->since : r->first_ts;

	if (r->found && tail->after &&
	    !losses_add(r->found, &(struct loss){ since, until > since ? until : since, tail->after,
						  cpu, stream }))
		r->failed = true;
}

/* What comes after a CPU's last record is unknown if numbers were given out, or nobody can say. */
static void finish_cpu(struct resolver *r, struct event_order *order, const struct trace *t,
		       int cpu)
{
	struct order_tail sched = event_order_tail(order, cpu, STREAM_SCHED);
	struct order_tail births = event_order_tail(order, cpu, STREAM_LIFECYCLE);
	uint64_t stopped = json_integer_value(json_object_get(t->end, "stopped_ns"));
	uint64_t until = stopped ? stopped : r->out->counts.last_ts;
	struct cpu_now *now = &r->cpus[cpu];

	r->out->lost[cpu] = sched.lost + births.lost;
	resolve_traced_run(r, now->task, now->since, r->out->counts.last_ts);
	now->seen |= sched.lost > 0;
	find_tail(r, &sched, cpu, STREAM_SCHED, until);
	find_tail(r, &births, cpu, STREAM_LIFECYCLE, until);
	if (!now->lost_since && (sched.after || !t->end)) {
		now->lost_since = sched.since ? sched.since : r->first_ts;
		now->lost_seq = now->next_seq;
	}
	if (!now->lost_since)
		return;
	add_fixup(r, cpu, now->lost_since, TASK_UNKNOWN, now->lost_seq);
	resolve_close_span(r, now, UINT64_MAX);
}

/* What only the end of the trace tells. */
void resolve_finish(struct resolver *r, struct event_order *order, const struct trace *t,
		    struct window *w)
{
	struct resolution *out = r->out;

	out->counts = *event_order_counts(order);
	r->first_ts = out->counts.first_ts;
	resolve_hotplug_end(r, json_object_get(t->run, "online_cpus"));
	for (uint32_t i = 0; i < r->room && i < r->table->count; i++)
		finish_task(r, i);
	for (int cpu = 0; cpu < out->cpu_count; cpu++)
		finish_cpu(r, order, t, cpu);
	if (!w->end_known)
		w->t1 = out->counts.last_ts > w->t0 ? out->counts.last_ts : w->t0;
	/* A mask may name CPUs that are not there, or not online. */
	for (int cpu = 0; cpu < EVENT_MAX_CPUS; cpu++) {
		out->allowed[cpu] &= cpu < out->cpu_count && r->cpus[cpu].seen &&
				     r->cpus[cpu].in_window;
		out->n += out->allowed[cpu];
	}
}
