/* SPDX-License-Identifier: MIT */
#ifndef RECORDER_H
#define RECORDER_H

#include <stdint.h>
#include "run_options.h"

struct recorder;

/* How the traced command ended. */
struct run_result {
	uint64_t wall_ns;
	int exit_status; /* -1: killed */
	int signal;	 /* 0: exited */
	bool timed_out;	 /* ended by --duration */
	bool interrupted;
	bool started; /* it was let go: what is in the trace is of a run */
};

/*
 * Opens a capture path (capture.h says which); needs privilege, and says in one line what is
 * missing. `buffer_bytes` is the ring of one CPU, 0 for the default. Returns 0 or an exit status
 * (EXIT_CANNOT, ...). One recorder makes any number of recordings, one after the other.
 */
int recorder_open(struct recorder **out, enum capture_backend backend, uint64_t buffer_bytes);

/*
 * Records one run of o->workload or o->command into the trace file `path`, a file that is made or
 * replaced. Returns 0 once the trace is closed, else an exit status, with the reason printed.
 * The command's own end is in *result.
 */
int recorder_record(struct recorder *r, const struct run_options *o, const char *path,
		    struct run_result *result);

void recorder_close(struct recorder *r);

#endif
