/* SPDX-License-Identifier: MIT */
/* Where the records go: into the trace; and what the recorder must know of them while they pass. */
#ifndef RECORD_SINK_H
#define RECORD_SINK_H

#include "common/id_map.h"
#include "target.h"
#include "trace/trace_file.h"
#include "tree_watch.h"

struct held_record;

struct record_sink {
	struct trace_writer *trace;
	/* The command's process: the recording lasts until its last thread's last switch. */
	uint32_t pid;
	int64_t living; /* its threads; a death may be drained before its birth, so it is a sum */
	uint64_t records;
	struct tree_watch watch; /* who of W lives, where the recording lasts as long */
	/*
	 * An anonymous trace names no task of other people. Whose child a task is shows only in the
	 * order of time, so lifecycle records are held until record_sink_settle().
	 */
	bool anonymous;
	struct id_map tree; /* whose names are W's own: not other people's */
	struct held_record *held;
	size_t held_count, held_room;
};

/*
 * Starts a recording of process `pid`, 0: of none that is started. `watch`: it lasts as long as W.
 * 0, or an exit status with the reason printed.
 */
int record_sink_start(struct record_sink *sink, struct trace_writer *trace, uint32_t pid,
		      bool anonymous, bool watch);

/* The rows of the snapshot at attach: who is of W, the command of record_sink_start() or what
 * `target` names. How many. */
size_t record_sink_members(struct record_sink *sink, const struct target *target,
			   const struct task_event *rows, size_t count);
void record_sink_free(struct record_sink *sink);

/* Takes one record of `cpu`; a capture_record_fn whose ctx is a struct record_sink. Returns 0. */
int record_sink_take(void *ctx, int cpu, const struct event_head *record, size_t size);

/* Writes what is held, nameless where it is not the command's. */
void record_sink_settle(struct record_sink *sink);

/* Writes consecutive struct task_event as a section; changes `tasks`. 0, or an exit status. */
int record_sink_tasks(struct record_sink *sink, enum section_type type, void *tasks, size_t size);

#endif
