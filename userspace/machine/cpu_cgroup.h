/* SPDX-License-Identifier: MIT */
/* The control groups, of either version, whose CPU controller holds a process. */
#ifndef CPU_CGROUP_H
#define CPU_CGROUP_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct cpu_cgroup {
	char folder[PATH_MAX];
	size_t mount_length; /* of the folder's part that is where the controller is mounted */
	bool v2;
};

/* The process's own group of that version. False: no such mount, or no such process. */
bool cpu_cgroup_find(struct cpu_cgroup *c, pid_t pid, bool v2);

/* False: it was the topmost that can be seen from here. */
bool cpu_cgroup_to_parent(struct cpu_cgroup *c);

/* Its folder is the mount itself. */
bool cpu_cgroup_is_top(const struct cpu_cgroup *c);

#endif
