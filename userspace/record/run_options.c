/* SPDX-License-Identifier: MIT */
#include "run_options.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/cpulist.h"
#include "common/failure.h"
#include "common/option_values.h"
#include "sched_event.h"

#define PID_MAX 4194304 /* PID_MAX_LIMIT of the kernel */
#define NS_MAX_S 1e6	/* more than 11 days in one trace is a mistyped number */

enum option_key {
	KEY_AS = 0x100,
	KEY_CPUS,
	KEY_THREADS,
	KEY_PROCESSES,
	KEY_PIN,
	KEY_WORK,
	KEY_SET,
	KEY_NICE,
	KEY_BACKEND,
	KEY_BUFFER,
	KEY_DURATION,
	KEY_STRICT,
	KEY_WAIT,
};

static const struct argp_option option_table[] = {
	{ 0, 0, 0, 0, "A bundled workload:", 1 },
	{ "as", KEY_AS, "MODEL", 0, "serial, processes, threads or coroutines", 1 },
	{ "units", 'n', "N", 0, "How many units of the workload", 1 },
	{ "threads", KEY_THREADS, "T", 0, "Carriers that share the coroutines", 1 },
	{ "processes", KEY_PROCESSES, "P", 0,
	  "Processes of T carriers each, with N coroutines a carrier: a tree", 1 },
	{ "work", KEY_WORK, "N", 0, "Fixed work of a unit, in the body's own steps (schedlab list)",
	  1 },
	{ "set", KEY_SET, "KEY=VALUE", 0, "A parameter of the body (schedlab list)", 1 },
	{ "pin", KEY_PIN, "HOW", 0,
	  "none, one (all on one CPU), compact (siblings of a core first), spread (cores first), "
	  "or units to CPUs, as in "
	  "0,0,1",
	  1 },
	{ "nice", KEY_NICE, "LIST", 0, "Nice values of the units, as in 0,0,10", 1 },
	{ 0, 0, 0, 0, "The command or the workload:", 2 },
	{ "cpus", KEY_CPUS, "LIST", 0, "Let it run on these CPUs only, as in 0,2-4", 2 },
	{ "user", 'u', "USER", 0, "Run it as USER (under sudo: as the invoking user)", 2 },
	{ "duration", KEY_DURATION, "SECONDS", 0,
	  "End it after so long. A command gets TERM then, after 2 s KILL, and the status is 124",
	  2 },
	{ "wait", KEY_WAIT, "all", 0,
	  "Record until all that the command has started has ended, daemons too", 2 },
	{ 0, 0, 0, 0,
	  "Instead of one, what runs already (until --duration, Ctrl-C, or its end):", 3 },
	{ "pid", 'p', "PID[,PID...]", 0, "These processes and their later children", 3 },
	{ "cgroup", 'G', "CGROUP", 0,
	  "The tasks now in this cgroup (as in system.slice, or a path) and below it, and their "
	  "later children. What is moved into it later is not measured; what leaves it stays",
	  3 },
	{ "system-wide", 'a', 0, 0, "Every task but the idle ones and schedlab", 3 },
	{ 0, 0, 0, 0, "The recording:", 4 },
	{ "buffer", KEY_BUFFER, "SIZE", 0,
	  "Ring of one CPU, as in 512K or 16M (default: 4M, less where all CPUs' would take more "
	  "than 1/32 of memory)",
	  4 },
	{ "backend", KEY_BACKEND, "WAY", 0,
	  "bpf, or ftrace, which knows less (default: bpf where the kernel lets us)", 4 },
	{ "strict", KEY_STRICT, 0, 0, "Exit 3 where the record is not whole", 4 },
	OPTIONS_OF_RECORDING(4),
	{ 0 },
};

static double option_seconds(const struct argp_state *state, const char *option, const char *text)
{
	bool plain = strspn(text, "0123456789.") == strcspn(text, "s"); /* no hex, sign, exponent */
	char *end;
	double value = strtod(text, &end);

	if (!plain || end == text || (*end && strcmp(end, "s") != 0) || value < 0.001 ||
	    value > NS_MAX_S)
		argp_error(state, "%s: '%s' is not a time from 0.001 to %.0f seconds", option, text,
			   NS_MAX_S);
	return value;
}

static void check_model(const struct argp_state *state, const char *model)
{
	static const char *const models[] = { "serial", "processes", "threads", "coroutines" };

	for (size_t i = 0; i < sizeof(models) / sizeof(models[0]); i++)
		if (!strcmp(model, models[i]))
			return;
	argp_error(state, "--as: '%s' is not serial, processes, threads or coroutines", model);
}

