/* SPDX-License-Identifier: MIT */
#include "cpu_cgroup.h"
#include <mntent.h>
#include <stdio.h>
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

/* Its cgroup's path under that mount: /proc/PID/cgroup holds lines ID:CONTROLLERS:PATH. */
static bool find_path(char *out, size_t size, pid_t pid, bool v2)
{
	char line[PATH_MAX];
	bool found = false;
	FILE *file;

	snprintf(line, sizeof(line), "/proc/%d/cgroup", pid);
	file = fopen(line, "re");
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

bool cpu_cgroup_find(struct cpu_cgroup *c, pid_t pid, bool v2)
{
	char mount[PATH_MAX / 4], path[PATH_MAX / 2];

	if (!find_mount(mount, sizeof(mount), v2) || !find_path(path, sizeof(path), pid, v2))
		return false;
	/* "/" is the mount itself, and must not be met twice on the way up. */
	snprintf(c->folder, sizeof(c->folder), "%s%s", mount, strcmp(path, "/") ? path : "");
	c->mount_length = strlen(mount);
	c->v2 = v2;
	return true;
}

bool cpu_cgroup_is_top(const struct cpu_cgroup *c)
{
	return strlen(c->folder) <= c->mount_length;
}

bool cpu_cgroup_to_parent(struct cpu_cgroup *c)
{
	char *slash = strrchr(c->folder, '/');

	if (cpu_cgroup_is_top(c) || !slash || slash < c->folder + c->mount_length)
		return false;
	*slash = '\0';
	return true;
}
