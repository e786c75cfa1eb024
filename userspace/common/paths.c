/* SPDX-License-Identifier: MIT */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "paths.h"

/* The folder that the executable is in. 0 or -1. */
static int own_folder(char *out, size_t size)
{
	ssize_t length = readlink("/proc/self/exe", out, size);
	char *slash;

	if (length < 0 || (size_t)length >= size)
		return -1;
	out[length] = '\0';
	slash = strrchr(out, '/');
	if (!slash)
		return -1;
	*slash = '\0';
	return 0;
}

/* own_folder + "/" + relative, if that can be accessed in `mode`, its ".." resolved. */
static int beside(const char *relative, int mode, char *out, size_t size)
{
	char folder[PATH_MAX], joined[PATH_MAX], resolved[PATH_MAX];
	int length;

	if (own_folder(folder, sizeof(folder)) < 0)
		return -1;
	length = snprintf(joined, sizeof(joined), "%s/%s", folder, relative);
	if (length < 0 || (size_t)length >= sizeof(joined))
		return -1;
	if (!realpath(joined, resolved) || access(resolved, mode) < 0)
		return -1;
	length = snprintf(out, size, "%s", resolved);
	return length < 0 || (size_t)length >= size ? -1 : 0;
}

int paths_experiments(char *out, size_t size)
{
	/* installed; build/; build/sanitized/; and tests/unit/ in either */
	static const char *const places[] = {
		"../share/schedlab/experiments",     "../workloads/experiments",
		"../../workloads/experiments",	     "../../../workloads/experiments",
		"../../../../workloads/experiments",
	};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (beside(places[i], R_OK | X_OK, out, size) == 0)
			return 0;
	return -1;
}

int paths_workload(char *out, size_t size)
{
	/* the second for the unit tests, which lie in tests/unit/ of the same build */
	static const char *const places[] = { "schedlab-workload", "../../schedlab-workload" };

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (beside(places[i], X_OK, out, size) == 0)
			return 0;
	return -1;
}
