/* SPDX-License-Identifier: MIT */
/*
 * One recording's life: hold the command at its gate, attach, snapshot, visit every CPU, let go,
 * drain on a timer, and once the command's last thread is gone detach, drain to the end, close.
 */
#include "recorder.h"
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "command.h"
#include "failure.h"
#include "machine.h"
#include "probes.h"
#include "recording_json.h"
#include "tid_set.h"
#include "trace_file.h"

#define DRAIN_EVERY_MS 100
#define FLUSH_EVERY_NS 1000000000ull /* what a kill can cost at most */
#define LAST_SWITCH_TIMEOUT_NS 2000000000ull
#define TERM_TO_KILL_NS 2000000000ull
#define TRUTH_MAX_BYTES (64u << 20)

struct recorder {
	struct probes *probes;
	double record_ns; /* calibrated */
	uint64_t ring_bytes;
	struct trace_writer *trace; /* of the recording that is being made */
	/* The command's process: the recording lasts until its last thread's last switch. */
	uint32_t watched_pid;
	struct tid_set living;
	bool anonymous;
	struct tid_set tree; /* the command and its descendants; kept for an anonymous trace only */
	uint64_t records;
};

union named_event { /* what holds a task's name */
	struct newtask_event newtask;
	struct rename_event rename;
	struct exec_event exec;
};

enum wake { WAKE_RINGS, WAKE_COMMAND, WAKE_SIGNAL };

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

/*
 * An anonymous trace names no task of other people: only the command's own tree keeps its names.
 * Returns the record, or its nameless copy in `copy`.
 */
static const struct event_head *without_foreign_name(struct recorder *r, union named_event *copy,
						     const struct event_head *record)
{
	const union named_event *named = (const void *)record;

	switch (record->type) {
	case EVENT_NEWTASK:
		if (tid_set_has(&r->tree, named->newtask.parent)) {
			tid_set_add(&r->tree, named->newtask.task.tid);
			return record;
		}
		copy->newtask = named->newtask;
		memset(copy->newtask.task.comm, 0, COMM_SIZE);
		return &copy->newtask.head;
	case EVENT_RENAME:
		if (tid_set_has(&r->tree, named->rename.tid))
			return record;
		copy->rename = named->rename;
		memset(copy->rename.comm, 0, COMM_SIZE);
		return &copy->rename.head;
	case EVENT_EXEC:
		if (tid_set_has(&r->tree, named->exec.task.tid))
			return record;
		copy->exec = named->exec;
		memset(copy->exec.task.comm, 0, COMM_SIZE);
		return &copy->exec.head;
	}
	return record;
}

static void on_lifecycle(struct recorder *r, int cpu, const struct event_head *record)
{
	const struct newtask_event *newtask = (const void *)record;
	union named_event copy;

	if (record->type == EVENT_NEWTASK && newtask->task.pid == r->watched_pid)
		tid_set_add(&r->living, newtask->task.tid);
	if (r->anonymous)
		record = without_foreign_name(r, &copy, record);
	trace_append(r->trace, SECTION_LIFECYCLE, cpu, record);
}

/* A failed write is said once by the writer; the rings are emptied all the same. */
static int on_record(void *ctx, int cpu, const struct event_head *record, size_t size)
{
	struct recorder *r = ctx;

	if (!event_check(record, size))
		return 0; /* not ours; its hole in the sequence shows */
	r->records++;
	if (record->type >= EVENT_NEWTASK) {
		on_lifecycle(r, cpu, record);
		return 0;
	}
	trace_append(r->trace, SECTION_SCHED, cpu, record);
	if (record->type == EVENT_SWITCH_LAST) {
		trace_append(r->trace, SECTION_LIFECYCLE, cpu, record);
		tid_set_remove(&r->living, ((const struct switch_event *)record)->prev);
		tid_set_remove(&r->tree, ((const struct switch_event *)record)->prev);
	}
	return 0;
}

/* 4 MiB a CPU holds 64,000 switches; all rings together take at most 1/32 of memory. */
static uint64_t default_ring_bytes(void)
{
	uint64_t memory = (uint64_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE);
	uint64_t share = memory / 32 / sysconf(_SC_NPROCESSORS_CONF), bytes = 4u << 20;

	while (bytes > share && bytes > 64u << 10)
		bytes /= 2;
	return bytes;
}

