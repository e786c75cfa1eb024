/* SPDX-License-Identifier: MIT */
/* What `run` and `record` have in common on the command line and in their exit status. */
#ifndef RUN_VERB_H
#define RUN_VERB_H

#include "record/recorder.h"
#include "record/run_options.h"

/*
 * Parses [opts] WORKLOAD or [opts] -- CMD [ARG...] into *o by `argp`, whose children hold
 * run_options_argp and whose input is `input`. Exits by itself on wrong usage (125 where there is a
 * command, else 2).
 */
void run_verb_parse(const struct argp *argp, int argc, char **argv, struct run_options *o,
		    void *input);

/* ARGP_KEY_ARG and ARGP_KEY_END of both verbs: the workload's name, or a command after "--". */
error_t run_verb_parse_argument(int key, char *arg, const struct argp_state *state,
				struct run_options *o);

/* `status` of schedlab's own as the verb ends with it: 125 where there is a command. */
int run_verb_own_status(const struct run_options *o, int status);

/*
 * The bundled workload refused its options (and has said why, as a usage error): nothing ran, so
 * that there is nothing to keep or to report, and the verb ends with EXIT_USAGE.
 */
bool run_verb_refused(const struct run_options *o, const struct run_result *result);

/*
 * The verb's end after a recording: the command's status, or its signal raised again (this does not
 * return then); 124 after --duration; for a workload 0, 1 (it failed) or `report_status`.
 */
int run_verb_end(const struct run_options *o, const struct run_result *result, int report_status);

#endif