static void check_pin(const struct argp_state *state, const char *how)
{
	unsigned char set[EVENT_MAX_CPUS] = {};

	if (strcmp(how, "none") && strcmp(how, "one") && strcmp(how, "compact") &&
	    strcmp(how, "spread") && cpulist_parse(how, set))
		argp_error(
			state,
			"--pin: '%s' is not none, one, compact, spread or a list of CPUs from 0 to "
			"%d, as in 0,0,1",
			how, EVENT_MAX_CPUS - 1);
}

static void check_cpus(const struct argp_state *state, const char *list)
{
	unsigned char set[EVENT_MAX_CPUS] = {};

	if (cpulist_parse(list, set))
		argp_error(state, "--cpus: '%s' is not a list of CPUs from 0 to %d, as in 0,2-4",
			   list, EVENT_MAX_CPUS - 1);
}

static enum capture_backend option_backend(const struct argp_state *state, const char *way)
{
	if (!strcmp(way, "bpf"))
		return BACKEND_BPF;
	if (strcmp(way, "ftrace") != 0)
		argp_error(state, "--backend: '%s' is not bpf or ftrace", way);
	return BACKEND_FTRACE;
}

/* One that is named twice is taken once. */
static void add_pid(const struct argp_state *state, struct run_options *o, const char *text)
{
	uint32_t pid = option_uint(state, "--pid", text, 1, PID_MAX);

	for (unsigned i = 0; i < o->pid_count; i++)
		if (o->pids[i] == pid)
			return;
	if (o->pid_count == MAX_PIDS)
		argp_error(state, "--pid: at most %d processes; -G takes a cgroup of any size",
			   MAX_PIDS);
	o->pids[o->pid_count++] = pid;
}

static void add_pids(const struct argp_state *state, struct run_options *o, const char *list)
{
	for (const char *end = list; *end; list = end + 1) {
		char one[32];

		end = strchrnul(list, ',');
		snprintf(one, sizeof(one), "%.*s", (int)(end - list), list);
		add_pid(state, o, one);
		if (*end && !end[1])
			argp_error(state, "--pid: there is no number after the last comma");
	}
}

/* What only a bundled workload takes. */
static error_t parse_workload(int key, char *arg, struct argp_state *state)
{
	struct run_options *o = state->input;

	switch (key) {
	case KEY_AS:
		check_model(state, arg);
		o->model = arg;
		return 0;
	case 'n':
		o->units = option_uint(state, "--units", arg, 1, 1000000);
		return 0;
	case KEY_THREADS:
		o->threads = option_uint(state, "--threads", arg, 1, 256);
		return 0;
	case KEY_PROCESSES:
		o->processes = option_uint(state, "--processes", arg, 1, 1000);
		return 0;
	case KEY_WORK:
		o->work = option_uint(state, "--work", arg, 1, 1000000000000ull);
		return 0;
	case KEY_SET:
		if (!strchr(arg, '='))
			argp_error(state, "--set: '%s' is not KEY=VALUE", arg);
		if (o->set_count == MAX_SETS)
			argp_error(state, "--set: at most %d of them", MAX_SETS);
		o->sets[o->set_count++] = arg;
		return 0;
	case KEY_PIN:
		check_pin(state, arg);
		o->pin = arg;
		return 0;
	case KEY_NICE:
		o->nice = arg;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static error_t parse_who(int key, char *arg, struct argp_state *state)
{
	struct run_options *o = state->input;

	switch (key) {
	case 'p':
		if (!*arg)
			option_uint(state, "--pid", arg, 1, PID_MAX);
		add_pids(state, o, arg);
		return 0;
	case 'a':
		o->all = true;
		return 0;
	case 'G':
		if (!*arg)
			argp_error(state, "--cgroup: name one, as in system.slice");
		o->cgroup = arg;
		return 0;
	case KEY_WAIT:
		if (strcmp(arg, "all") != 0)
			argp_error(state, "--wait: '%s' is not all", arg);
		o->wait_all = true;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct run_options *o = state->input;

	switch (key) {
	case KEY_CPUS:
		check_cpus(state, arg);
		o->cpus = arg;
		break;
	case 'u':
		o->user = arg;
		break;
	case KEY_DURATION:
		o->duration_s = option_seconds(state, "--duration", arg);
		break;
	case KEY_BACKEND:
		o->backend = option_backend(state, arg);
		break;
	case KEY_BUFFER:
		o->buffer_bytes = option_size(state, "--buffer", arg, 4u << 10, 1u << 30);
		break;
	case KEY_STRICT:
		o->strict = true;
		break;
	default:
		if (option_of_recording(key, &o->anonymous))
			return 0;
		if (parse_workload(key, arg, state) != ARGP_ERR_UNKNOWN)
			return 0;
		return parse_who(key, arg, state);
	}
	return 0;
}

const struct argp run_options_argp = { .options = option_table, .parser = parse };
