/* SPDX-License-Identifier: MIT */
/* Whom a recording is of: W of METRICS.md, for a command, for processes, a cgroup or all tasks. */
#ifndef TARGET_H
#define TARGET_H

#include <jansson.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include "run_options.h"
#include "sched_event.h"

enum target_kind { TARGET_COMMAND, TARGET_PIDS, TARGET_CGROUP, TARGET_ALL };

struct target {
	enum target_kind kind;
	const uint32_t *pids; /* TARGET_PIDS: the processes; borrowed */
	size_t pid_count;
	char folder[PATH_MAX]; /* TARGET_CGROUP: where it is mounted */
	uint32_t *threads;     /* TARGET_CGROUP: who is in it once the probes are attached */
	size_t thread_count, thread_room;
};

/*
 * Whom `o` names, before anything is made: each process is there and may be recorded, the cgroup is
 * one. 0, or an exit status with the reason printed. target_free() either way.
 */
int target_find(struct target *t, const struct run_options *o);

/* Once the probes are attached: who is in the cgroup now. 0, or an exit status, reason printed. */
int target_list(struct target *t);

/* Whether the living task of this row is of W from the start (a command's is known by its pid). */
bool target_has(const struct target *t, const struct task_event *row);

/* After target_list(): what the analysis must know to find W again. A new reference. */
json_t *target_json(const struct target *t, bool anonymous);

void target_free(struct target *t);

#endif
