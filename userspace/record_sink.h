/* SPDX-License-Identifier: MIT */
/* Where the records go: into the trace; and what the recorder must know of them while they pass. */
#ifndef RECORD_SINK_H
#define RECORD_SINK_H

#include "tid_set.h"
#include "trace_file.h"

struct held_record;

struct record_sink {
	struct trace_writer *trace;
	/* The command's process: the recording lasts until its last thread's last switch. */
	uint32_t pid;
	int64_t living; /* its threads; a death may be drained before its birth, so it is a sum */
	uint64_t records;
	/*
	 * An anonymous trace names no task of other people. Whose child a task is shows only in the
	 * order of time, so lifecycle records are held until record_sink_settle().
	 */
	bool anonymous;
	struct tid_set tree; /* the command and its living descendants */
	struct held_record *held;
	size_t held_count, held_room;
};

/* Starts a recording of process `pid`. 0, or an exit status with the reason printed. */
int record_sink_start(struct record_sink *sink, struct trace_writer *trace, uint32_t pid,
		      bool anonymous);
void record_sink_free(struct record_sink *sink);

/* Takes one record of `cpu`; a capture_record_fn whose ctx is a struct record_sink. Returns 0. */
int record_sink_take(void *ctx, int cpu, const struct event_head *record, size_t size);

/* Writes what is held, nameless where it is not the command's. */
void record_sink_settle(struct record_sink *sink);

/* Writes consecutive struct task_event as a section; changes `tasks`. 0, or an exit status. */
int record_sink_tasks(struct record_sink *sink, enum section_type type, void *tasks, size_t size);

#endif
