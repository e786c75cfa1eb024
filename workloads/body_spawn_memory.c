/* SPDX-License-Identifier: MIT */
/* What those alive take. They all are alike: of many processes a few are asked. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "body_spawn.h"
#include "own_cgroups.h"
#include "proc_text.h"

#define SAMPLES_MAX 64

/* "Name:   123 kB" in bytes, 0 where there is no such line. */
static uint64_t kilobytes_of(const char *text, const char *name)
{
	return proc_number(text, name) * 1024;
}

static uint64_t pss_of(pid_t pid)
{
	char path[64], text[1024];

	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int)pid);
	proc_text(path, text, sizeof(text));
	return proc_pss_bytes(text);
}

static uint64_t kernel_memory(void)
{
	char text[4096];

	proc_text("/proc/meminfo", text, sizeof(text));
	return kilobytes_of(text, "\nKernelStack:") + kilobytes_of(text, "\nPageTables:");
}

/* The number in a file of a cgroup, by its name in version 2 or in version 1. */
static uint64_t cgroup_number(const char *folder, const char *name, const char *name_v1)
{
	char path[600];
	uint64_t number;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	number = proc_first_number(path);
	if (number != PROC_NO_NUMBER)
		return number;
	snprintf(path, sizeof(path), "%s/%s", folder, name_v1);
	return proc_first_number(path);
}

/* Pages of files that nobody uses are given back where a cgroup is full. */
static uint64_t idle_file_bytes(const char *folder)
{
	char path[600], text[8192];
	uint64_t below; /* version 1 has those of the groups below apart */

	snprintf(path, sizeof(path), "%s/memory.stat", folder);
	proc_text(path, text, sizeof(text));
	below = proc_number(text, "\ntotal_inactive_file ");
	return below ? below : proc_number(text, "\ninactive_file ");
}

/* Of all that this process is in, the one with the least room decides. */
static bool least_room(const char *folder, void *least_bytes)
{
	uint64_t max = cgroup_number(folder, "memory.max", "memory.limit_in_bytes");
	uint64_t used = cgroup_number(folder, "memory.current", "memory.usage_in_bytes");
	uint64_t *least = least_bytes, idle = idle_file_bytes(folder);

	if (max == PROC_NO_NUMBER || used == PROC_NO_NUMBER)
		return false;
	used -= idle < used ? idle : used;
	if (max - (used < max ? used : max) < *least)
		*least = max - (used < max ? used : max);
	return false;
}

uint64_t spawn_memory_available(void)
{
	uint64_t available;
	char text[4096];

	proc_text("/proc/meminfo", text, sizeof(text));
	available = kilobytes_of(text, "\nMemAvailable:");
	own_cgroups_ask("memory", least_room, &available);
	return available;
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
