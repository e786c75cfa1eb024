/* SPDX-License-Identifier: MIT */
/* As whom a command runs: never as root by accident, and never with a way back. */
#ifndef COMMAND_USER_H
#define COMMAND_USER_H

#include <stdbool.h>
#include <sys/types.h>

struct command_user {
	bool changes; /* else the command runs as schedlab does */
	uid_t uid;
	gid_t gid;
	char *name, *home, *shell;
};

/*
 * `name`, or where it is NULL the invoking user of sudo. 0, or an exit status with the reason
 * printed: there is no such user, or one must be root to become another. command_user_free().
 */
int command_user_find(struct command_user *u, const char *name);
void command_user_free(struct command_user *u);

/*
 * In the child before exec: ids, groups, HOME, USER, LOGNAME, SHELL, and a umask no wider than 022.
 * 0, or -1 with errno; EPERM also where the old ids could be had again.
 */
int command_user_become(const struct command_user *u);

/* In the child before exec: nothing but stdin, stdout, stderr and `keep` (-1: none) goes along. */
void command_close_others(int keep);

#endif
