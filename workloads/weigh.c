/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "proc_text.h"
#include "workload.h"

#define SAMPLES_MAX 64

/* What the kernel has for all stacks over all tasks; 0 where /proc does not say. */
static uint64_t kernel_stack_bytes(void)
{
	char memory[4096], load[128];
	uint64_t tasks;

	proc_text("/proc/meminfo", memory, sizeof(memory));
	proc_text("/proc/loadavg", load, sizeof(load));
	tasks = proc_number(load, "/");
	return tasks ? proc_number(memory, "\nKernelStack:") * 1024 / tasks : 0;
}

static uint64_t process_bytes(pid_t pid, uint64_t stack_bytes)
{
	char path[64], rollup[1024], status[4096];

	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int)pid);
	proc_text(path, rollup, sizeof(rollup));
	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	proc_text(path, status, sizeof(status));
	return proc_pss_bytes(rollup) + proc_number(status, "\nVmPTE:") * 1024 +
	       proc_number(status, "\nThreads:") * stack_bytes;
}

/* The next unit from *index on whose process is another than the launcher's and that before. */
static pid_t next_process(const struct workload *workload, unsigned *index, pid_t before)
{
	for (; *index < workload->units_count; ++*index) {
		pid_t pid = workload->units[*index].truth.pid;

		if (pid && pid != before && pid != workload->launcher.pid)
			return pid;
	}
	return 0;
}

static unsigned count_processes(const struct workload *workload)
{
	unsigned count = 0, index = 0;
	pid_t pid = 0;

	while ((pid = next_process(workload, &index, pid)))
		count++;
	return count;
}

uint64_t workload_weigh(const struct workload *workload)
{
	unsigned processes = count_processes(workload), index = 0, asked = 0;
	unsigned step = processes / SAMPLES_MAX + 1;
	uint64_t stack_bytes = kernel_stack_bytes(), sum = 0;
	pid_t pid = 0;

	for (unsigned i = 0; (pid = next_process(workload, &index, pid)); i++) {
		if (i % step)
			continue;
		sum += process_bytes(pid, stack_bytes);
		asked++;
	}
	return process_bytes(workload->launcher.pid, stack_bytes) +
	       (asked ? sum * processes / asked : 0);
}
