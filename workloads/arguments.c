/* SPDX-License-Identifier: MIT */
#include "arguments.h"
#include <argp.h>
#include <errno.h>
#include <string.h>
#include "complain.h"

enum {
	KEY_AS = 1000,
	KEY_WORK,
	KEY_THREADS,
	KEY_PROCESSES,
	KEY_SET,
	KEY_CPUS,
	KEY_PIN,
	KEY_NICE,
	KEY_TRUTH_FD,
	KEY_LIST
};

static const struct argp_option options[] = {
	{ "as", KEY_AS, "MODEL", 0,
	  "serial, processes, threads (the default where it exists) or coroutines", 0 },
	{ "units", 'n', "N", 0, "number of units (default 2)", 0 },
	{ "work", KEY_WORK, "N", 0, "fixed work a unit, in the body's own steps", 0 },
	{ "set", KEY_SET, "KEY=VALUE", 0, "a parameter of the body; may be given again", 0 },
	{ "threads", KEY_THREADS, "T", 0, "carriers that share the coroutines (default 1)", 0 },
	{ "processes", KEY_PROCESSES, "P", 0,
	  "processes of T carriers each, with N coroutines a carrier", 0 },
	{ "cpus", KEY_CPUS, "LIST", 0, "run on these CPUs only, as in 0,2-4", 0 },
	{ "pin", KEY_PIN, "HOW", 0,
	  "none, compact, spread, or unit 0, 1, ... (or carrier) to the CPUs of a list, as in "
	  "0,0,1",
	  0 },
	{ "nice", KEY_NICE, "LIST", 0, "nice values of unit 0, 1, ..., as in 0,0,10", 0 },
	{ "truth-fd", KEY_TRUTH_FD, "FD", 0,
	  "write the ground truth to this descriptor, not to standard output", 0 },
	{ "list", KEY_LIST, NULL, 0, "print the bodies and their parameters as JSON", 0 },
	{ 0 },
};

static error_t take_once(struct arguments *arguments, const char **slot, const char *name,
			 const char *text)
{
	if (!*slot) {
		*slot = text;
		return 0;
	}
	complain(ARGUMENTS_HINT, "%s is given twice: '%s' and '%s'", name, *slot, text);
	arguments->complained = true;
	return EINVAL;
}

static error_t take_set(struct arguments *arguments, const char *text)
{
	if (arguments->sets_count < ARGUMENTS_SETS_MAX) {
		arguments->sets[arguments->sets_count++] = text;
		return 0;
	}
	complain(ARGUMENTS_HINT, "--set is given more than %d times", ARGUMENTS_SETS_MAX);
	arguments->complained = true;
	return EINVAL;
}

static error_t parse_option(int key, char *text, struct argp_state *state)
{
	struct arguments *arguments = state->input;

	switch (key) {
	case KEY_AS:
		return take_once(arguments, &arguments->model, "--as", text);
	case 'n':
		return take_once(arguments, &arguments->units, "-n", text);
	case KEY_WORK:
		return take_once(arguments, &arguments->work, "--work", text);
	case KEY_THREADS:
		return take_once(arguments, &arguments->threads, "--threads", text);
	case KEY_PROCESSES:
		return take_once(arguments, &arguments->processes, "--processes", text);
	case KEY_CPUS:
		return take_once(arguments, &arguments->cpus, "--cpus", text);
	case KEY_PIN:
		return take_once(arguments, &arguments->pin, "--pin", text);
	case KEY_NICE:
		return take_once(arguments, &arguments->nice, "--nice", text);
	case KEY_TRUTH_FD:
		return take_once(arguments, &arguments->truth_fd, "--truth-fd", text);
	case KEY_SET:
		return take_set(arguments, text);
	case KEY_LIST:
		arguments->list = true;
		return 0;
	case ARGP_KEY_ARG:
		return take_once(arguments, &arguments->body, "a body", text);
	case ARGP_KEY_ERROR:
		arguments->stopped_at = state->next;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* getopt does not say which it was. */
static void complain_of(const char *typed)
{
	for (const struct argp_option *option = options; option->name; option++) {
		if (option->arg && (!strcmp(typed, "-n") || (!strncmp(typed, "--", 2) &&
							     !strcmp(typed + 2, option->name)))) {
			complain(ARGUMENTS_HINT, "%s: its value is missing", typed);
			return;
		}
	}
	complain(ARGUMENTS_HINT, "'%s': unknown option, or one that takes no value", typed);
}

/* ARGP_NO_ERRS: argp's own messages would put what was typed on the terminal unescaped. */
int arguments_parse(int argc, char **argv, struct arguments *arguments)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse_option,
		.args_doc = "BODY",
		.doc = "Runs a schedlab workload untraced and prints its ground truth as JSON."
		       "\v--list shows the bodies, what each does, and takes.",
	};

	*arguments = (struct arguments){ 0 };
	if (!argp_parse(&argp, argc, argv, ARGP_NO_ERRS, NULL, arguments))
		return 0;
	if (!arguments->complained)
		complain_of(arguments->stopped_at > 0 ? argv[arguments->stopped_at - 1] : "");
	return -1;
}
