/* SPDX-License-Identifier: MIT */
#ifndef DUMP_EVENT_H
#define DUMP_EVENT_H

#include <stdbool.h>
#include <stdio.h>
#include "trace/event_order.h"

/* One line: the time, the CPU, the kind and what the record holds, in columns. Errors: `out`'s. */
void dump_event(FILE *out, const struct ordered_event *o);

/* Whether the task is prev, next, woken, waker, parent, child, or whatever else the record names.
 */
bool event_names_task(const struct event_head *event, uint32_t tid);

#endif
