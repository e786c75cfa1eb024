/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/resource.h>
#include "complain.h"
#include "workload.h"

static int apply_nice(const struct workload *workload)
{
	for (size_t i = 0; i < workload->nice_count; i++) {
		if (!setpriority(PRIO_PROCESS, workload->units[i].truth.tid, workload->nice[i]))
			continue;
		return complain("a lower nice value needs root (CAP_SYS_NICE) or RLIMIT_NICE",
				"nice %d for unit %zu was refused: %s", workload->nice[i], i,
				strerror(errno));
	}
	return 0;
}

int launch_release(struct workload *workload)
{
	struct gate *gate = workload->gate;

	if (gate_await(gate, GATE_TIMEOUT_MS))
		return complain("the machine may be overloaded: use fewer units (-n), or try again",
				"start gate: %u of %u tasks were ready within %d s",
				atomic_load(&gate->ready), gate->tasks, GATE_TIMEOUT_MS / 1000);
	if (apply_nice(workload))
		return -1;
	gate_release(gate);
	return 0;
}

int launch_on_carrier(struct workload *workload, void *(*carrier)(void *workload))
{
	void *failed = NULL;
	pthread_t thread;
	int error;

	gate_init(workload->gate, 1);
	error = pthread_create(&thread, NULL, carrier, workload);
	if (error)
		return complain("the limit on tasks (ulimit -u, pids.max) may be reached",
				"the carrier thread could not be created: %s", strerror(error));
	if (launch_release(workload))
		return -1;
	pthread_join(thread, &failed);
	return failed ? -1 : 0;
}
