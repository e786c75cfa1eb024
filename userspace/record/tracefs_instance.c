/* SPDX-License-Identifier: MIT */
#include "tracefs_instance.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "common/failure.h"

#define NAME_PREFIX "schedlab-"

/* ---- the file system ----------------------------------------------------------------------------
 */

static int open_tracefs(const char *path)
{
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct statfs fs;

	if (fd >= 0 && !fstatfs(fd, &fs) && fs.f_type == TRACEFS_MAGIC)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

/* Linux 5.2; glibc 2.36 has the calls, older ones only the numbers. */
static int mount_tracefs(void)
{
	int fs = syscall(SYS_fsopen, "tracefs", FSOPEN_CLOEXEC), mounted = -1, error;

	if (fs < 0)
		return -1;
	if (!syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		mounted = syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, 0);
	error = errno;
	close(fs);
	errno = error;
	return mounted;
}

int tracefs_root(void)
{
	int fd = open_tracefs("/sys/kernel/tracing");

	/* debugfs mounts it in itself, as seen by whoever steps in. */
	if (fd < 0)
		fd = open_tracefs("/sys/kernel/debug/tracing/.");
	return fd >= 0 ? fd : mount_tracefs();
}

int tracefs_write(int dir, const char *path, const char *text)
{
	/* Without O_TRUNC, which in `trace` and `set_event` is a command of its own. */
	int fd = openat(dir, path, O_WRONLY | O_CLOEXEC), err = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		err = -errno;
	close(fd);
	return err;
}

char *tracefs_read(int dir, const char *path)
{
	int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	size_t room = 65536, size = 0;
	char *text = malloc(room);
	ssize_t got = -1;

	while (fd >= 0 && text && size < room - 1 &&
	       (got = read(fd, text + size, room - 1 - size)) > 0)
		size += got;
	if (fd >= 0)
		close(fd);
	if (!text || got < 0) {
		free(text);
		return NULL;
	}
	text[size] = '\0';
	return text;
}

/* ---- instances ----------------------------------------------------------------------------------
 */

/* A pid that another program bears by now is as dead. */
static bool owner_lives(unsigned pid)
{
	char path[32], comm[32] = "";
	FILE *file;

	if (kill(pid, 0) && errno == ESRCH)
		return false;
	snprintf(path, sizeof(path), "/proc/%u/comm", pid);
	file = fopen(path, "re");
	if (!file)
		return errno != ENOENT;
	if (!fgets(comm, sizeof(comm), file))
		comm[0] = '\0';
	fclose(file);
	return !strcmp(comm, "schedlab\n");
}

static int stale_in(int root, bool remove)
{
	int fd = openat(root, "instances", O_RDONLY | O_DIRECTORY | O_CLOEXEC), count = 0;
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;

	if (!dir)
		return 0;
	for (struct dirent *entry; (entry = readdir(dir));) {
		unsigned pid;
		int end = 0;

		if (sscanf(entry->d_name, NAME_PREFIX "%u-%*8[0-9a-f]%n", &pid, &end) != 1 ||
		    !end || entry->d_name[end] || owner_lives(pid))
			continue;
		/* In another pid namespace it may live all the same: the kernel keeps what is open.
		 */
		if (!remove || !unlinkat(fd, entry->d_name, AT_REMOVEDIR))
			count++;
	}
	closedir(dir);
	return count;
}

int tracefs_stale(bool remove)
{
	int root = tracefs_root(), count;

	if (root < 0)
		return -1;
	count = stale_in(root, remove);
	close(root);
	return count;
}

static int make_folder(struct tracefs_instance *instance)
{
	uint32_t random;
	char path[96];

	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		random = instance->root;
	snprintf(instance->name, sizeof(instance->name), NAME_PREFIX "%d-%08x", getpid(), random);
	snprintf(path, sizeof(path), "instances/%s", instance->name);
	if (mkdirat(instance->root, path, 0700)) {
		instance->name[0] = '\0';
		return -errno;
	}
	instance->dir = openat(instance->root, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return instance->dir < 0 ? -errno : 0;
}

int tracefs_instance_make(struct tracefs_instance *instance)
{
	static const struct {
		const char *path, *text;
		bool needed;
	} settings[] = {
		{ "tracing_on", "0", true },
		{ "trace_clock", "mono", true },
		/* Full, the newest wins: only of what it overwrites does the ring tell the place.
		 */
		{ "options/overwrite", "1", true },
		{ "options/record-cmd", "0", false }, /* a table of names that nobody reads */
		{ "buffer_percent", "50", false },    /* wake the reader, where poll knows it */
	};
	int err;

	*instance = (struct tracefs_instance){ .root = tracefs_root(), .dir = -1 };
	if (instance->root < 0)
		return -errno;
	stale_in(instance->root, true);
	err = make_folder(instance);
	for (size_t i = 0; !err && i < sizeof(settings) / sizeof(settings[0]); i++) {
		err = tracefs_write(instance->dir, settings[i].path, settings[i].text);
		if (!settings[i].needed)
			err = 0;
	}
	if (err)
		tracefs_instance_remove(instance);
	return err;
}

void tracefs_instance_remove(struct tracefs_instance *instance)
{
	char path[96];

	if (instance->dir >= 0)
		close(instance->dir);
	if (instance->name[0]) {
		snprintf(path, sizeof(path), "instances/%s", instance->name);
		if (unlinkat(instance->root, path, AT_REMOVEDIR) && errno != ENOENT)
			warn("the tracing instance %s could not be removed: %s; the next recording "
			     "by ftrace removes it",
			     instance->name, strerror(errno));
	}
	if (instance->root >= 0)
		close(instance->root);
	*instance = (struct tracefs_instance){ .root = -1, .dir = -1 };
}
