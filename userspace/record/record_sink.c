/* SPDX-License-Identifier: MIT */
#include "record_sink.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "common/failure.h"
#include "trace/task_row.h"

struct held_record {
	int cpu;
	union {
		struct event_head head;
		struct newtask_event newtask;
		struct rename_event rename;
		struct exec_event exec;
		struct exit_event exit;
		struct hotplug_event hotplug;
		struct switch_last_event last;
	};
};

int record_sink_start(struct record_sink *sink, struct trace_writer *trace, uint32_t pid,
		      bool anonymous, bool watch)
{
	sink->trace = trace;
	sink->pid = pid;
	sink->living = pid ? 1 : 0;
	sink->anonymous = anonymous;
	sink->records = 0;
	sink->held_count = 0;
	id_map_clear(&sink->tree);
	tree_watch_start(&sink->watch, watch);
	return pid && !id_map_at(&sink->tree, pid) ? fail_memory() : 0;
}

size_t record_sink_members(struct record_sink *sink, const struct target *target,
			   const struct task_event *rows, size_t count)
{
	size_t members = 0;

	for (size_t i = 0; i < count; i++) {
		bool command = sink->pid && rows[i].task.tid == sink->pid;

		if (task_row_is_dead(&rows[i]) || (!command && !target_has(target, &rows[i])))
			continue;
		members++;
		if (sink->watch.on)
			tree_watch_add(&sink->watch, rows[i].task.tid, rows[i].task.start_ns);
		/* Of all tasks every name is other people's. */
		if (!command && target->kind != TARGET_ALL)
			id_map_at(&sink->tree, rows[i].task.tid);
	}
	return members;
}

void record_sink_free(struct record_sink *sink)
{
	id_map_free(&sink->tree);
	tree_watch_free(&sink->watch);
	free(sink->held);
}

static void hold(struct record_sink *sink, int cpu, const struct event_head *record)
{
	struct held_record *held;

	if (sink->held_count == sink->held_room) {
		size_t room = sink->held_room ? 2 * sink->held_room : 256;
		struct held_record *grown = reallocarray(sink->held, room, sizeof(*grown));

		if (!grown) {
			fail(EXIT_FAILED, hint_for(ENOMEM), "out of memory: a record is lost");
			return;
		}
		sink->held = grown;
		sink->held_room = room;
	}
	held = &sink->held[sink->held_count++];
	held->cpu = cpu;
	memcpy(&held->head, record, record->size);
}

static int by_time(const void *a, const void *b)
{
	const struct held_record *x = a, *y = b;

	if (x->head.ts != y->head.ts)
		return x->head.ts < y->head.ts ? -1 : 1;
	return x->head.seq < y->head.seq ? -1 : x->head.seq > y->head.seq;
}

static void take_foreign_name(struct record_sink *sink, struct held_record *held)
{
	switch (held->head.type) {
	case EVENT_NEWTASK:
		if (id_map_find(&sink->tree, held->newtask.parent))
			id_map_at(&sink->tree, held->newtask.task.tid);
		else
			memset(held->newtask.task.comm, 0, COMM_SIZE);
		break;
	case EVENT_RENAME:
		if (!id_map_find(&sink->tree, held->rename.tid))
			memset(held->rename.comm, 0, COMM_SIZE);
		break;
	case EVENT_EXEC:
		if (!id_map_find(&sink->tree, held->exec.old_tid))
			memset(held->exec.task.comm, 0, COMM_SIZE);
		break;
	case EVENT_SWITCH_LAST:
		id_map_remove(&sink->tree, held->last.sw.prev);
		break;
	}
}

void record_sink_settle(struct record_sink *sink)
{
	if (sink->held_count)
		qsort(sink->held, sink->held_count, sizeof(*sink->held), by_time);
	for (size_t i = 0; i < sink->held_count; i++) {
		take_foreign_name(sink, &sink->held[i]);
		trace_append(sink->trace, SECTION_LIFECYCLE, sink->held[i].cpu,
			     &sink->held[i].head);
	}
	sink->held_count = 0;
}

/* A failed write is said once by the writer; the rings are emptied all the same. */
int record_sink_take(void *ctx, int cpu, const struct event_head *record, size_t size)
{
	struct record_sink *sink = ctx;

	if (!event_check(record, size))
		return 0; /* not ours; its hole in the sequence shows */
	sink->records++;
	tree_watch_take(&sink->watch, record);
	if (record->type == EVENT_NEWTASK)
		sink->living += ((const struct newtask_event *)record)->task.pid == sink->pid;
	else if (record->type == EVENT_SWITCH_LAST)
		sink->living -= ((const struct switch_last_event *)record)->pid == sink->pid;
	if (record->type < EVENT_NEWTASK)
		trace_append(sink->trace, SECTION_SCHED, cpu, record);
	if (record->type < EVENT_NEWTASK && record->type != EVENT_SWITCH_LAST)
		return 0;
	if (sink->anonymous && record->size <= sizeof(struct held_record))
		hold(sink, cpu, record);
	else
		trace_append(sink->trace, SECTION_LIFECYCLE, cpu, record);
	return 0;
}

int record_sink_tasks(struct record_sink *sink, enum section_type type, void *tasks, size_t size)
{
	struct task_event *task = tasks;

	record_sink_settle(sink);
	for (size_t i = 0; sink->anonymous && i < size / sizeof(*task); i++)
		if (!id_map_find(&sink->tree, task[i].task.tid))
			memset(task[i].task.comm, 0, COMM_SIZE);
	return trace_write_section(sink->trace, type, tasks, size);
}
