/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <unistd.h>
#include "commands.h"
#include "common/failure.h"
#include "record/recorder.h"
#include "run_verb.h"
#include "summary/analysis.h"

static const struct argp_option options[] = {
	{ "output", 'o', "FILE", 0, "Write the trace to FILE", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct run_options *o = state->input;

	if (key == ARGP_KEY_INIT) {
		state->child_inputs[0] = o;
		return 0;
	}
	if (key == 'o') {
		o->trace = arg;
		return 0;
	}
	if (key == ARGP_KEY_END && !o->trace)
		argp_error(state, "name the trace with -o FILE");
	return run_verb_parse_argument(key, arg, state, o);
}

int cmd_record(int argc, char **argv)
{
	static const struct argp_child children[] = { { &run_options_argp, 0, NULL, 0 }, { 0 } };
	static const struct argp argp = {
		options,
		parse,
		"-o FILE WORKLOAD\n-o FILE -- CMD [ARG...]\n-o FILE -p PID[,PID...]\n-o FILE -G "
		"CGROUP\n-o FILE -a",
		"Traces a bundled workload, a command or what runs already into FILE.",
		children,
		NULL,
		NULL
	};
	struct run_options o = {};
	struct recorder *recorder;
	struct run_result result;
	struct summary summary;
	int status;

	run_verb_parse(&argp, argc, argv, &o, &o);
	status = recorder_open(&recorder, o.backend, o.buffer_bytes);
	if (status)
		return run_verb_own_status(&o, status);
	status = recorder_record(recorder, &o, o.trace, &result);
	recorder_close(recorder);
	if (status)
		return run_verb_own_status(&o, status);
	if (run_verb_refused(&o, &result))
		return EXIT_USAGE;
	/* Reading it back tells whether the record is whole; a loss must not wait for a reader. */
	status = analyze_file(o.trace, &summary);
	if (status)
		return run_verb_own_status(&o, status);
	status = summary_status(&summary);
	summary_free(&summary);
	if (status)
		warn("the record is not whole: schedlab report %s says what is missing", o.trace);
	return run_verb_end(&o, &result, status);
}
