/* SPDX-License-Identifier: MIT */
/* Where the records go: into the trace; and what the recorder must know of them while they pass. */
#ifndef RECORD_SINK_H
#define RECORD_SINK_H

#include "tid_set.h"
#include "trace_file.h"

struct record_sink {
	struct trace_writer *trace;
	/* The command's process: the recording lasts until its last thread's last switch. */
	uint32_t pid;
	struct tid_set living;
	bool anonymous;
	struct tid_set tree; /* the command and its descendants; kept for an anonymous trace only */
	uint64_t records;
};

/* Starts a recording of process `pid`. 0, or an exit status with the reason printed. */
int record_sink_start(struct record_sink *sink, struct trace_writer *trace, uint32_t pid,
		      bool anonymous);
void record_sink_free(struct record_sink *sink);

/* Takes one record of `cpu`; a probes_record_fn whose ctx is a struct record_sink. Returns 0. */
int record_sink_take(void *ctx, int cpu, const struct event_head *record, size_t size);

/* Writes consecutive struct task_event as a section; changes `tasks`. 0, or an exit status. */
int record_sink_tasks(struct record_sink *sink, enum section_type type, void *tasks, size_t size);

#endif
