/* SPDX-License-Identifier: MIT */
#include "invoking_user.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "failure.h"

static bool parse_id(const char *text, unsigned *id)
{
	unsigned long value;
	char *end;

	if (!text || *text < '0' || *text > '9')
		return false;
	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno || *end || value > INT_MAX) /* 2^32 - 1 means "no change" to chown */
		return false;
	*id = value;
	return true;
}

bool invoking_user(uid_t *uid, gid_t *gid)
{
	return geteuid() == 0 && parse_id(getenv("SUDO_UID"), uid) &&
	       parse_id(getenv("SUDO_GID"), gid) && *uid != 0;
}

static int output_failed(const char *path)
{
	fail(0,
	     errno == ELOOP   ? "name a file, not a link"
	     : errno == ENXIO ? "name a file, not a pipe"
			      : "is the folder there, and may you write to it?",
	     "%s can't be written: %s", path, strerror(errno));
	return -1;
}

int output_open(const char *path, bool *made)
{
	int flags = O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
	int fd = open(path, flags | O_CREAT | O_EXCL, 0644);
	struct stat st;
	uid_t uid;
	gid_t gid;

	*made = fd >= 0;
	if (fd >= 0) {
		if (invoking_user(&uid, &gid) && fchown(fd, uid, gid)) {
			close(fd);
			return output_failed(path);
		}
		return fd;
	}
	if (errno != EEXIST || (fd = open(path, flags)) < 0)
		return output_failed(path);
	if (!invoking_user(&uid, &gid))
		uid = geteuid();
	/* Only one's own is replaced, and only where nothing else is lost with it. */
	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_nlink != 1 ||
	    (st.st_uid != uid && st.st_uid != geteuid())) {
		fail(0, "name a file that is not there yet",
		     "%s is there and is not a plain file of yours", path);
		close(fd);
		return -1;
	}
	return fd;
}

FILE *output_file(const char *path)
{
	bool made;
	int fd = output_open(path, &made);
	FILE *out = fd < 0 || ftruncate(fd, 0) ? NULL : fdopen(fd, "w");

	if (fd >= 0 && !out) {
		fail(0, NULL, "%s can't be written: %s", path, strerror(errno));
		close(fd);
	}
	return out;
}
