/* SPDX-License-Identifier: MIT */
/* The kernel only says EAGAIN or ENOMEM: which limit it meant is found by looking at each. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include "body_spawn.h"
#include "coroutine.h"
#include "own_cgroups.h"
#include "proc_text.h"

static void set(struct spawn_limit *limit, const char *name, uint64_t value)
{
	snprintf(limit->name, sizeof(limit->name), "%s", name);
	limit->value = value;
}

/* All tasks there are: "0.20 0.18 0.12 1/80 11206". */
static uint64_t tasks_in_system(void)
{
	FILE *file = fopen("/proc/loadavg", "re");
	unsigned long long tasks = 0;

	if (file && fscanf(file, "%*s %*s %*s %*[0-9]/%llu", &tasks) != 1)
		tasks = 0;
	if (file)
		fclose(file);
	return tasks;
}

static unsigned maps_count(void)
{
	FILE *file = fopen("/proc/self/maps", "re");
	unsigned lines = 0;
	int c;

	while (file && (c = getc_unlocked(file)) != EOF)
		lines += c == '\n';
	if (file)
		fclose(file);
	return lines;
}

/* A cgroup that has as many tasks as it may. */
static bool pids_max_reached(const char *folder, void *limit)
{
	char path[600];
	uint64_t max, current;

	snprintf(path, sizeof(path), "%s/pids.max", folder);
	max = proc_first_number(path);
	snprintf(path, sizeof(path), "%s/pids.current", folder);
	current = proc_first_number(path);
	if (max == PROC_NO_NUMBER || current == PROC_NO_NUMBER || current < max)
		return false;
	set(limit, "pids.max", max);
	return true;
}

static bool needs_tasks(const struct nursery *nursery)
{
	return nursery->unit->workload->model->bit != MODEL_COROUTINES;
}

/* Within a sixteenth: the kernel refuses some before the number is full. */
static bool is_full(const char *path, uint64_t count, const char *name, struct spawn_limit *limit)
{
	uint64_t max = proc_first_number(path);

	if (max == PROC_NO_NUMBER || count < max - max / 16)
		return false;
	set(limit, name, max);
	return true;
}

/* As RLIMIT_NPROC counts them: by real uid, threads too. */
static uint64_t tasks_of_user(void)
{
	DIR *processes = opendir("/proc");
	struct dirent *entry;
	uint64_t tasks = 0;

	while (processes && (entry = readdir(processes))) {
		char path[sizeof(entry->d_name) + 16], text[4096];

		if (*entry->d_name < '0' || *entry->d_name > '9')
			continue;
		snprintf(path, sizeof(path), "/proc/%s/status", entry->d_name);
		proc_text(path, text, sizeof(text));
		if (*text && proc_number(text, "\nUid:") == getuid())
			tasks += proc_number(text, "\nThreads:");
	}
	if (processes)
		closedir(processes);
	return tasks;
}

static bool task_limit(struct spawn_limit *limit)
{
	uint64_t tasks = tasks_in_system();
	struct rlimit own;

	if (own_cgroups_ask("pids", pids_max_reached, limit) ||
	    is_full("/proc/sys/kernel/pid_max", tasks, "kernel.pid_max", limit) ||
	    is_full("/proc/sys/kernel/threads-max", tasks, "kernel.threads-max", limit))
		return true;
	if (getrlimit(RLIMIT_NPROC, &own) || own.rlim_cur == RLIM_INFINITY ||
	    own.rlim_cur > tasks_of_user())
		return false;
	set(limit, "RLIMIT_NPROC", own.rlim_cur);
	return true;
}

/* The most address space that creating one more asks for at once. */
static uint64_t space_of_one(const struct nursery *nursery)
{
	unsigned model = nursery->unit->workload->model->bit;

	return model == MODEL_COROUTINES ? coroutine_loop_mapping_bytes(nursery->loop)
	       : model == MODEL_THREADS	 ? 2 * THREAD_STACK_BYTES /* and a guard */
					 : 0;
}

static bool space_is_full(const struct nursery *nursery, uint64_t max)
{
	char text[4096];

	proc_text("/proc/self/status", text, sizeof(text));
	return proc_number(text, "\nVmSize:") * 1024 + space_of_one(nursery) > max;
}

static bool memory_limit(const struct nursery *nursery, struct spawn_limit *limit)
{
	struct rlimit space;

	if (is_full("/proc/sys/vm/max_map_count", maps_count(), "vm.max_map_count", limit))
		return true;
	if (getrlimit(RLIMIT_AS, &space) || space.rlim_cur == RLIM_INFINITY ||
	    !space_is_full(nursery, space.rlim_cur))
		return false;
	set(limit, "RLIMIT_AS", space.rlim_cur);
	return true;
}

void spawn_limit_of(const struct nursery *nursery, int error, struct spawn_limit *limit)
{
	/* pthread_create says EAGAIN where memory for the stack is refused, too. */
	if (needs_tasks(nursery) && error == EAGAIN && task_limit(limit))
		return;
	if (!memory_limit(nursery, limit))
		set(limit, "memory", spawn_memory_available());
}

bool spawn_limit_near(const struct nursery *nursery, struct spawn_limit *limit)
{
	uint64_t pids = proc_first_number("/proc/sys/kernel/pid_max");
	uint64_t threads = proc_first_number("/proc/sys/kernel/threads-max");
	uint64_t least = pids < threads ? pids : threads;

	if (!needs_tasks(nursery) || tasks_in_system() < least - least / 8)
		return false;
	set(limit, pids < threads ? "kernel.pid_max" : "kernel.threads-max", least);
	return true;
}
