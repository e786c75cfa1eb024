/* SPDX-License-Identifier: MIT */
/* The traced command, held at a gate until the probes are attached. */
#ifndef COMMAND_H
#define COMMAND_H

#include <sys/resource.h>
#include <sys/types.h>
#include "command_user.h"
#include "run_options.h"

struct command {
	pid_t pid;
	int pidfd;    /* readable once it has ended */
	int gate_fd;  /* a byte lets it go */
	int exec_fd;  /* errno of a failed exec; end of file: exec succeeded */
	int truth_fd; /* a workload writes its ground truth here; -1 for other commands */
	struct command_user user;
};

#define COMMAND_NONE ((struct command){ -1, -1, -1, -1, -1, {} })

/*
 * Forks the command of `o`, which waits at the gate as the user, and on the CPUs, that `o` names.
 * 0, or an exit status with the reason printed.
 */
int command_hold(struct command *c, const struct run_options *o);

/*
 * Opens the gate and waits until exec has happened. 0, or EXIT_NOT_FOUND, EXIT_NOT_EXECUTABLE or
 * another exit status, with the reason printed.
 */
int command_release(struct command *c, const struct run_options *o);

/* Reaps the command, which has ended or will: wait4's status word, its own and its children's use.
 */
int command_reap(struct command *c, struct rusage *usage);

/* Kills what still runs and closes all. */
void command_end(struct command *c);

/* argv of the command, built for a workload: NULL-terminated, freed with free(); NULL: no memory.
 */
char **command_argv(const struct run_options *o, int truth_fd);

#endif
