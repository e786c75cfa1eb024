/* SPDX-License-Identifier: MIT */
#include "commands.h"
#include "common/failure.h"
#include "common/option_values.h"
#include "report/report_output.h"
#include "summary/analysis.h"

enum { KEY_FROM = 0x400, KEY_TO };

struct report_verb {
	struct report_options report;
	struct window_part part;
	bool is_part;
	const char *file;
};

static const struct argp_option part_options[] = {
	{ "from", KEY_FROM, "T", 0,
	  "Report only what is from T on, from the start of the run's window: 1.5, 20ms, 300us",
	  0 },
	{ "to", KEY_TO, "T", 0, "Report only what is before T", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct report_verb *verb = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &verb->report;
		return 0;
	case KEY_FROM:
		verb->part.from = option_time(state, "--from", arg);
		verb->is_part = true;
		return 0;
	case KEY_TO:
		verb->part.to = option_time(state, "--to", arg);
		verb->is_part = true;
		return 0;
	case ARGP_KEY_ARG:
		if (verb->file)
			argp_error(state, "'%s' is one trace too many", arg);
		verb->file = arg;
		return 0;
	case ARGP_KEY_END:
		if (!verb->file)
			argp_error(state, "name a trace: the FILE of `schedlab record -o FILE`");
		if (verb->part.from >= verb->part.to)
			argp_error(state, "--from is to be before --to");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

int cmd_report(int argc, char **argv)
{
	static const struct argp_child children[] = { { &report_options_argp, 0, NULL, 0 }, { 0 } };
	static const struct argp argp = {
		part_options, parse,
		"FILE",	      "Prints the report of a trace. Needs no root and no kernel.",
		children,     NULL,
		NULL
	};
	struct report_verb verb = { .part.to = UINT64_MAX };
	struct summary summary;
	int status;

	argp_err_exit_status = EXIT_USAGE;
	options_parse(&argp, argc, argv, &verb);
	status = analyze_part(verb.file, verb.is_part ? &verb.part : NULL, &summary);
	if (status)
		return status;
	status = report_print(&summary, &verb.report);
	if (!status)
		status = summary_status(&summary);
	summary_free(&summary);
	return status;
}