int recorder_open(struct recorder **out, uint64_t buffer_bytes)
{
	struct recorder *r = calloc(1, sizeof(*r));
	uint64_t bytes = sysconf(_SC_PAGESIZE);
	int err;

	*out = NULL;
	if (!r)
		return fail(EXIT_FAILED, NULL, "out of memory");
	while (bytes < (buffer_bytes ? buffer_bytes : default_ring_bytes()))
		bytes *= 2;
	r->ring_bytes = bytes;
	err = probes_load(&r->probes, bytes, on_record, r);
	if (err) {
		free(r);
		return err;
	}
	r->record_ns = probes_calibrate(r->probes);
	*out = r;
	return 0;
}

void recorder_close(struct recorder *r)
{
	if (!r)
		return;
	probes_free(r->probes);
	tid_set_free(&r->living);
	tid_set_free(&r->tree);
	free(r);
}

/* Every CPU the recorder may run on gets a record, so that a quiet one is known to idle. */
static void visit_every_cpu(void)
{
	size_t size = CPU_ALLOC_SIZE(EVENT_MAX_CPUS);
	cpu_set_t *before = CPU_ALLOC(EVENT_MAX_CPUS), *all = CPU_ALLOC(EVENT_MAX_CPUS),
		  *one = CPU_ALLOC(EVENT_MAX_CPUS);

	if (before && all && one && !sched_getaffinity(0, size, before)) {
		memset(all, 0xff, size);
		for (int cpu = 0; cpu < EVENT_MAX_CPUS; cpu++) {
			CPU_ZERO_S(size, one);
			CPU_SET_S(cpu, size, one);
			sched_setaffinity(0, size, one); /* fails for a CPU that is not there */
		}
		sched_setaffinity(0, size, before);
	}
	CPU_FREE(before);
	CPU_FREE(all);
	CPU_FREE(one);
}

static int write_tasks(struct recorder *r, enum section_type type)
{
	void *tasks;
	long size = probes_snapshot_tasks(r->probes, &tasks);
	int err;

	if (size < 0)
		return fail(EXIT_CANNOT, "`schedlab check` says more",
			    "the living tasks can't be listed: %s", strerror(errno));
	for (long at = 0; r->anonymous && at < size; at += sizeof(struct task_event)) {
		struct task_event *task = (void *)((char *)tasks + at);

		if (!tid_set_has(&r->tree, task->task.tid))
			memset(task->task.comm, 0, COMM_SIZE);
	}
	err = trace_write_section(r->trace, type, tasks, size);
	free(tasks);
	return err;
}

struct waiting {
	struct recorder *r;
	struct command *command;
	const struct run_options *options;
	struct run_result *result;
	int epoll_fd, signal_fd;
	uint64_t deadline_ns, kill_ns, flushed_ns; /* 0: none */
};

static int waiting_open(struct waiting *w)
{
	int fds[] = { probes_wakeup_fd(w->r->probes), w->command->pidfd, -1 };
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	w->signal_fd = fds[WAKE_SIGNAL] = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	w->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	for (int i = 0; i < 3; i++) {
		struct epoll_event event = { .events = EPOLLIN, .data.u32 = i };

		if (epoll_ctl(w->epoll_fd, EPOLL_CTL_ADD, fds[i], &event))
			return fail(EXIT_FAILED, NULL, "the recorder can't wait: %s",
				    strerror(errno));
	}
	return 0;
}

static void waiting_close(struct waiting *w)
{
	sigset_t signals;

	close(w->epoll_fd);
	close(w->signal_fd);
	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_UNBLOCK, &signals, NULL);
}

/* The first signal ends the command in order, the second at once. */
static void on_signal(struct waiting *w)
{
	struct signalfd_siginfo info;

	while (read(w->signal_fd, &info, sizeof(info)) == sizeof(info)) {
		/* A terminal has sent it to the command too. */
		if (w->result->interrupted)
			kill(w->command->pid, SIGKILL);
		else if (info.ssi_code != SI_KERNEL)
			kill(w->command->pid, info.ssi_signo);
		w->result->interrupted = true;
	}
}

static void on_timer(struct waiting *w, uint64_t now)
{
	if (w->deadline_ns && now >= w->deadline_ns) {
		w->result->timed_out = true;
		w->deadline_ns = 0;
		w->kill_ns = now + TERM_TO_KILL_NS;
		kill(w->command->pid, SIGTERM);
	}
	if (w->kill_ns && now >= w->kill_ns) {
		w->kill_ns = 0;
		kill(w->command->pid, SIGKILL);
	}
	if (now - w->flushed_ns >= FLUSH_EVERY_NS) {
		trace_flush(w->r->trace);
		w->flushed_ns = now;
	}
}

