/* SPDX-License-Identifier: MIT */
#include "record_sink.h"
#include <string.h>

union named_event { /* what holds a task's name */
	struct newtask_event newtask;
	struct rename_event rename;
	struct exec_event exec;
};

int record_sink_start(struct record_sink *sink, struct trace_writer *trace, uint32_t pid,
		      bool anonymous)
{
	int err;

	sink->trace = trace;
	sink->pid = pid;
	sink->anonymous = anonymous;
	sink->records = 0;
	sink->living.count = sink->tree.count = 0;
	err = tid_set_add(&sink->living, pid);
	return err ? err : tid_set_add(&sink->tree, pid);
}

void record_sink_free(struct record_sink *sink)
{
	tid_set_free(&sink->living);
	tid_set_free(&sink->tree);
}

/*
 * An anonymous trace names no task of other people: only the command's own tree keeps its names.
 * Returns the record, or its nameless copy in `copy`.
 */
static const struct event_head *without_foreign_name(struct record_sink *sink,
						     union named_event *copy,
						     const struct event_head *record)
{
	const union named_event *named = (const void *)record;

	switch (record->type) {
	case EVENT_NEWTASK:
		if (tid_set_has(&sink->tree, named->newtask.parent)) {
			tid_set_add(&sink->tree, named->newtask.task.tid);
			return record;
		}
		copy->newtask = named->newtask;
		memset(copy->newtask.task.comm, 0, COMM_SIZE);
		return &copy->newtask.head;
	case EVENT_RENAME:
		if (tid_set_has(&sink->tree, named->rename.tid))
			return record;
		copy->rename = named->rename;
		memset(copy->rename.comm, 0, COMM_SIZE);
		return &copy->rename.head;
	case EVENT_EXEC:
		if (tid_set_has(&sink->tree, named->exec.task.tid))
			return record;
		copy->exec = named->exec;
		memset(copy->exec.task.comm, 0, COMM_SIZE);
		return &copy->exec.head;
	}
	return record;
}

static void on_lifecycle(struct record_sink *sink, int cpu, const struct event_head *record)
{
	const struct newtask_event *newtask = (const void *)record;
	union named_event copy;

	if (record->type == EVENT_NEWTASK && newtask->task.pid == sink->pid)
		tid_set_add(&sink->living, newtask->task.tid);
	if (sink->anonymous)
		record = without_foreign_name(sink, &copy, record);
	trace_append(sink->trace, SECTION_LIFECYCLE, cpu, record);
}

/* A failed write is said once by the writer; the rings are emptied all the same. */
int record_sink_take(void *ctx, int cpu, const struct event_head *record, size_t size)
{
	struct record_sink *sink = ctx;

	if (!event_check(record, size))
		return 0; /* not ours; its hole in the sequence shows */
	sink->records++;
	if (record->type >= EVENT_NEWTASK) {
		on_lifecycle(sink, cpu, record);
		return 0;
	}
	trace_append(sink->trace, SECTION_SCHED, cpu, record);
	if (record->type == EVENT_SWITCH_LAST) {
		trace_append(sink->trace, SECTION_LIFECYCLE, cpu, record);
		tid_set_remove(&sink->living, ((const struct switch_event *)record)->prev);
		tid_set_remove(&sink->tree, ((const struct switch_event *)record)->prev);
	}
	return 0;
}

int record_sink_tasks(struct record_sink *sink, enum section_type type, void *tasks, size_t size)
{
	struct task_event *task = tasks;

	for (size_t i = 0; sink->anonymous && i < size / sizeof(*task); i++)
		if (!tid_set_has(&sink->tree, task[i].task.tid))
			memset(task[i].task.comm, 0, COMM_SIZE);
	return trace_write_section(sink->trace, type, tasks, size);
}
