/* SPDX-License-Identifier: MIT */
/* Who called sudo: whose the outputs are, and as whom the command runs. */
#ifndef INVOKING_USER_H
#define INVOKING_USER_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

/* True, with the ids, where sudo names an invoking user other than root in sound numbers. */
bool invoking_user(uid_t *uid, gid_t *gid);

/*
 * Opens `path` for writing, made anew (*made) with mode 0644 less umask and owned by the invoking
 * user. What is there already is taken only if it is a plain file of that user's or of one's own,
 * with one name; its owner stays, and what it holds too: truncate it once there is something
 * better. -1 with the reason printed.
 */
int output_open(const char *path, bool *made);

/* The same, emptied, as a stream for fclose(), whose answer tells of a late error. NULL, the reason
 * printed.
 */
FILE *output_file(const char *path);

#endif