static void wait_for_command(struct waiting *w)
{
	bool ended = false;

	while (!ended) {
		struct epoll_event events[3];
		int count = epoll_wait(w->epoll_fd, events, 3, DRAIN_EVERY_MS);

		for (int i = 0; i < count; i++) {
			ended |= events[i].data.u32 == WAKE_COMMAND;
			if (events[i].data.u32 == WAKE_SIGNAL)
				on_signal(w);
		}
		probes_drain(w->r->probes);
		on_timer(w, now_ns());
	}
}

/* A reaped process still has its last switch before it: milliseconds, more after much memory. */
static void wait_for_last_switch(struct recorder *r)
{
	uint64_t give_up = now_ns() + LAST_SWITCH_TIMEOUT_NS;

	while (r->living.count && now_ns() < give_up) {
		probes_drain(r->probes);
		if (r->living.count)
			usleep(1000);
	}
}

static json_t *read_truth(int fd)
{
	struct stat st;
	json_t *truth = NULL;
	char *text;

	if (fd < 0 || fstat(fd, &st) || st.st_size <= 0 || st.st_size > TRUTH_MAX_BYTES)
		return NULL;
	text = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (text == MAP_FAILED)
		return NULL;
	truth = json_loadb(text, st.st_size, JSON_REJECT_DUPLICATES, NULL);
	munmap(text, st.st_size);
	return truth;
}

static void take_status(int status, struct run_result *result)
{
	result->exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	result->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

/* From an open gate to a closed trace. */
static int record_run(struct waiting *w, struct recording_end *end)
{
	struct recorder *r = w->r;
	uint64_t started = now_ns();
	struct rusage before, after, command;
	json_t *truth, *json;
	int err;

	getrusage(RUSAGE_SELF, &before);
	err = command_release(w->command, w->options);
	if (err)
		return err;
	w->flushed_ns = started;
	if (w->options->duration_s > 0)
		w->deadline_ns = started + (uint64_t)(w->options->duration_s * 1e9);
	wait_for_command(w);
	take_status(command_reap(w->command, &command), w->result);
	w->result->wall_ns = now_ns() - started;
	wait_for_last_switch(r);
	err = write_tasks(r, SECTION_TASKS_END);
	probes_detach(r->probes);
	end->stopped_ns = now_ns();
	probes_drain(r->probes);
	getrusage(RUSAGE_SELF, &after);
	truth = read_truth(w->command->truth_fd);
	if (truth)
		trace_write_json(r->trace, SECTION_TRUTH, truth);
	json_decref(truth);
	end->result = w->result;
	end->before = &before;
	end->after = &after;
	end->command = &command;
	end->records = r->records;
	end->record_ns = r->record_ns;
	end->recursion_misses = probes_recursion_misses(r->probes) - end->recursion_misses;
	json = recording_end_json(end, r->probes);
	trace_write_json(r->trace, SECTION_END, json);
	json_decref(json);
	return err;
}

static int write_start(struct recorder *r, const struct run_options *o, const struct command *command)
{
	json_t *machine = machine_describe(o->anonymous);
	json_t *run = recording_run_json(o, command->pid, r->ring_bytes);
	int err = trace_write_json(r->trace, SECTION_MACHINE, machine);

	if (!err)
		err = trace_write_json(r->trace, SECTION_RUN, run);
	json_decref(machine);
	json_decref(run);
	return err;
}

int recorder_record(struct recorder *r, const struct run_options *o, const char *path,
		    struct run_result *result)
{
	struct recording_end end = { .recursion_misses = probes_recursion_misses(r->probes) };
	struct command command;
	struct waiting w = { r, &command, o, result, -1, -1, 0, 0, 0 };
	int err;

	*result = (struct run_result){ .exit_status = -1 };
	r->records = 0;
	r->living.count = r->tree.count = 0;
	r->anonymous = o->anonymous;
	err = trace_create(&r->trace, path, probes_cpu_count(r->probes));
	if (err)
		return err;
	err = command_hold(&command, o);
	if (!err) {
		r->watched_pid = command.pid;
		err = tid_set_add(&r->living, command.pid);
	}
	if (!err && o->anonymous)
		err = tid_set_add(&r->tree, command.pid);
	if (!err)
		err = write_start(r, o, &command);
	if (!err)
		err = waiting_open(&w);
	if (!err)
		err = probes_attach(r->probes);
	if (!err)
		err = write_tasks(r, SECTION_TASKS);
	if (!err) {
		visit_every_cpu();
		err = record_run(&w, &end);
	}
	probes_detach(r->probes);
	waiting_close(&w);
	command_end(&command);
	if (!err)
		return trace_close(r->trace);
	trace_abandon(r->trace);
	if (err == EXIT_NOT_FOUND || err == EXIT_NOT_EXECUTABLE || err == EXIT_CANNOT)
		unlink(path); /* nothing ran: nothing to keep */
	return err;
}
