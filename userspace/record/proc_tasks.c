/* SPDX-License-Identifier: MIT */
#include "proc_tasks.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define KTHREAD_FLAG 0x00200000 /* PF_KTHREAD, include/linux/sched.h */

struct task_list {
	struct task_event *tasks;
	size_t count, room;
	uint64_t boot_ahead_ns; /* CLOCK_BOOTTIME, of CLOCK_MONOTONIC */
	uint64_t tick_ns;
};

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

/* The whole of a small file as text. False: the task is gone, or the file is not there. */
static bool slurp(int dir, const char *name, char *text, size_t size)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	size_t at = 0;
	ssize_t got;

	if (fd < 0)
		return false;
	while (at < size - 1 && (got = read(fd, text + at, size - 1 - at)) > 0)
		at += got;
	close(fd);
	text[at] = '\0';
	return at > 0;
}

/* proc(5)'s letters as raw states, include/linux/sched.h; the kernel keeps no others apart here. */
static uint32_t raw_state_of(char letter)
{
	static const struct {
		char letter;
		uint32_t raw;
	} states[] = { { 'R', 0 },    { 'S', 1 },    { 'D', 2 },    { 'T', 4 },	   { 't', 8 },
		       { 'Z', 0x80 }, { 'X', 0x80 }, { 'P', 0x40 }, { 'I', 0x402 } };

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (states[i].letter == letter)
			return states[i].raw;
	return 2;
}

/* "202 0x7f... 0x80 0x2 ...": the call that it is blocked in and its arguments; "running". */
static void parse_syscall(const char *text, struct task_event *task)
{
	unsigned long long address, op, val;
	int number;

	if (sscanf(text, "%d %llx %llx %llx", &number, &address, &op, &val) != 4 || number < 0 ||
	    number > INT16_MAX)
		return;
	task->syscall = number;
	if (number != SYS_futex)
		return;
	task->futex_address = address;
	task->futex_op = op;
	task->futex_val = val;
}

/* "TID (COMM) STATE PPID ...": the name may hold brackets and spaces. proc(5) numbers the rest. */
static bool parse_stat(const char *text, const struct task_list *list, struct task_event *task)
{
	struct task_identity *id = &task->task;
	const char *open = strchr(text, '('), *close = strrchr(text, ')');
	unsigned long long start;
	unsigned ppid, flags, cpu, policy;
	size_t len;
	char state;
	int nice;

	if (!open || !close || close < open)
		return false;
	len = close - open - 1;
	memcpy(id->comm, open + 1, len < COMM_SIZE - 1 ? len : COMM_SIZE - 1);
	if (sscanf(close + 1,
		   " %c %u %*d %*d %*d %*d %u %*u %*u %*u %*u %*u %*u %*d %*d %*d %d %*d %*d %llu"
		   " %*u %*d %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*d %u %*u %u",
		   &state, &ppid, &flags, &nice, &start, &cpu, &policy) != 7)
		return false;
	task->state = raw_state_of(state);
	task->on_rq = state == 'R'; /* or it runs: then its CPU's own records tell */
	id->ppid = ppid;
	id->cpu = cpu;
	id->nice = nice;
	id->policy = policy;
	id->kthread = !!(flags & KTHREAD_FLAG);
	id->start_ns = start * list->tick_ns;
	id->start_ns -= id->start_ns < list->boot_ahead_ns ? id->start_ns : list->boot_ahead_ns;
	return true;
}

/* "ff,ffffffff": groups of 32 bits, the highest first. */
static void parse_mask(const char *text, struct task_identity *id)
{
	size_t len = strspn(text, "0123456789abcdef,");
	unsigned shift = 0;

	while (len--) {
		uint64_t digit = text[len];

		if (digit == ',')
			continue;
		digit = digit <= '9' ? digit - '0' : digit - 'a' + 10;
		if (shift < 64)
			id->mask |= digit << shift;
		id->mask_size += __builtin_popcountll(digit);
		shift += 4;
	}
}

