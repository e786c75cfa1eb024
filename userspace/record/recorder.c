/* SPDX-License-Identifier: MIT */
/*
 * One recording's life: hold the command at its gate, attach, snapshot, visit every CPU, let go,
 * drain on a timer, and once the command's last thread is gone detach, drain to the end, close.
 * What runs already is recorded without a command, from the attach on.
 */
#include "recorder.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "command_wait.h"
#include "common/failure.h"
#include "common/leftover.h"
#include "machine/cpus_online.h"
#include "machine/machine.h"
#include "machine/privilege.h"
#include "machine/throttle.h"
#include "record_sink.h"
#include "recording_json.h"
#include "target.h"
#include "trace/trace_file.h"

#define LAST_SWITCH_TIMEOUT_NS 2000000000ull
#define TRUTH_MAX_BYTES (64u << 20)

struct recorder {
	struct capture *capture;
	double record_ns; /* calibrated */
	uint64_t ring_bytes;
	bool trace_is_leftover;	   /* if a signal ends schedlab now: nothing has run */
	struct record_sink sink;   /* of the recording that is being made */
	struct cpu_times times[2]; /* as its run began, and as it ended */
};

/* 4 MiB a CPU holds 64,000 switches; all rings together take at most 1/32 of memory. */
static uint64_t default_ring_bytes(void)
{
	uint64_t memory = (uint64_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE);
	uint64_t share = memory / 32 / sysconf(_SC_NPROCESSORS_CONF), bytes = 4u << 20;

	while (bytes > share && bytes > 64u << 10)
		bytes /= 2;
	return bytes;
}

int recorder_open(struct recorder **out, enum capture_backend backend, uint64_t buffer_bytes)
{
	struct recorder *r = calloc(1, sizeof(*r));
	uint64_t bytes = sysconf(_SC_PAGESIZE);
	const char *remedy, *namespace = privilege_namespace(&remedy);
	int err;

	*out = NULL;
	if (namespace) {
		free(r);
		return fail(EXIT_CANNOT, remedy, "recording would be wrong here: this is %s",
			    namespace);
	}
	if (!r)
		return fail_memory();
	while (bytes < (buffer_bytes ? buffer_bytes : default_ring_bytes()))
		bytes *= 2;
	r->ring_bytes = bytes;
	err = capture_open(&r->capture, backend, bytes, record_sink_take, &r->sink);
	if (err) {
		free(r);
		return err;
	}
	r->record_ns = r->capture->ops->calibrate(r->capture);
	*out = r;
	return 0;
}

void recorder_close(struct recorder *r)
{
	if (!r)
		return;
	r->capture->ops->close(r->capture);
	record_sink_free(&r->sink);
	free(r);
}

