/* SPDX-License-Identifier: MIT */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>
#include "capture.h"
#include "report_output.h"

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
	const char *trace;	      /* where to keep the trace; NULL: nowhere */
	struct report_options report; /* `run` only */
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

/*
 * Strict numbers: the whole text, decimal, within [min, max]; else argp_error-like one line naming
 * the option, the text and the range, and exit by the usage status.
 */
uint64_t option_uint(const struct argp_state *state, const char *option, const char *text,
		     uint64_t min, uint64_t max);
/* Bytes, or "4K", "16M", "1G"; within [min, max], or it exits like option_uint(). */
uint64_t option_size(const struct argp_state *state, const char *option, const char *text,
		     uint64_t min, uint64_t max);

/*
 * "1.5", "1.5s", "20ms", "300us", "7ns" in ns, exactly: what was printed as a time finds it again.
 * False where it is no time; option_time() exits then like option_uint().
 */
bool time_parse(const char *text, uint64_t *ns);
uint64_t option_time(const struct argp_state *state, const char *option, const char *text);

/* argp_parse(), which says what is wrong and exits; so does this one also for want of memory. */
void options_parse(const struct argp *argp, int argc, char **argv, void *input);

/* A cpulist as in "0,2-4" into `set` (EVENT_MAX_CPUS bytes, 0 or 1). 0, or -1 where it is none. */
int cpulist_parse(const char *text, unsigned char *set);

#endif
