/* SPDX-License-Identifier: MIT */
#include "throttle.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define LOOK_EVERY_NS 100000000ull

/* One group's own account. False: it has none (v1's has ns, v2's us, its root group no such row).
 */
static bool read_account(const struct cpu_cgroup *c, uint64_t *ns)
{
	char path[PATH_MAX + 32], line[128];
	bool found = false;
	FILE *file;

	snprintf(path, sizeof(path), "%s/cpu.stat", c->folder);
	file = fopen(path, "re");
	while (file && !found && fgets(line, sizeof(line), file)) {
		found = sscanf(line, c->v2 ? "throttled_usec %" SCNu64 : "throttled_time %" SCNu64,
			       ns) == 1;
		if (found && c->v2)
			*ns *= 1000;
	}
	if (file)
		fclose(file);
	return found;
}

bool throttle_sum(const struct cpu_cgroup *own, uint64_t *ns)
{
	struct cpu_cgroup c = *own;
	bool found = false;
	uint64_t one;

	*ns = 0;
	do {
		if (!read_account(&c, &one))
			continue;
		found = true;
		*ns += one;
	} while (cpu_cgroup_to_parent(&c));
	return found;
}

/* A group that was removed meanwhile has no account left: nothing more of it is known. */
static uint64_t rise_of(const struct throttle_group *g)
{
	uint64_t now;

	return throttle_sum(&g->cgroup, &now) && now > g->since_ns ? now - g->since_ns : 0;
}

/*
 * In v1 a process that has exited stands in the top group, so does a first thread that has left the
 * others to go on: of the top one nothing is learnt.
 */
static bool has_moved(const struct throttle_group *g, const struct cpu_cgroup *now)
{
	return !cpu_cgroup_is_top(now) && strcmp(g->cgroup.folder, now->folder) != 0;
}

void throttle_start(struct throttle *t, pid_t pid)
{
	*t = (struct throttle){ .pid = pid };
	for (int v2 = 0; pid && v2 <= 1; v2++) {
		struct throttle_group *g = &t->groups[v2];

		g->there = cpu_cgroup_find(&g->cgroup, pid, v2) &&
			   throttle_sum(&g->cgroup, &g->since_ns);
	}
}

void throttle_follow(struct throttle *t, uint64_t now)
{
	if (!t->pid || now - t->looked_ns < LOOK_EVERY_NS)
		return;
	t->looked_ns = now;
	for (int v2 = 0; v2 <= 1; v2++) {
		struct throttle_group *g = &t->groups[v2];
		struct cpu_cgroup at;
		uint64_t ns;

		if (!cpu_cgroup_find(&at, t->pid, v2) || (g->there && !has_moved(g, &at)) ||
		    !throttle_sum(&at, &ns))
			continue;
		if (g->there)
			g->before_ns += rise_of(g);
		g->cgroup = at;
		g->since_ns = ns;
		g->there = true;
	}
}

int64_t throttle_end(const struct throttle *t)
{
	uint64_t sum = 0;

	for (int v2 = 0; v2 <= 1; v2++)
		if (t->groups[v2].there)
			sum += t->groups[v2].before_ns + rise_of(&t->groups[v2]);
	return t->groups[0].there || t->groups[1].there ? (int64_t)sum : -1;
}
