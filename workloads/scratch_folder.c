/* SPDX-License-Identifier: MIT */
#include "scratch_folder.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "complain.h"

static void remove_folder(const char *path)
{
	DIR *folder = opendir(path);
	struct dirent *entry;

	while (folder && (entry = readdir(folder)))
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
			unlinkat(dirfd(folder), entry->d_name, 0);
	if (folder)
		closedir(folder);
	rmdir(path);
}

/*
 * Whatever ends the others must not end it: it is in a session of its own, and all signals were
 * blocked before it was forked. Of their descriptors it holds nothing but the pipe, or who waits
 * for the end of their output would wait for it too.
 */
static void reaper_main(const char *path, int pipe_fd)
{
	int held_fd = fcntl(pipe_fd, F_DUPFD, 3), null_fd = open("/dev/null", O_RDWR);
	char byte;

	prctl(PR_SET_NAME, "scratch-reaper");
	setsid();
	for (int fd = 0; fd < 3; fd++)
		dup2(null_fd, fd);
	close_range(3, held_fd - 1, 0);
	close_range(held_fd + 1, ~0u, 0);
	while (read(held_fd, &byte, 1) < 0 && errno == EINTR)
		;
	remove_folder(path);
	_exit(WORKLOAD_GOOD);
}

static int fork_reaper(struct workload *workload, struct scratch_folder *folder)
{
	sigset_t all, before;
	int ends[2], error;
	pid_t pid; /* the folder may lie in memory that the child shares */

	if (pipe2(ends, O_CLOEXEC))
		return -1;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	pid = fork();
	if (pid == 0) {
		close(ends[1]);
		reaper_main(folder->path, ends[0]);
	}
	error = errno;
	sigprocmask(SIG_SETMASK, &before, NULL);
	close(ends[0]);
	if (pid < 0) {
		close(ends[1]);
		errno = error;
		return -1;
	}
	folder->reaper = pid;
	folder->pipe_fd = ends[1];
	folder->reaper_pidfd = pidfd_open(pid, 0);
	workload_helper(workload, pid, pid);
	return 0;
}

int scratch_make(struct workload *workload, struct scratch_folder *folder)
{
	const char *parent = getenv("TMPDIR");
	uint64_t random;
	int length;

	if (!parent || !*parent)
		parent = "/var/tmp";
	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		return complain("report this", "no random number: %s", strerror(errno));
	length = snprintf(folder->path, sizeof(folder->path), "%s/schedlab-%s-%016llx", parent,
			  workload->body->name, (unsigned long long)random);
	if (length >= (int)sizeof(folder->path))
		return complain("set TMPDIR to a shorter path", "%s: the path is too long", parent);
	/* The reaper first: there is no moment with a folder and without one who removes it. */
	if (fork_reaper(workload, folder))
		return complain("the limit on tasks or descriptors (ulimit -u, -n) may be reached",
				"the process that removes %s: %s", folder->path, strerror(errno));
	if (mkdir(folder->path, 0700))
		return complain("set TMPDIR to a folder on a disk that can be written to", "%s: %s",
				folder->path, strerror(errno));
	return 0;
}

void scratch_remove(struct scratch_folder *folder)
{
	if (!folder->reaper)
		return;
	close(folder->pipe_fd);
	if (folder->reaper_pidfd < 0) {
		waitpid(folder->reaper, NULL, 0);
	} else {
		waitid(P_PIDFD, folder->reaper_pidfd, NULL, WEXITED);
		close(folder->reaper_pidfd);
	}
	folder->reaper = 0;
	/* Whoever ended everything of a name, or of a cgroup, ended the reaper too. */
	remove_folder(folder->path);
	if (!access(folder->path, F_OK))
		complain("remove it", "%s could not be removed", folder->path);
}
