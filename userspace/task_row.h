/* SPDX-License-Identifier: MIT */
/* What a row of a snapshot of the living tasks says. */
#ifndef TASK_ROW_H
#define TASK_ROW_H

#include <stdbool.h>
#include "sched_event.h"

/* Of the kernel's raw task states; the same since 4.14. */
#define TASK_DEAD 0x80
#define TASK_WAKING 0x200
#define TASK_NEW 0x800

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
