/* SPDX-License-Identifier: MIT */
/* What a row of a snapshot of the living tasks says. */
#ifndef TASK_ROW_H
#define TASK_ROW_H

#include "switch_state.h"

/* Older recorders, and other ways to capture, may not tell what the task does. */
static inline bool task_row_tells(const struct task_event *row)
{
	return row->head.size >= sizeof(*row) && row->read_ns;
}

/* A zombie: dead, and nobody has waited for it yet. */
static inline bool task_row_is_dead(const struct task_event *row)
{
	return task_row_tells(row) && row->state & TASK_DEAD && !row->on_cpu;
}

#endif
