/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Number, place, publish, count what was lost: two roads to userspace.
 *
 * STREAM_SCHED, the hot one. Each CPU owns a ring of slots, one line of cache each, in memory that
 * userspace maps. Its records are made with interrupts off, so the probes of a CPU never nest and
 * plain stores do: no lock, no atomic operation, no call. (A BPF ring buffer takes a lock and two
 * atomic exchanges a record.)
 *
 * STREAM_LIFECYCLE, the rare one. One BPF ring buffer for all CPUs: its records are made with
 * interrupts on and may nest, which that buffer allows for. It can also wake the reader.
 */
#ifndef EMIT_BPF_H
#define EMIT_BPF_H

#include "kernel_types.bpf.h"
#include "sched_event.h"

struct slot {
	__u64 words[SLOT_BYTES / 8];
};

/* For each possible CPU slots_per_cpu and one more; sized by userspace before it loads. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, struct slot);
} slots SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} lifecycle SEC(".maps");

/* Each line is written by its own CPU only; userspace reads them through the mapped .bss. */
struct event_counters counters[EVENT_MAX_CPUS] __attribute__((aligned(64)));
/* Written by userspace only. */
struct slots_taken taken[EVENT_MAX_CPUS] __attribute__((aligned(64)));

const volatile __u32 slots_per_cpu = 1; /* a power of two */
const volatile __u64 wakeup_bytes = 0; /* with more than this in it, `lifecycle` wakes the reader */

/* Where a record goes, between its reservation and its submission. */
struct place {
	struct event_counters *count;
	void *record;
	__u32 cpu;
	__u32 seq;
};

static __always_inline void event_head_fill(struct event_head *head, const struct place *place,
					    __u64 ts, __u8 type, __u8 flags, __u16 size)
{
	head->ts = ts;
	head->seq = place->seq;
	head->type = type;
	head->flags = flags;
	head->size = size;
}

/* ---- lifecycle: rare ----------------------------------------------------------------------------
 */

/*
 * Takes a sequence number and room for a record of `size` bytes. NULL: no room; the number is used
 * up all the same, so the hole in the sequence shows the reader where the loss is.
 */
static __always_inline void *lifecycle_reserve(struct place *place, __u64 size)
{
	__u32 cpu = bpf_get_smp_processor_id();
	struct lifecycle_head *head;

	place->cpu = cpu;
	place->count = &counters[cpu & (EVENT_MAX_CPUS - 1)];
	place->seq = place->count->seq[STREAM_LIFECYCLE]++;
	place->record = head = bpf_ringbuf_reserve(&lifecycle, sizeof(*head) + size, 0);
	if (!head) {
		place->count->dropped[STREAM_LIFECYCLE]++;
		return NULL;
	}
	place->count->emitted[STREAM_LIFECYCLE]++;
	head->cpu = cpu;
	head->pad = 0;
	return head + 1;
}

/* Waking the reader on every record made a ping-pong 1.85 times slower, a timer 1.09. */
static __always_inline void lifecycle_submit(const struct place *place)
{
	bool full = bpf_ringbuf_query(&lifecycle, BPF_RB_AVAIL_DATA) > wakeup_bytes;

	bpf_ringbuf_submit(place->record, full ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP);
}

/* ---- sched: hot ---------------------------------------------------------------------------------
 */

/* The slot `ahead` of the place. A ring's last slot is followed by a spare one: a record of two
 * slots is always in one piece. */
static __always_inline void *slot_at(const struct place *place, __u32 ahead)
{
	__u32 position = place->count->head & (slots_per_cpu - 1);
	__u32 index = place->cpu * (slots_per_cpu + 1) + position + ahead;

	return bpf_map_lookup_elem(&slots, &index);
}

/* As lifecycle_reserve(), for `count` slots, of which the first is returned. */
static __always_inline void *sched_reserve(struct place *place, __u32 count)
{
	__u32 cpu = bpf_get_smp_processor_id() & (EVENT_MAX_CPUS - 1);
	struct event_counters *counter = &counters[cpu];

	place->cpu = cpu;
	place->count = counter;
	place->seq = counter->seq[STREAM_SCHED]++;
	if (counter->head + count - *(volatile __u64 *)&taken[cpu].tail <= slots_per_cpu) {
		place->record = slot_at(place, 0);
		if (place->record)
			return place->record;
	}
	counter->dropped[STREAM_SCHED]++;
	return NULL;
}

/* Once each time the ring gets half full: the timer alone would come too late. */
static __always_inline void ring_bell(__u32 cpu)
{
	struct lifecycle_head bell = { .cpu = cpu };

	bpf_ringbuf_output(&lifecycle, &bell, sizeof(bell), BPF_RB_FORCE_WAKEUP);
}

/* Publishes the record: what is in its slots is there before the new head is. */
static __always_inline void sched_submit(const struct place *place, __u32 count)
{
	struct event_counters *counter = place->count;
	__u64 tail = *(volatile __u64 *)&taken[place->cpu & (EVENT_MAX_CPUS - 1)].tail;
	__u64 was_in = counter->head - tail, half = slots_per_cpu / 2;

	counter->emitted[STREAM_SCHED]++;
#ifdef __TARGET_ARCH_x86 /* stores are seen in their order */
	asm volatile("" ::: "memory");
	*(volatile __u64 *)&counter->head += count;
#else
	__sync_fetch_and_add(&counter->head, count);
#endif
	if (was_in < half && was_in + count >= half)
		ring_bell(place->cpu);
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
