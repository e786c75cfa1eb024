/* SPDX-License-Identifier: MIT */
#include "helper_process.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include "complain.h"

static void helper_main(pid_t launcher, const char *name, void (*run)(void *, int), void *argument,
			int ready_fd)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != launcher)
		_exit(WORKLOAD_FAILED);
	prctl(PR_SET_NAME, name);
	run(argument, ready_fd);
	_exit(WORKLOAD_FAILED);
}

/* The helper's byte, or the end of the pipe: it ended before it could be used. */
static int await_ready(int fd, const char *name)
{
	char byte;
	ssize_t got;

	do
		got = read(fd, &byte, 1);
	while (got < 0 && errno == EINTR);
	if (got == 1)
		return 0;
	return complain("see the message above, if there is one; else run it again",
			"the helper %s could not be started", name);
}

int helper_start(struct workload *workload, struct helper_process *helper, const char *name,
		 void (*run)(void *argument, int ready_fd), void *argument)
{
	const char *hint = "the limit on tasks or on descriptors (ulimit -u, -n) may be reached";
	pid_t launcher = getpid(), pid; /* `helper` may lie in memory that the child shares */
	int ready[2], result;

	if (pipe2(ready, O_CLOEXEC))
		return complain(hint, "a pipe to the helper %s: %s", name, strerror(errno));
	pid = fork();
	if (pid == 0) {
		close(ready[0]);
		helper_main(launcher, name, run, argument, ready[1]);
	}
	close(ready[1]);
	if (pid < 0) {
		result = complain(hint, "the helper %s: %s", name, strerror(errno));
	} else {
		helper->pid = pid;
		helper->pidfd = pidfd_open(pid, 0);
		workload_helper(workload, pid, pid);
		result = await_ready(ready[0], name);
	}
	close(ready[0]);
	return result;
}

void helper_end(struct helper_process *helper)
{
	if (!helper->pid)
		return;
	if (helper->pidfd < 0) {
		/* Out of descriptors just after the fork: it is still a child of this process. */
		kill(helper->pid, SIGKILL);
		waitpid(helper->pid, NULL, 0);
	} else {
		pidfd_send_signal(helper->pidfd, SIGKILL, NULL, 0);
		waitid(P_PIDFD, helper->pidfd, NULL, WEXITED);
		close(helper->pidfd);
	}
	helper->pid = 0;
}
