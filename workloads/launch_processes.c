/* SPDX-License-Identifier: MIT */
/*
 * One forked process a unit: tasks that share nothing but the pages they were given before the
 * fork.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include "complain.h"
#include "workload.h"

static void process_main(struct unit *unit)
{
	/* The units end with their launcher, however it ends, even if it did so just now. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != unit->workload->launcher.pid)
		_exit(WORKLOAD_FAILED);
	unit_identify(&unit->truth);
	gate_pass(unit->workload->gate);
	unit_run(unit);
	_exit(WORKLOAD_GOOD);
}

static int fork_units(struct workload *workload, pid_t *pids)
{
	for (unsigned i = 0; i < workload->units_count; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			process_main(&workload->units[i]);
		if (pids[i] > 0)
			continue;
		pids[i] = 0;
		return complain(
			"use fewer units (-n), or raise the limit on tasks (ulimit -u, pids.max)",
			"process %u of %u could not be forked: %s", i + 1, workload->units_count,
			strerror(errno));
	}
	return 0;
}

static void end_units(pid_t *pids, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (pids[i])
			kill(pids[i], SIGKILL);
	for (unsigned i = 0; i < count; i++)
		if (pids[i])
			waitpid(pids[i], NULL, 0);
}

static int complain_of_unit(const struct workload *workload, unsigned index, int status)
{
	const char *hint = "the other units were ended; run it again, or with fewer units (-n)";
	pid_t pid = workload->units[index].truth.pid;

	if (atomic_load(&workload->failure->written))
		return complain(hint, "%s", workload->failure->text);
	if (WIFSIGNALED(status))
		return complain(hint, "unit %u (process %d) was ended by signal %d (%s)", index,
				(int)pid, WTERMSIG(status), strsignal(WTERMSIG(status)));
	return complain(hint, "unit %u (process %d) ended with status %d", index, (int)pid,
			WEXITSTATUS(status));
}

/*
 * Any unit may end first, and a failed one may be what the others wait for. A child that is not a
 * unit came with an exec from a shell and is passed over. Units mostly end in order: `at` makes
 * that cheap.
 */
static int await_units(struct workload *workload, pid_t *pids)
{
	unsigned left = workload->units_count, at = 0, tried;

	while (left) {
		int status;
		pid_t pid = waitpid(-1, &status, 0);

		if (pid < 0 && errno == EINTR)
			continue;
		if (pid < 0)
			return complain("a parent that ignores SIGCHLD may have caused it",
					"waiting for the units: %s", strerror(errno));
		for (tried = 0; tried < workload->units_count && pids[at] != pid; tried++)
			at = (at + 1) % workload->units_count;
		if (pids[at] != pid)
			continue;
		pids[at] = 0;
		left--;
		if (status)
			return complain_of_unit(workload, at, status);
	}
	return 0;
}

static int launch(struct workload *workload)
{
	pid_t *pids;
	int failed;

	if (workload_prepare(workload, &runtime_process))
		return -1;
	pids = calloc(workload->units_count, sizeof(*pids));
	if (!pids)
		return complain("use fewer units (-n)", "out of memory");
	/*
	 * Ignored SIGCHLD is inherited and would reap the units before they are asked how they
	 * ended.
	 */
	signal(SIGCHLD, SIG_DFL);
	gate_init(workload->gate, workload->units_count);
	failed = fork_units(workload, pids) || launch_release(workload) ||
		 await_units(workload, pids);
	if (failed)
		end_units(pids, workload->units_count);
	free(pids);
	return failed ? -1 : 0;
}

const struct model model_processes = {
	.name = "processes",
	.bit = MODEL_PROCESSES,
	.why = "one forked process a unit: the kernel spreads them over cores, memory is apart",
	.units_max = 10000,
	.launch = launch,
};
