/* SPDX-License-Identifier: MIT */
#include "command_user.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "common/failure.h"
#include "common/invoking_user.h"

static int no_such_user(const char *name, uid_t uid)
{
	if (name)
		return fail(EXIT_USAGE, "`getent passwd` lists the users",
			    "the command can't run as %s: there is no such user", name);
	return fail(EXIT_FAILED, "-u USER runs it as somebody else, -u root as root",
		    "the command can't run as the invoking user: number %u by SUDO_UID is nobody's",
		    uid);
}

int command_user_find(struct command_user *u, const char *name)
{
	const struct passwd *entry;
	uid_t uid = 0;
	gid_t gid;

	*u = (struct command_user){};
	if (!name && !invoking_user(&uid, &gid))
		return 0;
	errno = 0;
	entry = name ? getpwnam(name) : getpwuid(uid);
	if (!entry && errno && errno != ENOENT && errno != ESRCH)
		return fail_errno("the user to run the command as can't be looked up", errno);
	if (!entry)
		return no_such_user(name, uid);
	if (geteuid() != 0 && entry->pw_uid == geteuid())
		return 0; /* it is that user already */
	if (geteuid() != 0)
		return fail(EXIT_CANNOT, "leave -u out, or run schedlab by sudo",
			    "only root can run a command as %s", entry->pw_name);
	u->changes = true;
	u->uid = entry->pw_uid;
	u->gid = entry->pw_gid;
	u->name = strdup(entry->pw_name);
	u->home = strdup(entry->pw_dir);
	u->shell = strdup(entry->pw_shell && *entry->pw_shell ? entry->pw_shell : "/bin/sh");
	return u->name && u->home && u->shell ? 0 : fail_memory();
}

void command_user_free(struct command_user *u)
{
	free(u->name);
	free(u->home);
	free(u->shell);
	*u = (struct command_user){};
}

/* True where any of root's ids can be had again. */
static bool can_go_back(const struct command_user *u)
{
	uid_t real, effective, saved;

	if (u->uid != 0 && (setresuid(-1, 0, -1) == 0 || setresuid(0, 0, 0) == 0 ||
			    setuid(0) == 0 || seteuid(0) == 0))
		return true;
	if (u->uid != 0 && u->gid != 0 && (setresgid(-1, 0, -1) == 0 || setgid(0) == 0))
		return true;
	return getresuid(&real, &effective, &saved) || real != u->uid || effective != u->uid ||
	       saved != u->uid;
}

int command_user_become(const struct command_user *u)
{
	if (!u->changes)
		return 0;
	if (initgroups(u->name, u->gid) || setresgid(u->gid, u->gid, u->gid) ||
	    setresuid(u->uid, u->uid, u->uid))
		return -1;
	if (can_go_back(u)) {
		errno = EPERM;
		return -1;
	}
	umask(umask(022) | 022);
	return setenv("HOME", u->home, 1) || setenv("USER", u->name, 1) ||
			       setenv("LOGNAME", u->name, 1) || setenv("SHELL", u->shell, 1)
		       ? -1
		       : 0;
}

/* Before 5.11 the kernel has no call for it. */
static void close_others_one_by_one(void)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		int fd = atoi(entry->d_name);

		if (fd > 2)
			fcntl(fd, F_SETFD, FD_CLOEXEC);
	}
	if (dir)
		closedir(dir);
}

void command_close_others(int keep)
{
#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC 4
#endif
	if (syscall(SYS_close_range, 3, ~0u, CLOSE_RANGE_CLOEXEC))
		close_others_one_by_one();
	if (keep >= 0)
		fcntl(keep, F_SETFD, 0);
}
