/* SPDX-License-Identifier: MIT */
#include "machine_parts.h"
#include <limits.h>
#include <math.h>
#include <mntent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where the CPU controller is mounted, of either version. False: nowhere. */
static bool find_mount(char *out, size_t size, bool v2)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	struct mntent *m;
	bool found = false;

	while (mounts && !found && (m = getmntent(mounts)) != NULL) {
		found = v2 ? !strcmp(m->mnt_type, "cgroup2")
			   : !strcmp(m->mnt_type, "cgroup") && hasmntopt(m, "cpu");
		if (found)
			snprintf(out, size, "%s", m->mnt_dir);
	}
	if (mounts)
		endmntent(mounts);
	return found;
}

/* Whether "cpu" is one of a comma-separated list of v1 controllers. */
static bool has_cpu(char *controllers)
{
	char *rest;

	for (char *c = strtok_r(controllers, ",", &rest); c; c = strtok_r(NULL, ",", &rest))
		if (!strcmp(c, "cpu"))
			return true;
	return false;
}

/* Our own cgroup's path under that mount: /proc/self/cgroup holds lines ID:CONTROLLERS:PATH. */
static bool find_path(char *out, size_t size, bool v2)
{
	FILE *file = fopen("/proc/self/cgroup", "re");
	char line[PATH_MAX];
	bool found = false;

	while (file && !found && fgets(line, sizeof(line), file)) {
		char *controllers = strchr(line, ':');
		char *path = controllers ? strchr(controllers + 1, ':') : NULL;

		if (!path)
			continue;
		*path++ = '\0';
		path[strcspn(path, "\n")] = '\0';
		found = v2 ? controllers[1] == '\0' : has_cpu(controllers + 1);
		if (found)
			snprintf(out, size, "%s", path);
	}
	if (file)
		fclose(file);
	return found;
}

/* The quota that one cgroup sets, in CPUs; NaN: none. */
static double quota_of(const char *folder, bool v2)
{
	char path[PATH_MAX + 32], line[64];
	double quota = -1, period = 0;

	snprintf(path, sizeof(path), "%s/%s", folder, v2 ? "cpu.max" : "cpu.cfs_quota_us");
	if (!machine_line(line, sizeof(line), path))
		return NAN;
	if (v2) {
		if (sscanf(line, "%lf %lf", &quota, &period) != 2)
			return NAN; /* "max 100000" */
	} else {
		quota = atof(line);
		snprintf(path, sizeof(path), "%s/cpu.cfs_period_us", folder);
		if (machine_line(line, sizeof(line), path))
			period = atof(line);
	}
	return quota > 0 && period > 0 ? quota / period : NAN;
}

/* Each cgroup from ours up to the mount may hold its own limit: the tightest counts. */
static double tightest(char *folder, size_t mount_length, bool v2)
{
	double least = NAN;

	for (;;) {
		char *slash;

		least = fmin(least, quota_of(folder, v2)); /* fmin passes over a NaN */
		slash = strrchr(folder, '/');
		if (!slash || slash < folder + mount_length)
			return least;
		*slash = '\0';
	}
}

double machine_cpu_max(void)
{
	double least = NAN;

	for (int v2 = 0; v2 <= 1; v2++) {
		char mount[PATH_MAX / 4], path[PATH_MAX / 2], folder[PATH_MAX];

		if (!find_mount(mount, sizeof(mount), v2) || !find_path(path, sizeof(path), v2))
			continue;
		snprintf(folder, sizeof(folder), "%s%s", mount, path);
		least = fmin(least, tightest(folder, strlen(mount), v2));
	}
	return least;
}
