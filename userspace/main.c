/* SPDX-License-Identifier: MIT */
#include <argp.h>
#include <locale.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include "commands.h"
#include "common/failure.h"
#include "record/command_signals.h"

static const struct verb {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *why;
} verbs[] = {
	{ "run", cmd_run,
	  "trace a workload, a command or what runs already, and print its report" },
	{ "record", cmd_record, "only trace, into a file" },
	{ "report", cmd_report, "the report of a trace; needs no root" },
	{ "dump", cmd_dump, "the events of a trace, in order, as text" },
	{ "compare", cmd_compare, "reports side by side, from this machine or another" },
	{ "lab", cmd_lab, "run the experiments (scripts/lab also installs and builds)" },
	{ "check", cmd_check, "what this machine can do, and what is missing" },
	{ "list", cmd_list, "workloads, models and experiments" },
};

static void print_help(FILE *out)
{
	fputs("Usage: schedlab VERB [OPTION...]\n"
	      "Shows how concurrent and how parallel a program really was, core by core, and "
	      "why.\n\n",
	      out);
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		fprintf(out, "  %-8s  %s\n", verbs[i].name, verbs[i].why);
	fputs("\n  sudo schedlab run spin --as threads -n 2\n"
	      "  sudo schedlab run -- make -j4\n"
	      "  sudo schedlab run -p 1234 --duration 5\n\n"
	      "`schedlab VERB --help` shows the options of a verb.\n",
	      out);
}

/* argp echoes what it does not understand, and must not echo what drives a terminal. */
static bool has_control_byte(const char *text)
{
	while (*text && (unsigned char)*text >= 0x20 && *text != 0x7f)
		text++;
	return *text;
}

/* 0, or the exit status: of a bad option, 125 where there is a command. */
static int check_arguments(char **argv)
{
	char **bad = NULL;

	for (; *argv && strcmp(*argv, "--") != 0; argv++)
		if (!bad && has_control_byte(*argv))
			bad = argv;
	if (!bad)
		return 0;
	return fail(*argv ? EXIT_OWN_FAILURE : EXIT_USAGE, "retype it",
		    "an argument holds a control byte: '%s'", *bad);
}

int main(int argc, char **argv)
{
	int err;

	if (getauxval(AT_SECURE))
		return fail(EXIT_CANNOT, "run it through sudo instead",
			    "schedlab must not be installed setuid");
	setlocale(LC_CTYPE, ""); /* bars and the micro sign; numbers stay as in C */
	command_signals_take();
	signal(SIGCHLD, SIG_DFL); /* ignored, it would take the command's status away */
	if (argc < 2) {
		print_help(stderr);
		return EXIT_USAGE;
	}
	err = check_arguments(argv + 1);
	if (err)
		return err;
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		print_help(stdout);
		return EXIT_GOOD;
	}
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "version")) {
		puts("schedlab " SCHEDLAB_VERSION);
		return EXIT_GOOD;
	}
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (!strcmp(argv[1], verbs[i].name)) {
			static char name[64];

			/* argp names the program in its messages: "schedlab run: ..." */
			snprintf(name, sizeof(name), "schedlab %s", verbs[i].name);
			argv[1] = name;
			return verbs[i].run(argc - 1, argv + 1);
		}
	return fail(EXIT_USAGE, "schedlab --help lists them", "there is no verb '%s'", argv[1]);
}
