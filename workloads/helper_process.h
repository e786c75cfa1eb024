/* SPDX-License-Identifier: MIT */
#ifndef HELPER_PROCESS_H
#define HELPER_PROCESS_H

#include "workload.h"

/*
 * A process beside the units, such as a server. It ends with the launcher, however that ends. All
 * zero: none was started.
 */
struct helper_process {
	pid_t pid;
	int pidfd; /* names it even where a waitpid for units has reaped it */
};

/*
 * Forks `run`, which writes a byte to ready_fd once it can be used and then works on until it is
 * killed; it returns only after complaining. `name` is what the task is called, at most 15
 * characters. Call it before the launcher has threads. 0, or -1 after complaining.
 */
int helper_start(struct workload *workload, struct helper_process *helper, const char *name,
		 void (*run)(void *argument, int ready_fd), void *argument);

/* Kills it and waits until it is gone. */
void helper_end(struct helper_process *helper);

#endif
