/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "common/first_line.h"
#include "cpu_cgroup.h"
#include "machine_parts.h"

/* The quota that one cgroup sets, in CPUs; NaN: none. */
static double quota_of(const struct cpu_cgroup *c)
{
	char path[PATH_MAX + 32], line[64];
	double quota = -1, period = 0;

	snprintf(path, sizeof(path), "%s/%s", c->folder, c->v2 ? "cpu.max" : "cpu.cfs_quota_us");
	if (!first_line(line, sizeof(line), path))
		return NAN;
	if (c->v2) {
		if (sscanf(line, "%lf %lf", &quota, &period) != 2)
			return NAN; /* "max 100000" */
	} else {
		quota = atof(line);
		snprintf(path, sizeof(path), "%s/cpu.cfs_period_us", c->folder);
		if (first_line(line, sizeof(line), path))
			period = atof(line);
	}
	return quota > 0 && period > 0 ? quota / period : NAN;
}

/* Each cgroup from ours up to the mount may hold its own limit: the tightest counts. */
double machine_cpu_max(void)
{
	double least = NAN;

	for (int v2 = 0; v2 <= 1; v2++) {
		struct cpu_cgroup c;

		if (!cpu_cgroup_find(&c, getpid(), v2))
			continue;
		do
			least = fmin(least, quota_of(&c)); /* fmin passes over a NaN */
		while (cpu_cgroup_to_parent(&c));
	}
	return least;
}
