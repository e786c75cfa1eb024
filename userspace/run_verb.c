/* SPDX-License-Identifier: MIT */
#include "run_verb.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include "common/failure.h"
#include "common/option_values.h"

void run_verb_parse(const struct argp *argp, int argc, char **argv, struct run_options *o,
		    void *input)
{
	for (int i = 1; i < argc; i++)
		if (!strcmp(argv[i], "--")) {
			argv[i] = NULL;
			argc = i;
			o->command = argv + i + 1;
			break;
		}
	argp_err_exit_status = o->command ? EXIT_OWN_FAILURE : EXIT_USAGE;
	options_parse(argp, argc, argv, input);
}

#define OF_A_WORKLOAD "--as, -n, --threads, --processes, --work, --set, --pin and --nice"

/* A workload, a command, or what runs already: one of them. */
static void check_who(const struct argp_state *state, const struct run_options *o)
{
	int already = !!o->pid_count + !!o->cgroup + o->all;

	if (already > 1)
		argp_error(state, "-p, -G and -a don't go together");
	if (already && (o->command || o->workload))
		argp_error(state, "-p, -G and -a take what runs already, without a command");
	if (!already && !o->command && !o->workload)
		argp_error(state, "name a workload (schedlab list), a command after --, or what "
				  "runs already: -p PID, -G CGROUP or -a");
	if (already && (o->cpus || o->user || o->wait_all))
		argp_error(state, "--cpus, -u and --wait go with a command");
	if (already && run_options_of_a_workload(o))
		argp_error(state, OF_A_WORKLOAD " go with a bundled workload");
	if (o->workload && o->wait_all)
		argp_error(state, "--wait goes with a command: a workload leaves nothing behind");
}

error_t run_verb_parse_argument(int key, char *arg, const struct argp_state *state,
				struct run_options *o)
{
	if (key == ARGP_KEY_ARG) {
		if (o->workload || o->command)
			argp_error(state, "'%s' is one name too many; a command goes after --",
				   arg);
		o->workload = arg;
		return 0;
	}
	if (key != ARGP_KEY_END)
		return ARGP_ERR_UNKNOWN;
	if (o->command && !o->command[0])
		argp_error(state, "there is no command after --");
	check_who(state, o);
	if (o->command && run_options_of_a_workload(o))
		argp_error(state, OF_A_WORKLOAD " go with a bundled workload");
	return 0;
}

int run_verb_own_status(const struct run_options *o, int status)
{
	if (o->command && status && status < EXIT_OWN_FAILURE)
		return EXIT_OWN_FAILURE;
	if (!o->command && status > EXIT_OWN_FAILURE)
		return EXIT_FAILED;
	return status;
}

bool run_verb_refused(const struct run_options *o, const struct run_result *result)
{
	return o->workload && result->exit_status == EXIT_USAGE;
}

static void die_by_signal(int number)
{
	struct rlimit no_core = { 0, 0 }; /* the command has dumped its own */

	sigset_t one;

	fflush(NULL);
	setrlimit(RLIMIT_CORE, &no_core);
	signal(number, SIG_DFL);
	sigemptyset(&one);
	sigaddset(&one, number);
	sigprocmask(SIG_UNBLOCK, &one, NULL);
	raise(number);
}

int run_verb_end(const struct run_options *o, const struct run_result *result, int report_status)
{
	if (result->timed_out)
		return EXIT_TIMED_OUT;
	if (!o->workload && !o->command)
		return report_status;
	if (o->workload) {
		if (result->interrupted)
			return fail(EXIT_FAILED, "let it run to its end",
				    "the workload was interrupted");
		if (result->exit_status != 0)
			return fail(EXIT_FAILED, "schedlab-workload runs it untraced",
				    "the workload failed");
		return report_status;
	}
	if (report_status && o->strict)
		return report_status;
	if (result->signal)
		die_by_signal(result->signal);
	return result->exit_status;
}
