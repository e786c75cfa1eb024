/* SPDX-License-Identifier: MIT */
/* The BPF object's life: load, attach, read, detach. Nothing here knows what is recorded, or why.
 */
#ifndef PROBES_H
#define PROBES_H

#include <stddef.h>
#include <stdint.h>
#include "sched_event.h"

struct probes;

/* Called for each record, in the order of its CPU. Negative stops the drain of that ring. */
typedef int (*probes_record_fn)(void *ctx, int cpu, const struct event_head *record, size_t size);

/*
 * Loads the programs and makes a ring of ring_bytes (a power of two, a multiple of the page) for
 * each possible CPU. Returns 0, or an exit status with the reason printed.
 */
int probes_load(struct probes **out, uint64_t ring_bytes, probes_record_fn fn, void *ctx);
void probes_free(struct probes *p);

/* Zeroes the counters and attaches. 0, or an exit status with the reason printed. */
int probes_attach(struct probes *p);
/* Detaches, and returns only once no probe runs any more. Safe when not attached. */
void probes_detach(struct probes *p);

/* Hands every record that is in the rings to the callback. Returns how many, or the callback's
 * error. */
long probes_drain(struct probes *p);
/* Empties the rings; the records are nobody's. */
void probes_discard(struct probes *p);
/* Readable when a ring is more than half full; for epoll. */
int probes_wakeup_fd(const struct probes *p);

int probes_cpu_count(const struct probes *p); /* possible CPUs: one ring each */
/* Good until probes_free(); written by the CPU's probes while they are attached. */
const struct event_counters *probes_counters(const struct probes *p, int cpu);
/* Runs that the kernel skipped because a probe was running already, since load. */
uint64_t probes_recursion_misses(const struct probes *p);

/* All living tasks as consecutive struct task_event; the caller frees *out. Bytes, or -1. */
long probes_snapshot_tasks(const struct probes *p, void **out);

/*
 * What one record costs its CPU, ns: run time of the switch and waking programs in a ping-pong of
 * this process, the kernel's accounting and an empty program's share taken off. NaN where it can't
 * be measured. Attaches and detaches by itself; the records are thrown away.
 */
double probes_calibrate(struct probes *p);

#endif
