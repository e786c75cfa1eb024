/* SPDX-License-Identifier: MIT */
#ifndef SCRATCH_FOLDER_H
#define SCRATCH_FOLDER_H

#include "workload.h"

/*
 * A folder for files that need names. It is gone once the launcher is, however that ends: a process
 * of its own, the reaper, removes it when the last descriptor of a pipe is closed. All zero: none
 * was made.
 */
struct scratch_folder {
	char path[160];
	pid_t reaper;
	int reaper_pidfd;
	int pipe_fd; /* the launcher's end, and that of what it forks */
};

/*
 * In $TMPDIR, else /var/tmp, which is on a disk where /tmp may be in memory. It may hold files, no
 * folders. Call it before the launcher has threads. 0, or -1 after complaining.
 */
int scratch_make(struct workload *workload, struct scratch_folder *folder);

/* Once no unit uses it. */
void scratch_remove(struct scratch_folder *folder);

#endif
