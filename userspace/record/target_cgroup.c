/* SPDX-License-Identifier: MIT */
/*
 * A cgroup's tasks, as its files list them. Who moves into it after the attach is not listed, and
 * is not measured unless a task of W made it; who moves out of it stays.
 */
#include "target_cgroup.h"
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>
#include "common/failure.h"

#define CGROUP1_MAGIC 0x27e0eb
#define CGROUP2_MAGIC 0x63677270
#define DEPTH_MAX 64

static bool is_cgroup(const char *folder)
{
	struct statfs fs;
	struct stat st;

	return !stat(folder, &st) && S_ISDIR(st.st_mode) && !statfs(folder, &fs) &&
	       (fs.f_type == CGROUP2_MAGIC || fs.f_type == CGROUP1_MAGIC);
}

/* Where version 2 is mounted: /sys/fs/cgroup, or beside version 1. False: nowhere. */
static bool mount_of_version_2(char *mount, size_t size)
{
	FILE *mounts = fopen("/proc/self/mounts", "re");
	char line[2 * PATH_MAX], folder[PATH_MAX], type[64];
	bool found = false;

	while (mounts && !found && fgets(line, sizeof(line), mounts)) {
		if (sscanf(line, "%*s %4095s %63s", folder, type) != 2 || strcmp(type, "cgroup2"))
			continue;
		found = strlen(folder) < size;
		if (found)
			strcpy(mount, folder);
	}
	if (mounts)
		fclose(mounts);
	return found;
}

int cgroup_find(char *folder, size_t size, const char *name)
{
	char mount[PATH_MAX] = "";
	bool mounted = mount_of_version_2(mount, sizeof(mount));
	char hint[PATH_MAX + 32] = "cgroups are not mounted here";
	const char *given = name;

	if (*name == '/' && strlen(name) < size) {
		strcpy(folder, name);
		if (is_cgroup(folder))
			return 0;
	}
	while (*name == '/')
		name++;
	if (mounted && (size_t)snprintf(folder, size, "%s/%s", mount, name) < size &&
	    is_cgroup(folder))
		return 0;
	if (mounted)
		snprintf(hint, sizeof(hint), "`ls %s` shows those that are there", mount);
	return fail(EXIT_FAILED, hint, "there is no cgroup %s", given);
}

static int read_threads(FILE *list, int (*take)(void *ctx, uint32_t tid), void *ctx)
{
	unsigned tid;
	int err = 0;

	while (!err && fscanf(list, "%u", &tid) == 1)
		if (tid) /* 0: of another PID namespace */
			err = take(ctx, tid);
	return err;
}

static int walk(const char *folder, int depth, int (*take)(void *ctx, uint32_t tid), void *ctx);

static int walk_below(const char *folder, int depth, int (*take)(void *ctx, uint32_t tid),
		      void *ctx)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	int err = 0;

	while (dir && !err && (entry = readdir(dir))) {
		char *below;

		if (entry->d_type != DT_DIR || *entry->d_name == '.')
			continue;
		if (asprintf(&below, "%s/%s", folder, entry->d_name) < 0)
			err = fail_memory();
		else {
			err = walk(below, depth + 1, take, ctx);
			free(below);
		}
	}
	if (dir)
		closedir(dir);
	return err;
}

static int walk(const char *folder, int depth, int (*take)(void *ctx, uint32_t tid), void *ctx)
{
	static const char *const names[] = { "cgroup.threads", "tasks" }; /* version 2, version 1 */
	FILE *list = NULL;
	char *path;
	int err = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && !list; i++) {
		if (asprintf(&path, "%s/%s", folder, names[i]) < 0)
			return fail_memory();
		list = fopen(path, "re");
		free(path);
		if (!list && errno != ENOENT)
			break;
	}
	if (!list && depth == 0)
		return fail(EXIT_FAILED, "may you read its cgroup.threads?",
			    "the tasks of the cgroup %s can't be listed: %s", folder,
			    strerror(errno));
	if (list) {
		err = read_threads(list, take, ctx);
		fclose(list);
	}
	return err || depth == DEPTH_MAX ? err : walk_below(folder, depth, take, ctx);
}

int cgroup_threads(const char *folder, int (*take)(void *ctx, uint32_t tid), void *ctx)
{
	return walk(folder, 0, take, ctx);
}
