/* SPDX-License-Identifier: MIT */
#ifndef TARGET_CGROUP_H
#define TARGET_CGROUP_H

#include <stddef.h>
#include <stdint.h>

/*
 * The folder of the cgroup that `name` says: relative to where version 2 is mounted, with or
 * without a slash before it, or a path of version 2 or 1 as it is. 0, or an exit status, reason
 * printed.
 */
int cgroup_find(char *folder, size_t size, const char *name);

/*
 * Calls `take` for each thread in the cgroup and in those below it. 0, or an exit status with the
 * reason printed, `take`'s among them. A cgroup that goes away meanwhile is empty.
 */
int cgroup_threads(const char *folder, int (*take)(void *ctx, uint32_t tid), void *ctx);

#endif
