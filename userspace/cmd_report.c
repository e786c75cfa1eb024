/* SPDX-License-Identifier: MIT */
#include "analysis.h"
#include "commands.h"
#include "failure.h"
#include "options.h"
#include "report_output.h"

struct report_verb {
	struct report_options report;
	const char *file;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct report_verb *verb = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &verb->report;
		return 0;
	case ARGP_KEY_ARG:
		if (verb->file)
			argp_error(state, "'%s' is one trace too many", arg);
		verb->file = arg;
		return 0;
	case ARGP_KEY_END:
		if (!verb->file)
			argp_error(state, "name a trace: the FILE of `schedlab record -o FILE`");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

int cmd_report(int argc, char **argv)
{
	static const struct argp_child children[] = { { &report_options_argp, 0, NULL, 0 }, { 0 } };
	static const struct argp argp = {
		NULL,	  parse,
		"FILE",	  "Prints the report of a trace. Needs no root and no kernel.",
		children, NULL,
		NULL
	};
	struct report_verb verb = {};
	struct summary summary;
	int status;

	argp_err_exit_status = EXIT_USAGE;
	options_parse(&argp, argc, argv, &verb);
	status = analyze_file(verb.file, &summary);
	if (status)
		return status;
	status = report_print(&summary, &verb.report);
	if (!status)
		status = summary_status(&summary);
	summary_free(&summary);
	return status;
}
