/* SPDX-License-Identifier: MIT */
/* The trace's RUN and END sections. */
#ifndef RECORDING_JSON_H
#define RECORDING_JSON_H

#include <jansson.h>
#include <sys/resource.h>
#include "capture.h"
#include "options.h"
#include "recorder.h"

struct recording_end {
	const struct run_result *result;
	struct rusage before, after; /* the recorder's own use, around the run */
	struct rusage command;
	uint64_t stopped_ns, records, recursion_misses;
	double record_ns;
};

/* New references, NULL out of memory. */
json_t *recording_run_json(const struct run_options *o, pid_t command_pid, const char *backend,
			   uint64_t ring_bytes);
json_t *recording_end_json(const struct recording_end *end, const struct capture *capture);

#endif
