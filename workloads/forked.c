/* SPDX-License-Identifier: MIT */
#include "forked.h"
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "complain.h"

struct forked {
	struct workload *workload;
	int (*main)(struct workload *workload, unsigned index);
	unsigned count;
	pid_t pids[]; /* 0: not there */
};

static void process_main(const struct forked *forked, unsigned index)
{
	/* They end with their launcher, however it ends, even if it did so just now. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != forked->workload->launcher.pid)
		_exit(WORKLOAD_FAILED);
	_exit(forked->main(forked->workload, index) ? WORKLOAD_FAILED : WORKLOAD_GOOD);
}

static int fork_all(struct forked *forked)
{
	for (unsigned i = 0; i < forked->count; i++) {
		forked->pids[i] = fork();
		if (forked->pids[i] == 0)
			process_main(forked, i);
		if (forked->pids[i] > 0)
			continue;
		forked->pids[i] = 0;
		return complain(
			"use fewer units (-n), or raise the limit on tasks (ulimit -u, pids.max)",
			"process %u of %u could not be forked: %s", i + 1, forked->count,
			strerror(errno));
	}
	return 0;
}

static void end_all(struct forked *forked)
{
	for (unsigned i = 0; i < forked->count; i++)
		if (forked->pids[i])
			kill(forked->pids[i], SIGKILL);
	for (unsigned i = 0; i < forked->count; i++)
		if (forked->pids[i])
			waitpid(forked->pids[i], NULL, 0);
}

static int complain_of_one(const struct forked *forked, unsigned index, pid_t pid, int status)
{
	const char *hint = "the other units were ended; run it again, or with fewer units (-n)";
	const char *what = forked->workload->processes ? "carriers" : "unit";

	if (atomic_load(&forked->workload->failure->written))
		return complain(hint, "%s", forked->workload->failure->text);
	if (WIFSIGNALED(status))
		return complain(hint, "%s %u (process %d) was ended by signal %d (%s)", what, index,
				(int)pid, WTERMSIG(status), strsignal(WTERMSIG(status)));
	return complain(hint, "%s %u (process %d) ended with status %d", what, index, (int)pid,
			WEXITSTATUS(status));
}

/* Before the gate nobody ends well: what all the others would wait for. */
static int complain_of_lost(void *argument)
{
	struct forked *forked = argument;

	for (unsigned i = 0; i < forked->count; i++) {
		pid_t pid = forked->pids[i];
		int status;

		if (waitpid(pid, &status, WNOHANG) != pid)
			continue;
		forked->pids[i] = 0;
		return complain_of_one(forked, i, pid, status);
	}
	return 0;
}

/* The next child that has ended; 0: those that are left never will. */
static pid_t next_ended(const struct workload *workload, int *status)
{
	const struct timespec moment = { .tv_nsec = 10000000 };

	if (!workload->body->end_ns)
		return waitpid(-1, status, 0);
	for (;;) {
		pid_t pid = waitpid(-1, status, WNOHANG);
		uint64_t end_ns = workload->body->end_ns(workload);

		if (pid || (end_ns && reading_now_ns() >= end_ns))
			return pid;
		nanosleep(&moment, NULL);
	}
}

/* With a process die all the units in it that have not finished. */
static bool is_death_of_units(struct workload *workload, pid_t pid, int status)
{
	uint64_t now_ns = reading_now_ns();

	if (!workload->body->may_die || !WIFSIGNALED(status))
		return false;
	for (unsigned i = 0; i < workload->units_count; i++) {
		struct unit_truth *truth = &workload->units[i].truth;

		if (truth->pid != pid || truth->finish_ns)
			continue;
		truth->signal = WTERMSIG(status);
		truth->died_ns = now_ns;
	}
	return true;
}

/*
 * Any process may end first, and a failed one may be what the others wait for. A child that is not
 * ours came with an exec from a shell and is passed over. They mostly end in order: `at` makes that
 * cheap.
 */
static int await_all(struct forked *forked)
{
	unsigned left = forked->count, at = 0, tried;

	while (left) {
		int status;
		pid_t pid = next_ended(forked->workload, &status);

		if (pid < 0 && errno == EINTR)
			continue;
		if (!pid) {
			launch_give_up(forked->workload);
			end_all(forked);
			return 0;
		}
		if (pid < 0)
			return complain("a parent that ignores SIGCHLD may have caused it",
					"waiting for the units: %s", strerror(errno));
		for (tried = 0; tried < forked->count && forked->pids[at] != pid; tried++)
			at = (at + 1) % forked->count;
		if (forked->pids[at] != pid)
			continue;
		forked->pids[at] = 0;
		left--;
		if (status && !is_death_of_units(forked->workload, pid, status))
			return complain_of_one(forked, at, pid, status);
	}
	return 0;
}

int forked_run(struct workload *workload, unsigned count,
	       int (*main)(struct workload *workload, unsigned index))
{
	struct forked *forked = calloc(1, sizeof(*forked) + count * sizeof(pid_t));
	int failed;

	if (!forked)
		return complain("use fewer units (-n)", "out of memory");
	forked->workload = workload;
	forked->main = main;
	forked->count = count;
	/*
	 * Ignored SIGCHLD is inherited and would reap the units before they are asked how they
	 * ended.
	 */
	signal(SIGCHLD, SIG_DFL);
	failed = fork_all(forked) || launch_release(workload, complain_of_lost, forked) ||
		 await_all(forked);
	if (failed)
		end_all(forked);
	free(forked);
	return failed ? -1 : 0;
}