static const char *status_row(const char *text, const char *key)
{
	const char *at = strstr(text, key);

	return at ? at + strlen(key) : NULL;
}

static bool parse_status(const char *text, struct task_event *task)
{
	const char *mask = status_row(text, "\nCpus_allowed:\t");
	const char *voluntary = status_row(text, "\nvoluntary_ctxt_switches:\t");
	const char *involuntary = status_row(text, "\nnonvoluntary_ctxt_switches:\t");

	if (!mask || !voluntary || !involuntary)
		return false;
	parse_mask(mask, &task->task);
	task->counters.nvcsw = strtoull(voluntary, NULL, 10);
	task->counters.nivcsw = strtoull(involuntary, NULL, 10);
	return true;
}

/* False: it ended meanwhile. */
static bool read_task(int dir, uint32_t pid, uint32_t tid, const struct task_list *list,
		      struct task_event *task)
{
	char text[8192];
	uint64_t run, delay;

	*task = (struct task_event){
		.head = { .ts = clock_ns(CLOCK_MONOTONIC),
			  .type = EVENT_TASK,
			  .size = sizeof(*task) },
		.task = { .tid = tid, .pid = pid },
		.syscall = SYSCALL_NONE,
	};
	if (!slurp(dir, "stat", text, sizeof(text)) || !parse_stat(text, list, task) ||
	    !slurp(dir, "status", text, sizeof(text)) || !parse_status(text, task))
		return false;
	if (slurp(dir, "schedstat", text, sizeof(text)) &&
	    sscanf(text, "%" SCNu64 " %" SCNu64, &run, &delay) == 2) {
		task->counters.run_ns = run;
		task->counters.run_delay_ns = delay;
	}
	if (task->state && !task->task.kthread && slurp(dir, "syscall", text, sizeof(text)))
		parse_syscall(text, task);
	task->read_ns = clock_ns(CLOCK_MONOTONIC);
	return true;
}

static bool add_task(struct task_list *list, int threads, uint32_t pid, const char *name)
{
	int dir = openat(threads, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0)
		return true;
	if (list->count == list->room) {
		size_t room = list->room ? 2 * list->room : 512;
		struct task_event *grown = reallocarray(list->tasks, room, sizeof(*grown));

		if (!grown) {
			close(dir);
			return false;
		}
		list->tasks = grown;
		list->room = room;
	}
	list->count +=
		read_task(dir, pid, strtoul(name, NULL, 10), list, &list->tasks[list->count]);
	close(dir);
	return true;
}

static bool is_number(const char *name)
{
	return *name >= '0' && *name <= '9';
}

static bool add_process(struct task_list *list, int proc, const char *pid)
{
	char path[32];
	DIR *threads;
	bool good = true;
	int fd;

	snprintf(path, sizeof(path), "%.15s/task", pid);
	fd = openat(proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	threads = fd >= 0 ? fdopendir(fd) : NULL;
	if (!threads)
		return true;
	for (struct dirent *entry; good && (entry = readdir(threads));)
		if (is_number(entry->d_name))
			good = add_task(list, fd, strtoul(pid, NULL, 10), entry->d_name);
	closedir(threads);
	return good;
}

long proc_tasks_read(void **out)
{
	struct task_list list = { .tick_ns = 1000000000ull / sysconf(_SC_CLK_TCK) };
	DIR *proc = opendir("/proc");
	bool good = true;
	uint64_t now;

	*out = NULL;
	if (!proc)
		return -1;
	now = clock_ns(CLOCK_MONOTONIC); /* first, so that the difference is none below 0 */
	list.boot_ahead_ns = clock_ns(CLOCK_BOOTTIME) - now;
	for (struct dirent *entry; good && (entry = readdir(proc));)
		if (is_number(entry->d_name))
			good = add_process(&list, dirfd(proc), entry->d_name);
	closedir(proc);
	if (!good) {
		free(list.tasks);
		errno = ENOMEM;
		return -1;
	}
	*out = list.tasks;
	return list.count * sizeof(*list.tasks);
}
