/* SPDX-License-Identifier: MIT */
/* The switches of a task, in the window and for the oracle. */
#include "switch_state.h"
#include "timeline_states.h"

/* From the kernel's count of a switch to the time of its record, on another CPU; some 0.1 us. */
#define ROW_SLACK_NS 5000

/* Whether the row of a snapshot has counted this switch; *maybe: nobody can say. */
static bool row_has(const struct row_time *row, uint64_t row_nvcsw, uint64_t t,
		    const struct switch_event *sw, bool voluntary, bool *maybe)
{
	*maybe = false;
	if (t <= row->from_ns)
		return true;
	if (voluntary)
		return t <= row->to_ns + ROW_SLACK_NS && (int32_t)(row_nvcsw - sw->nvcsw) >= 0;
	*maybe = t <= row->to_ns + ROW_SLACK_NS;
	return false;
}

void counts_start(struct task_state *s, const struct task *task)
{
	s->plain_from = task->exec_ns ? task->exec_ns - 1 : 0;
	if (task->base_at.from_ns && task->base_at.to_ns + ROW_SLACK_NS > s->plain_from)
		s->plain_from = task->base_at.to_ns + ROW_SLACK_NS;
	s->plain_to = task->has_last ? task->final_at.from_ns : UINT64_MAX;
}

/* The kernel counts a switch just before its record, so a row may be ahead of the records. */
static void count_with_rows(struct task_state *s, const struct task *task, uint64_t t,
			    const struct switch_event *sw, bool voluntary)
{
	struct run_account out = { sw->run_ns, s->all_run_ns };
	bool maybe;

	if (t < task->exec_ns)
		return;
	if (task->base_at.from_ns) {
		if (row_has(&task->base_at, task->base.nvcsw, t, sw, voluntary, &maybe))
			return;
		s->maybe_before += maybe;
	}
	if (!s->was_out)
		s->first_out = out;
	s->was_out = true;
	s->last_out = out;
	if (task->has_last &&
	    !row_has(&task->final_at, task->final.nvcsw, t, sw, voluntary, &maybe)) {
		s->maybe_after += maybe;
		return;
	}
	s->all_switches++;
}

static void count_for_oracle(const struct timeline *tl, struct task_state *s, uint64_t t,
			     const struct switch_event *sw, bool voluntary)
{
	if (t <= s->plain_from || t > s->plain_to) {
		count_with_rows(s, &tl->table->tasks[s - tl->tasks], t, sw, voluntary);
		return;
	}
	s->last_out = (struct run_account){ sw->run_ns, s->all_run_ns };
	if (!s->was_out)
		s->first_out = s->last_out;
	s->was_out = true;
	s->all_switches++;
}

void count_switch(struct timeline *tl, struct task_state *s, int cpu, uint64_t t,
		  const struct switch_event *sw)
{
	struct cpu_timeline *c = &tl->cpus[cpu];
	bool voluntary = event_has_account(&sw->head) ? sw->nvcsw != s->nvcsw
						      : !switch_stays_runnable(sw);

	s->nvcsw = sw->nvcsw;
	count_for_oracle(tl, s, t, sw, voluntary);
	if (!window_has(tl->window, t))
		return;
	s->voluntary += voluntary;
	s->involuntary += !voluntary;
	s->yields += !voluntary && switch_kind(sw) == SWITCH_YIELDED;
	if (!s->measured)
		return;
	c->switches++;
	c->voluntary += voluntary;
	c->involuntary += !voluntary;
}
