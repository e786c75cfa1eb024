/* SPDX-License-Identifier: MIT */
/* What those alive take. They all are alike: of many processes a few are asked. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "body_spawn.h"
#include "proc_text.h"

#define SAMPLES_MAX 64

/* "Name:   123 kB" in bytes, 0 where there is no such line. */
static uint64_t kilobytes_of(const char *text, const char *name)
{
	return proc_number(text, name) * 1024;
}

/* Pss is a process's share of each page by how many have it mapped. */
static uint64_t pss_of(pid_t pid)
{
	char path[64], text[1024];

	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int)pid);
	proc_text(path, text, sizeof(text));
	return kilobytes_of(text, "\nPss:");
}

static uint64_t kernel_memory(void)
{
	char text[4096];

	proc_text("/proc/meminfo", text, sizeof(text));
	return kilobytes_of(text, "\nKernelStack:") + kilobytes_of(text, "\nPageTables:");
}

uint64_t spawn_memory_available(void)
{
	char text[4096];

	proc_text("/proc/meminfo", text, sizeof(text));
	return kilobytes_of(text, "\nMemAvailable:");
}

static bool in_processes(const struct nursery *nursery)
{
	return nursery->unit->workload->model->bit == MODEL_PROCESSES;
}

static uint64_t pss_of_some(const struct nursery *nursery, unsigned alive)
{
	unsigned samples = alive < SAMPLES_MAX ? alive : SAMPLES_MAX;
	uint64_t sum = 0;

	for (unsigned i = 0; i < samples; i++)
		sum += pss_of(nursery->born[(uint64_t)i * alive / samples].pid);
	return samples ? sum * alive / samples : 0;
}

uint64_t spawn_memory(const struct nursery *nursery, unsigned alive)
{
	uint64_t bytes = pss_of(getpid()) + kernel_memory();

	return in_processes(nursery) ? bytes + pss_of_some(nursery, alive) : bytes;
}

uint64_t spawn_memory_quick(const struct nursery *nursery, unsigned alive)
{
	uint64_t bytes = kernel_memory();
	char text[256], *rest;

	if (in_processes(nursery))
		return bytes + (alive ? alive * pss_of(nursery->born[alive - 1].pid) : 0);
	proc_text("/proc/self/statm", text, sizeof(text));
	strtoull(text, &rest, 10); /* the address space; then what of it is in memory */
	return bytes + strtoull(rest, NULL, 10) * sysconf(_SC_PAGESIZE);
}
