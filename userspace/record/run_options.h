/* SPDX-License-Identifier: MIT */
#ifndef RUN_OPTIONS_H
#define RUN_OPTIONS_H

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>
#include "capture.h"

#define MAX_SETS 16
#define MAX_PIDS 256

/* What `run` and `record` share, and what an experiment's variant fills in. INTERFACE.md. */
struct run_options {
	const char *workload; /* a bundled workload's body, or NULL: a command */
	char **command;	      /* argv, NULL-terminated; for a workload filled in when it starts */
	const char *model;    /* --as; NULL: the body's own default, none for a command */
	unsigned units;	      /* -n, 0: not given */
	unsigned threads, processes; /* carriers of coroutines; 0: not given */
	uint64_t work;		     /* 0: the body's own default */
	const char *cpus, *pin, *nice;
	const char *sets[MAX_SETS];
	unsigned set_count;
	uint64_t buffer_bytes; /* a CPU's ring; 0: chosen from CPUs and memory */
	double duration_s;     /* 0: none */
	/* Without a workload and a command, one of these: */
	uint32_t pids[MAX_PIDS];
	unsigned pid_count;
	bool all;
	const char *cgroup;
	bool wait_all; /* --wait all */
	const char *user;
	enum capture_backend backend;
	bool strict, anonymous;
	const char *trace; /* where to keep the trace; NULL: nowhere */
};

/* The argp child with the options above; its input is a struct run_options. */
extern const struct argp run_options_argp;

/* Something is started: a workload or a command. Else what runs already is recorded. */
static inline bool run_options_name_a_command(const struct run_options *o)
{
	return o->workload || o->command;
}

/* One of the options is given that only a bundled workload takes. */
static inline bool run_options_of_a_workload(const struct run_options *o)
{
	return o->model || o->units || o->threads || o->processes || o->work || o->set_count ||
	       o->pin || o->nice;
}

#endif
