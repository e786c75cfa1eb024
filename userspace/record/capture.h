/* SPDX-License-Identifier: MIT */
/*
 * One way to see the scheduler at work: BPF probes (probes.c), or the kernel's own trace events
 * (tracefs_capture.c). The recorder knows only this; nothing here knows what is recorded, or why.
 */
#ifndef CAPTURE_H
#define CAPTURE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "sched_event.h"

struct capture;

/* Called for each record, in the order of its CPU. Negative stops the drain of that CPU. */
typedef int (*capture_record_fn)(void *ctx, int cpu, const struct event_head *record, size_t size);

struct capture_ops {
	const char *backend; /* run.backend of the report */

	/* Zeroes the counters and attaches. 0, or an exit status with the reason printed. */
	int (*attach)(struct capture *c);
	/* Detaches, and returns only once nothing records any more. Safe when not attached. */
	void (*detach)(struct capture *c);
	/* Hands every record there is to the callback. Returns how many, or the callback's error.
	 */
	long (*drain)(struct capture *c);
	/* Readable when a CPU's buffer is more than half full, for epoll; -1: no such thing. */
	int (*wakeup_fd)(const struct capture *c);
	/* Good until close(); written by the CPU's probes while they are attached. */
	const struct event_counters *(*counters)(const struct capture *c, int cpu);
	/* Runs that the kernel skipped because a probe was running already, since it was opened.
	 * NULL: nobody counts them. */
	uint64_t (*recursion_misses)(const struct capture *c);
	/* What a reader of the raw records would need to know, for the trace. NULL: nothing. */
	json_t *(*describe)(const struct capture *c);
	/* All living tasks as consecutive struct task_event; the caller frees *out. Bytes, or -1.
	 */
	long (*snapshot_tasks)(struct capture *c, void **out);
	/* What one record costs its CPU, ns; NaN where it can't be measured. Not while attached. */
	double (*calibrate)(struct capture *c);
	void (*close)(struct capture *c);
};

struct capture {
	const struct capture_ops *ops;
	int cpu_count;	      /* possible CPUs: one buffer each */
	bool tells_hotplug;   /* records tell of CPUs that go offline and come online */
	capture_record_fn fn; /* NULL: the records are nobody's */
	void *ctx;
};

enum capture_backend { BACKEND_AUTO, BACKEND_BPF, BACKEND_FTRACE };

/*
 * Opens the backend that is asked for. BACKEND_AUTO: BPF probes, and where the kernel refuses those
 * ftrace, with a warning. `ring_bytes` (a power of two, a multiple of the page) is a CPU's buffer.
 * Returns 0, or an exit status with the reason printed.
 */
int capture_open(struct capture **out, enum capture_backend backend, uint64_t ring_bytes,
		 capture_record_fn fn, void *ctx);

#endif
