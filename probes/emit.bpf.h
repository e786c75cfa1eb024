/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Reserve, number, submit, count what was lost. One ring a CPU: no lock is shared between CPUs. */
#ifndef EMIT_BPF_H
#define EMIT_BPF_H

#include "kernel_types.bpf.h"
#include "sched_event.h"

struct ring {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
};

/* Filled by userspace before attach, one ring for each possible CPU. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct ring);
} rings SEC(".maps");

/* Each line is written by its own CPU only; userspace reads them through the mapped .bss. */
struct event_counters counters[EVENT_MAX_CPUS] __attribute__((aligned(64)));

const volatile __u64 wakeup_bytes = 0; /* a ring with more than this in it wakes the reader */

/* How often the fill of a ring is looked at: a helper call that most records are spared. */
#define FILL_CHECK_EVERY 16

struct slot {
	struct event_counters *count;
	void *ring;
	__u32 seq;
};

/*
 * Takes a sequence number and room for a record of `size` bytes. NULL: no room; the number is used
 * up all the same, so the hole in the sequence shows the reader where the loss is.
 */
static __always_inline void *event_reserve(struct slot *slot, enum event_stream stream, __u64 size)
{
	__u32 cpu = bpf_get_smp_processor_id();
	void *record;

	slot->count = &counters[cpu & (EVENT_MAX_CPUS - 1)];
	slot->seq = slot->count->seq[stream]++;
	slot->ring = bpf_map_lookup_elem(&rings, &cpu);
	if (!slot->ring)
		goto drop;
	record = bpf_ringbuf_reserve(slot->ring, size, 0);
	if (!record)
		goto drop;
	slot->count->emitted[stream]++;
	return record;
drop:
	slot->count->dropped[stream]++;
	return NULL;
}

static __always_inline void event_head_fill(struct event_head *head, const struct slot *slot,
					    __u64 ts, __u8 type, __u8 flags, __u16 size)
{
	head->ts = ts;
	head->seq = slot->seq;
	head->type = type;
	head->flags = flags;
	head->size = size;
}

/* Waking the reader on every record made a ping-pong 1.85 times slower, a timer 1.09. */
static __always_inline void event_submit(const struct slot *slot, void *record)
{
	__u64 flags = BPF_RB_NO_WAKEUP;

	if (slot->seq % FILL_CHECK_EVERY == 0 &&
	    bpf_ringbuf_query(slot->ring, BPF_RB_AVAIL_DATA) > wakeup_bytes)
		flags = BPF_RB_FORCE_WAKEUP;
	bpf_ringbuf_submit(record, flags);
}

static __always_inline void task_counters_fill(struct task_counters *out, struct task_struct *task)
{
	out->run_ns = task->se.sum_exec_runtime;
	out->run_delay_ns = task->sched_info.run_delay;
	out->nvcsw = task->nvcsw;
	out->nivcsw = task->nivcsw;
}

static __always_inline void task_identity_fill(struct task_identity *out, struct task_struct *task)
{
	out->tid = task->pid;
	out->pid = task->tgid;
	out->ppid = task->real_parent->tgid;
	out->cpu = task_cpu(task);
	out->start_ns = task->start_time;
	out->mask = task->cpus_ptr->bits[0];
	out->mask_size = task->nr_cpus_allowed;
	out->policy = task->policy;
	out->nice = task->static_prio - DEFAULT_PRIO;
	out->kthread = !!(task->flags & PF_KTHREAD);
	__builtin_memset(out->pad, 0, sizeof(out->pad));
	__builtin_memcpy(out->comm, task->comm, COMM_SIZE);
}

#endif
