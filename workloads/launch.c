/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include "complain.h"
#include "workload.h"

#define LOOK_EVERY_MS 100

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

static int pin(const struct workload *workload, const char *what, unsigned index, pid_t tid)
{
	int cpu = workload->pins[index % workload->pins_count];
	struct strict_cpus cpus = { 0 };

	strict_cpus_add(&cpus, cpu);
	if (!sched_setaffinity(tid, sizeof(cpus), (const void *)&cpus))
		return 0;
	return complain("taskset -p $$ shows which are allowed, lscpu which exist",
			"--pin: CPU %d for %s %u was refused: %s", cpu, what, index,
			strerror(errno));
}

/* Carriers where there are some: several units have one place then. */
static int apply_pins(const struct workload *workload)
{
	for (unsigned i = 0; workload->pins && i < workload->carriers_count; i++)
		if (pin(workload, "carrier", i, workload->carriers[i].tid))
			return -1;
	for (unsigned i = 0;
	     workload->pins && !workload->carriers_count && i < workload->units_count; i++)
		if (pin(workload, "unit", i, workload->units[i].truth.tid))
			return -1;
	return 0;
}

void launch_give_up(struct workload *workload)
{
	for (unsigned i = 0; i < workload->units_count && !workload->gave_up_ns; i++)
		if (!workload->units[i].truth.finish_ns)
			workload->gave_up_ns = reading_now_ns();
}

static int await_tasks(struct gate *gate, int (*lost)(void *argument), void *argument)
{
	for (unsigned waited_ms = 0; waited_ms < GATE_TIMEOUT_MS; waited_ms += LOOK_EVERY_MS) {
		if (!gate_await(gate, LOOK_EVERY_MS))
			return 0;
		if (lost && lost(argument))
			return -1;
	}
	return complain("the machine may be overloaded: use fewer units (-n), or try again",
			"start gate: %u of %u tasks were ready within %d s",
			atomic_load(&gate->ready), gate->tasks, GATE_TIMEOUT_MS / 1000);
}

int launch_release(struct workload *workload, int (*lost)(void *argument), void *argument)
{
	if (await_tasks(workload->gate, lost, argument))
		return -1;
	if (apply_nice(workload) || apply_pins(workload))
		return -1;
	if (workload->body->weighed)
		workload->bytes_ready = workload_weigh(workload);
	gate_release(workload->gate);
	return 0;
}
