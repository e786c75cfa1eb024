/* SPDX-License-Identifier: MIT */
#ifndef FORKED_H
#define FORKED_H

#include "workload.h"

/*
 * Forks `count` processes, of units or of carriers, that call `main` and end well if it returns 0;
 * opens the gate, and waits for all. The first that fails ends the others. They end with their
 * launcher, however it ends. 0, or -1 after complaining.
 */
int forked_run(struct workload *workload, unsigned count,
	       int (*main)(struct workload *workload, unsigned index));

#endif
