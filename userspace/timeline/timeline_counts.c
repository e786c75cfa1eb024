/* SPDX-License-Identifier: MIT */
/* Which switches of a task count for the oracle. */
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
	s->counts_from = task->exec_ns ? task->exec_ns - 1 : 0;
	if (task->base_at.from_ns && task->base_at.to_ns + ROW_SLACK_NS > s->counts_from)
		s->counts_from = task->base_at.to_ns + ROW_SLACK_NS;
	s->counts_to = task->has_last ? task->final_at.from_ns : UINT64_MAX;
}

/* The kernel counts a switch just before its record, so a row may be ahead of the records. */
void count_with_rows(struct task_state *s, const struct task *task, uint64_t t,
		     const struct switch_event *sw, bool voluntary)
{
	struct run_account out = { sw->run_ns, task_state_all_run(s) };
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
