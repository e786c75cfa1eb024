/* SPDX-License-Identifier: MIT */
/* Says as whom it runs, what it has open and whether it can be root again: one line of JSON. */
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static void say(const char *name)
{
	const char *value = getenv(name);

	printf(",\"%s\":\"%s\"", name, value ? value : "");
}

int main(void)
{
	uid_t uid[3];
	gid_t gid[3], groups[256];
	int count = getgroups(256, groups);
	const char *comma = "";

	getresuid(&uid[0], &uid[1], &uid[2]);
	getresgid(&gid[0], &gid[1], &gid[2]);
	printf("{\"uid\":[%u,%u,%u],\"gid\":[%u,%u,%u],\"groups\":[", uid[0], uid[1], uid[2],
	       gid[0], gid[1], gid[2]);
	for (int i = 0; i < count; i++)
		printf("%s%u", i ? "," : "", groups[i]);
	printf("],\"fds\":[");
	for (int fd = 0; fd < 1024; fd++)
		if (fcntl(fd, F_GETFD) >= 0) {
			printf("%s%d", comma, fd);
			comma = ",";
		}
	printf("],\"umask\":%u", umask(0));
	say("HOME");
	say("USER");
	say("LOGNAME");
	say("SHELL");
	printf(",\"root_again\":%s}\n", setresuid(0, 0, 0) && setgroups(1, gid) ? "false" : "true");
	return 0;
}
