/* SPDX-License-Identifier: MIT */
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "commands.h"
#include "common/failure.h"
#include "common/leftover.h"
#include "record/recorder.h"
#include "report/report_output.h"
#include "run_verb.h"
#include "summary/analysis.h"

enum { KEY_TRACE = 0x200 };

struct run_input {
	struct run_options run;
	struct report_options report;
};

static const struct argp_option options[] = {
	{ "trace", KEY_TRACE, "FILE", 0, "Keep the trace in FILE", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct run_input *in = state->input;
	struct run_options *o = &in->run;

	if (key == ARGP_KEY_INIT) {
		state->child_inputs[0] = o;
		state->child_inputs[1] = &in->report;
		return 0;
	}
	if (key == KEY_TRACE) {
		o->trace = arg;
		return 0;
	}
	if (key == ARGP_KEY_END && o->trace && in->report.output &&
	    !strcmp(o->trace, in->report.output))
		argp_error(state, "-o and --trace name the same file: %s", o->trace);
	return run_verb_parse_argument(key, arg, state, o);
}

/* A private folder for a trace that is not kept. 0, or an exit status with the reason printed. */
static int scratch_make(char *folder, char *path, size_t size)
{
	const char *tmp = getenv("TMPDIR");
	sigset_t all, before;
	char *made;

	if ((size_t)snprintf(folder, size, "%s/schedlab-XXXXXX", tmp && *tmp ? tmp : "/tmp") >=
	    size)
		return fail(EXIT_FAILED, "unset TMPDIR", "TMPDIR is too long");
	/* A signal between the two would leave the folder behind. */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	made = mkdtemp(folder);
	if (made) {
		snprintf(path, size + 8, "%s/trace", folder);
		leftover_keep_in_mind(path, folder);
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (!made)
		return fail(EXIT_FAILED, "set TMPDIR to a folder with room",
			    "no folder for the trace can be made: %s: %m", folder);
	return 0;
}

/*
 * 0 once the command has run and its report is out, else an exit status of schedlab's own. What the
 * report says of itself (whole or not) is in *report_status.
 */
static int record_and_report(struct run_input *in, const char *path, struct run_result *result,
			     int *report_status)
{
	const struct run_options *o = &in->run;
	struct recorder *recorder;
	struct summary summary;
	int status = recorder_open(&recorder, o->backend, o->buffer_bytes);

	if (status)
		return status;
	status = report_open(&in->report);
	if (!status)
		status = recorder_record(recorder, o, path, result);
	recorder_close(recorder);
	if (!status && run_verb_refused(o, result))
		status = EXIT_USAGE;
	if (!status)
		status = analyze_file(path, &summary);
	if (status) {
		report_discard(&in->report);
		return status;
	}
	*report_status = summary_status(&summary);
	if (summary.trust.lost || summary.trust.recursion_misses)
		warn("records were lost: the report says where, and what is unknown");
	status = report_print(&summary, &in->report);
	summary_free(&summary);
	return status;
}

int cmd_run(int argc, char **argv)
{
	static const struct argp_child children[] = { { &run_options_argp, 0, NULL, 0 },
						      { &report_options_argp, 0, NULL, 0 },
						      { 0 } };
	static const struct argp argp = {
		options,
		parse,
		"WORKLOAD\n-- CMD [ARG...]\n-p PID[,PID...]\n-G CGROUP\n-a",
		"Traces a bundled workload, a command or what runs already, and prints its report.",
		children,
		NULL,
		NULL
	};
	char folder[PATH_MAX], scratch[PATH_MAX + 8];
	struct run_input in = {};
	const struct run_options *o = &in.run;
	struct run_result result = {};
	int status, report_status = 0;

	run_verb_parse(&argp, argc, argv, &in.run, &in);
	if (o->trace) {
		status = record_and_report(&in, o->trace, &result, &report_status);
	} else {
		status = scratch_make(folder, scratch, sizeof(folder));
		if (status)
			return run_verb_own_status(o, status);
		status = record_and_report(&in, scratch, &result, &report_status);
		unlink(scratch);
		rmdir(folder);
		leftover_forget();
	}
	if (status)
		return run_verb_own_status(o, status);
	return run_verb_end(o, &result, report_status);
}
