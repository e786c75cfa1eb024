/* SPDX-License-Identifier: MIT */
/*
 * For how long CPU quotas held the command's control groups back while it ran: what cpu.stat of its
 * own group, and of each above, rose by. No event tells of it.
 */
#ifndef THROTTLE_H
#define THROTTLE_H

#include <stdint.h>
#include "cpu_cgroup.h"

struct throttle_group {
	struct cpu_cgroup cgroup;
	bool there;
	uint64_t since_ns;  /* its throttled time when the command was first seen in it */
	uint64_t before_ns; /* what the groups that the command has left rose by meanwhile */
};

struct throttle {
	pid_t pid;
	uint64_t looked_ns;
	struct throttle_group groups[2]; /* by version: v1, v2 */
};

/*
 * The throttled time, ns, of a group and of all above it that can be seen, summed: a quota of any
 * of them holds its tasks back. Where two do so at once that is more than the wall time. False: no
 * group has such an account.
 */
bool throttle_sum(const struct cpu_cgroup *own, uint64_t *ns);

/* Finds the groups of `pid`; 0: nothing will be known. */
void throttle_start(struct throttle *t, pid_t pid);

/*
 * Follows the command into another group, looking at most ten times a second: what the new one
 * rises by before that look is missed. Groups of its children are not followed.
 */
void throttle_follow(struct throttle *t, uint64_t now);

/* The rise since throttle_start(), ns; -1: nothing accounts for it. */
int64_t throttle_end(const struct throttle *t);

#endif
