/* SPDX-License-Identifier: MIT */
/* The second path's life: an instance, its events on and off, the living tasks. */
#include "tracefs_capture.h"
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/membarrier.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "common/failure.h"
#include "machine/privilege.h"
#include "proc_tasks.h"
#include "tracefs_internal.h"

#define SNAPSHOT_START_SLACK_NS 2000000000ull

static void event_path(char *path, size_t size, const struct raw_source *source, const char *file)
{
	snprintf(path, size, "events/%s/%s/%s", source->system, source->name, file);
}

static int refuse(int error, const char *what)
{
	if (error == EPERM || error == EACCES)
		return fail(EXIT_CANNOT,
			    "run it as root: sudo schedlab ...; `schedlab check` says more",
			    "the kernel refuses %s: no privilege", what);
	if (privilege_is_confidential())
		return fail(EXIT_CANNOT, "record by BPF, or boot without lockdown=confidentiality",
			    "the kernel does not give %s: it is locked down for confidentiality",
			    what);
	return fail(error == ENOMEM ? EXIT_FAILED : EXIT_CANNOT, hint_for(error),
		    "the kernel does not give %s: %s", what, strerror(error));
}

/* ---- attach, detach -----------------------------------------------------------------------------
 */

static int enable_events(struct tracefs *t, bool on)
{
	int err = 0;

	for (int i = 0; i < RAW_EVENTS; i++) {
		char path[96];
		int failed;

		event_path(path, sizeof(path), &raw_sources[i], "enable");
		failed = tracefs_write(t->instance.dir, path, on ? "1" : "0");
		if (on && failed && !raw_sources[i].optional)
			return fail(EXIT_CANNOT, "`schedlab check` says more",
				    "the trace event %s can't be enabled: %s", raw_sources[i].name,
				    strerror(-failed));
		if (!on && failed)
			err = failed;
	}
	return err;
}

/*
 * Off, then an RCU grace period: an event that was being written on another CPU is in the ring
 * after it. Then the events, whose tracepoints would else go on being called.
 */
static void tracefs_detach(struct capture *c)
{
	struct tracefs *t = tracefs_of(c);

	if (!t->attached)
		return;
	tracefs_write(t->instance.dir, "tracing_on", "0");
	syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0);
	enable_events(t, false);
	t->attached = false;
}

