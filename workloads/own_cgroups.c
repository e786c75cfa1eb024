/* SPDX-License-Identifier: MIT */
#include "own_cgroups.h"
#include <stdio.h>
#include <string.h>

static bool ask_upwards(const char *mount, char *group,
			bool (*of)(const char *folder, void *argument), void *argument)
{
	char folder[500];

	for (;;) {
		char *slash;

		snprintf(folder, sizeof(folder), "%s%s", mount, group);
		if (of(folder, argument))
			return true;
		slash = strrchr(group, '/');
		if (!slash)
			return false;
		*slash = 0;
	}
}

/* "0::/a/b" is version 2's line, "7:pids:/a" version 1's. */
bool own_cgroups_ask(const char *controller, bool (*of)(const char *folder, void *argument),
		     void *argument)
{
	FILE *file = fopen("/proc/self/cgroup", "re");
	char line[400], name[40], mount[60];
	bool found = false;

	snprintf(name, sizeof(name), ":%s:", controller);
	snprintf(mount, sizeof(mount), "/sys/fs/cgroup/%s", controller);
	while (file && !found && fgets(line, sizeof(line), file)) {
		char *group = strchr(line, '/');

		if (!group)
			continue;
		group[strcspn(group, "\n")] = 0;
		if (strstr(line, name))
			found = ask_upwards(mount, group, of, argument);
		else if (!strncmp(line, "0::", 3))
			found = ask_upwards("/sys/fs/cgroup", group, of, argument);
	}
	if (file)
		fclose(file);
	return found;
}
