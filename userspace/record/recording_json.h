/* SPDX-License-Identifier: MIT */
/* The trace's RUN and END sections. */
#ifndef RECORDING_JSON_H
#define RECORDING_JSON_H

#include <jansson.h>
#include <sys/resource.h>
#include "capture.h"
#include "machine/cpu_times.h"
#include "recorder.h"
#include "run_options.h"

struct recording_start {
	pid_t command_pid; /* not above 0: no command */
	const char *backend;
	uint64_t ring_bytes;
	uint64_t attached_ns; /* all is attached, and what everybody does is known */
	json_t *target;	      /* borrowed */
	bool tells_hotplug;   /* else CPUs may come and go unseen */
};

struct recording_end {
	const struct run_result *result;
	struct rusage before, after; /* the recorder's own use, around the run */
	struct rusage command;
	bool has_command;
	uint64_t ended_ns;   /* the window's end, where no task tells it */
	uint64_t stopped_ns; /* nothing is recorded any more */
	uint64_t records, recursion_misses;
	int64_t throttled_ns; /* -1: nothing accounts for it */
	double record_ns;
	const struct cpu_times *times; /* two: as the run began, and as it ended */
};

/* New references, NULL out of memory. */
json_t *recording_run_json(const struct run_options *o, const struct recording_start *start);
json_t *recording_end_json(const struct recording_end *end, const struct capture *capture);

#endif