/* Opening `trace` so empties the rings and their counts. */
static int empty_rings(struct tracefs *t)
{
	int fd = openat(t->instance.dir, "trace", O_WRONLY | O_TRUNC | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

/* The events come to be seen one by one, so they are on before anything is recorded. */
static int tracefs_attach(struct capture *c)
{
	struct tracefs *t = tracefs_of(c);
	int err = empty_rings(t);

	tracefs_reset(t);
	t->attached = true;
	if (err)
		err = refuse(-err, "empty trace buffers");
	if (!err)
		err = enable_events(t, true);
	if (!err) {
		err = tracefs_write(t->instance.dir, "tracing_on", "1");
		if (err)
			err = refuse(-err, "tracing that is on");
	}
	if (err)
		tracefs_detach(c);
	return err;
}

/* ---- the rest of the interface ------------------------------------------------------------------
 */

/* The ring of a CPU that was never online is an error to poll, for as long: it would wake for ever.
 */
bool tracefs_watch(struct tracefs *t, int cpu)
{
	struct epoll_event event = { .events = EPOLLIN };
	struct tracefs_cpu *c = &t->cpus[cpu];
	struct pollfd ring = { .fd = c->fd, .events = POLLIN };

	if (c->watched)
		return true;
	if (poll(&ring, 1, 0) < 0 || (ring.revents & POLLERR))
		return false;
	c->watched = !epoll_ctl(t->epoll_fd, EPOLL_CTL_ADD, c->fd, &event);
	return true; /* where it can't wake, the timer reads it */
}

static int tracefs_wakeup_fd(const struct capture *c)
{
	return tracefs_of(c)->epoll_fd;
}

static const struct event_counters *tracefs_counters(const struct capture *c, int cpu)
{
	return &tracefs_of(c)->cpus[cpu].count;
}

static json_t *tracefs_describe(const struct capture *c)
{
	return json_incref(tracefs_of(c)->description);
}

static double tracefs_calibrate(struct capture *c)
{
	return NAN; /* the kernel keeps no account of what an event costs */
}

/*
 * A task born while we record is the one of that birth, whose time is finer than /proc's ticks; one
 * seen in an earlier snapshot is still that. All others are as /proc says.
 */
static long tracefs_snapshot_tasks(struct capture *c, void **out)
{
	struct tracefs *t = tracefs_of(c);
	long size = proc_tasks_read(out);
	struct task_event *tasks = *out;

	if (size < 0)
		return size;
	tracefs_collect(t);
	for (size_t i = 0; i < size / sizeof(*tasks); i++) {
		struct task_identity *id = &tasks[i].task;
		const struct task_identity *known = family_find(&t->family, id->tid);

		if (known && known->start_ns < id->start_ns + SNAPSHOT_START_SLACK_NS &&
		    id->start_ns < known->start_ns + SNAPSHOT_START_SLACK_NS)
			id->start_ns = known->start_ns;
		if (!family_learn(&t->family, id)) {
			free(tasks);
			*out = NULL;
			errno = ENOMEM;
			return -1;
		}
	}
	return size;
}

static void tracefs_close(struct capture *c)
{
	struct tracefs *t = tracefs_of(c);

	tracefs_detach(c);
	for (int cpu = 0; t->cpus && cpu < c->cpu_count; cpu++) {
		if (t->cpus[cpu].fd >= 0)
			close(t->cpus[cpu].fd);
		free(t->cpus[cpu].held);
	}
	free(t->cpus);
	if (t->epoll_fd >= 0)
		close(t->epoll_fd);
	tracefs_instance_remove(&t->instance);
	raw_pages_close(t->pages);
	family_free(&t->family);
	json_decref(t->description);
	free(t->kin);
	free(t->page);
	free(t);
}

static const struct capture_ops tracefs_ops = {
	.backend = "ftrace",
	.attach = tracefs_attach,
	.detach = tracefs_detach,
	.drain = tracefs_drain,
	.wakeup_fd = tracefs_wakeup_fd,
	.counters = tracefs_counters,
	.describe = tracefs_describe,
	.snapshot_tasks = tracefs_snapshot_tasks,
	.calibrate = tracefs_calibrate,
	.close = tracefs_close,
};

/* ---- opening ------------------------------------------------------------------------------------
 */

/* Kernels without CPU hotplug have none of it. */
static bool take_hotplug(struct tracefs *t)
{
	char *steps = tracefs_read(t->instance.dir, "/sys/devices/system/cpu/hotplug/states");
	bool good = steps && raw_formats_add_steps(&t->formats, steps);
	int events = 0;

	free(steps);
	for (int i = 0; i < t->formats.event_count; i++)
		events += t->formats.events[i].type == EVENT_HOTPLUG;
	return good && events == 2;
}

/* False: the kernel does not show it, or in a form that is not understood. */
static bool take_formats(struct tracefs *t)
{
	json_t *events = json_object();
	int dir = t->instance.dir;
	char *text = tracefs_read(dir, "events/header_page");
	bool good = text && raw_page_layout_parse(&t->layout, text);

	t->description = json_pack("{s:o, s:s?}", "events", events, "header_page", text);
	free(text);
	text = tracefs_read(dir, "events/header_event");
	json_object_set_new(t->description, "header_event", text ? json_string(text) : json_null());
	free(text);
	for (int i = 0; good && i < RAW_EVENTS; i++) {
		char path[96];

		event_path(path, sizeof(path), &raw_sources[i], "format");
		text = tracefs_read(dir, path);
		good = (text && raw_formats_add(&t->formats, &raw_sources[i], text)) ||
		       raw_sources[i].optional;
		if (text)
			json_object_set_new(events, raw_sources[i].name, json_string(text));
		free(text);
	}
	t->capture.tells_hotplug = take_hotplug(t);
	return good;
}

static int open_cpus(struct tracefs *t)
{
	for (int cpu = 0; cpu < t->capture.cpu_count; cpu++) {
		char path[64];

		snprintf(path, sizeof(path), "per_cpu/cpu%d/trace_pipe_raw", cpu);
		t->cpus[cpu].fd = openat(t->instance.dir, path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		if (t->cpus[cpu].fd < 0 && errno == ENOENT)
			continue; /* possible, and nothing more */
		if (t->cpus[cpu].fd < 0)
			return -errno;
		tracefs_watch(t, cpu);
	}
	return 0;
}

static int fill(struct tracefs *t, uint64_t ring_bytes)
{
	char kilobytes[32];
	int err = tracefs_instance_make(&t->instance);

	if (err)
		return refuse(-err, "a tracing instance");
	snprintf(kilobytes, sizeof(kilobytes), "%llu", (unsigned long long)ring_bytes >> 10);
	err = tracefs_write(t->instance.dir, "buffer_size_kb", kilobytes);
	if (err)
		return refuse(-err, "trace buffers of that size");
	if (!take_formats(t))
		return fail(EXIT_CANNOT, "boot a kernel built with CONFIG_FTRACE=y (Debian's are)",
			    "the kernel's scheduler trace events can't be understood");
	t->pages = raw_pages_open(&t->layout);
	t->page = malloc(t->layout.page_bytes + RAW_PAGE_SLACK);
	if (!t->pages || !t->page)
		return fail_memory();
	err = open_cpus(t);
	return err ? refuse(-err, "the CPUs' trace buffers") : 0;
}

int tracefs_capture_open(struct capture **out, uint64_t ring_bytes, capture_record_fn fn, void *ctx)
{
	struct tracefs *t = calloc(1, sizeof(*t));
	int err, count = libbpf_num_possible_cpus();

	*out = NULL;
	if (!t)
		return fail_memory();
	t->capture =
		(struct capture){ .ops = &tracefs_ops, .cpu_count = count, .fn = fn, .ctx = ctx };
	t->instance = (struct tracefs_instance){ .root = -1, .dir = -1 };
	t->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	t->cpus = count > 0 && count <= EVENT_MAX_CPUS ? calloc(count, sizeof(*t->cpus)) : NULL;
	for (int cpu = 0; t->cpus && cpu < count; cpu++)
		t->cpus[cpu].fd = -1;
	if (count < 0)
		err = refuse(-count, "a count of the CPUs");
	else if (count > EVENT_MAX_CPUS)
		err = fail(EXIT_CANNOT, "raise EVENT_MAX_CPUS in probes/sched_event.h and rebuild",
			   "this machine may have %d CPUs, schedlab knows %d", count,
			   EVENT_MAX_CPUS);
	else if (!t->cpus || t->epoll_fd < 0)
		err = refuse(errno, "the recorder");
	else
		err = fill(t, ring_bytes);
	if (err)
		tracefs_close(&t->capture);
	else
		*out = &t->capture;
	return err;
}