/* A reaped process still has its last switch before it: milliseconds, more after much memory. */
static void wait_for_last_switch(struct recorder *r)
{
	uint64_t give_up = now_ns() + LAST_SWITCH_TIMEOUT_NS;

	/* Every birth is in the rings by now, so after a whole drain the sum is no less than true.
	 */
	r->capture->ops->drain(r->capture);
	while (r->sink.living > 0 && now_ns() < give_up) {
		usleep(1000);
		r->capture->ops->drain(r->capture);
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

static long snapshot(struct recorder *r, struct task_event **rows)
{
	void *tasks = NULL;
	long size = r->capture->ops->snapshot_tasks(r->capture, &tasks);

	*rows = tasks;
	if (size < 0)
		fail(EXIT_CANNOT, "`schedlab check` says more",
		     "the living tasks can't be listed: %s", strerror(errno));
	return size;
}

static int write_machine(struct recorder *r, const struct run_options *o)
{
	json_t *machine = machine_describe(o->anonymous);
	int err = trace_write_json(r->sink.trace, SECTION_MACHINE, machine);

	json_decref(machine);
	return err;
}

static int write_run(struct recorder *r, const struct run_options *o, const struct target *target,
		     pid_t pid)
{
	struct recording_start start = { .command_pid = pid,
					 .backend = r->capture->ops->backend,
					 .ring_bytes = r->ring_bytes,
					 .attached_ns = now_ns(),
					 .target = target_json(target, o->anonymous),
					 .tells_hotplug = r->capture->tells_hotplug };
	json_t *run = recording_run_json(o, &start);
	json_t *formats = r->capture->ops->describe ? r->capture->ops->describe(r->capture) : NULL;
	int err = trace_write_json(r->sink.trace, SECTION_RUN, run);

	if (!err && formats)
		err = trace_write_json(r->sink.trace, SECTION_FORMATS, formats);
	json_decref(formats);

	json_decref(start.target);
	json_decref(run);
	return err;
}

/*
 * Attaches, and only then sees who lives, so that no birth lies between; the window of what runs
 * already begins once that is known and every CPU has a record.
 */
static int attach(struct recorder *r, const struct run_options *o, struct target *target, pid_t pid)
{
	int err = r->capture->ops->attach(r->capture);
	struct task_event *rows;
	long size;

	if (!err)
		err = target_list(target);
	if (err)
		return err;
	size = snapshot(r, &rows);
	if (size < 0)
		return EXIT_CANNOT;
	/* A command that is gone by now says why when it is let go. */
	if (!record_sink_members(&r->sink, target, rows, size / sizeof(*rows)) &&
	    target->kind != TARGET_COMMAND)
		err = fail(EXIT_FAILED, "have they ended meanwhile?",
			   "no living task of those to be recorded is to be seen");
	if (!err)
		err = record_sink_tasks(&r->sink, SECTION_TASKS, rows, size);
	free(rows);
	if (err)
		return err;
	cpus_visit();
	return write_run(r, o, target, pid);
}

static int write_end(struct recorder *r, const struct recording_end *end, int truth_fd)
{
	json_t *truth = read_truth(truth_fd), *json = recording_end_json(end, r->capture);
	int err = trace_flush(r->sink.trace); /* if room ends now, they are worth more */

	if (truth && !err)
		err = trace_write_json(r->sink.trace, SECTION_TRUTH, truth);
	if (!err)
		err = trace_write_json(r->sink.trace, SECTION_END, json);
	json_decref(truth);
	json_decref(json);
	return err;
}

static uint64_t recursion_misses(const struct recorder *r)
{
	const struct capture_ops *ops = r->capture->ops;

	return ops->recursion_misses ? ops->recursion_misses(r->capture) : 0;
}

/* The last rows and the last records; from here on nothing is recorded any more. */
static int stop(struct recorder *r, struct recording_end *end)
{
	struct task_event *rows;
	long size;
	int err;

	end->ended_ns = now_ns();
	size = snapshot(r, &rows);
	err = size < 0 ? EXIT_CANNOT : record_sink_tasks(&r->sink, SECTION_TASKS_END, rows, size);
	if (size >= 0)
		free(rows);
	r->capture->ops->detach(r->capture);
	end->stopped_ns = now_ns();
	r->capture->ops->drain(r->capture);
	record_sink_settle(&r->sink);
	getrusage(RUSAGE_SELF, &end->after);
	return err;
}

/* A workload that found its own usage wrong: nothing has run. */
static bool is_refused(const struct run_options *o, const struct run_result *result)
{
	return o->workload && result->exit_status == EXIT_USAGE;
}

/* From the open gate to the last record. The probes are attached, and detached here. */
static int run_and_drain(struct recorder *r, struct command_wait *w, const struct run_options *o)
{
	uint64_t missed = recursion_misses(r), started = now_ns();
	struct recording_end end = { .result = w->result,
				     .record_ns = r->record_ns,
				     .times = r->times };
	int err;

	getrusage(RUSAGE_SELF, &end.before);
	cpu_times_read(&r->times[0], "/proc/stat");
	if (w->command) {
		err = command_release(w->command, o);
		if (err)
			return err;
	} else if (o->duration_s == 0) {
		progress("recording; Ctrl-C ends it");
	}
	w->result->started = true;
	if (!o->workload) /* that one may be refused yet */
		trace_commit(r->sink.trace);
	if (r->trace_is_leftover)
		leftover_forget();
	command_wait(w);
	cpu_times_read(&r->times[1], "/proc/stat");
	end.throttled_ns = throttle_end(w->throttle);
	w->result->wall_ns = (w->command_ended ? w->command_ended_ns : now_ns()) - started;
	if (w->command) {
		end.has_command = true;
		take_status(command_reap(w->command, &end.command), w->result);
		wait_for_last_switch(r);
	}
	err = stop(r, &end);
	end.records = r->sink.records;
	end.recursion_misses = recursion_misses(r) - missed;
	if (err || is_refused(o, w->result))
		return err;
	return write_end(r, &end, w->command ? w->command->truth_fd : -1);
}

static int record(struct recorder *r, struct target *target, struct command *command,
		  const struct run_options *o, struct run_result *result)
{
	struct throttle throttle;
	struct command_wait w = { .capture = r->capture,
				  .sink = &r->sink,
				  .command = command,
				  .result = result,
				  .throttle = &throttle,
				  .duration_s = o->duration_s };
	int err = command_wait_open(&w);

	throttle_start(&throttle, command ? command->pid : 0);
	if (!err)
		err = attach(r, o, target, command ? command->pid : 0);
	if (!err)
		err = run_and_drain(r, &w, o);
	r->capture->ops->detach(r->capture);
	command_wait_close(&w);
	return err;
}

/* Into the trace that is open. */
static int record_into(struct recorder *r, struct trace_writer *trace, struct target *target,
		       const struct run_options *o, struct run_result *result)
{
	bool starts = target->kind == TARGET_COMMAND;
	bool watch = starts ? o->wait_all : target->kind != TARGET_ALL;
	struct command command = COMMAND_NONE;
	int err = starts ? command_hold(&command, o) : 0;

	if (!err)
		err = record_sink_start(&r->sink, trace, starts ? command.pid : 0, o->anonymous,
					watch);
	if (!err)
		err = write_machine(r, o);
	if (!err)
		err = record(r, target, starts ? &command : NULL, o, result);
	command_end(&command);
	return err;
}

int recorder_record(struct recorder *r, const struct run_options *o, const char *path,
		    struct run_result *result)
{
	struct trace_writer *trace;
	struct target target;
	int err;

	*result = (struct run_result){ .exit_status = -1 };
	err = target_find(&target, o);
	if (!err)
		err = trace_create(&trace, path, r->capture->cpu_count);
	if (err)
		return err;
	r->trace_is_leftover = trace_is_new(trace) && leftover_keep_in_mind(path, NULL);
	err = record_into(r, trace, &target, o, result);
	target_free(&target);
	if (!err && !is_refused(o, result))
		return trace_close(trace);
	if (!err || !result->started)
		trace_discard(trace); /* nothing ran: nothing to keep */
	else
		trace_abandon(trace);
	if (!result->started && r->trace_is_leftover)
		leftover_forget();
	return err;
}
