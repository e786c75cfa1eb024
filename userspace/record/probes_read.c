/* SPDX-License-Identifier: MIT */
/* Reading what the probes wrote: each CPU's ring of slots, and the lifecycle's BPF ring buffer. */
#include <errno.h>
#include <sys/mman.h>
#include "probes_internal.h"

static int on_lifecycle(void *ctx, void *data, size_t size)
{
	const struct lifecycle_head *head = data;
	const struct capture *c = ctx;

	/* The head alone only wakes. */
	if (!c->fn || size <= sizeof(*head) || head->cpu >= (unsigned)c->cpu_count)
		return 0;
	return c->fn(c->ctx, head->cpu, (const void *)(head + 1), size - sizeof(*head));
}

/* 0 or -errno. */
int probes_map(struct probes *p)
{
	p->slots_bytes = bpf_map__max_entries(p->skel->maps.slots) * (size_t)SLOT_BYTES;
	p->slots = mmap(NULL, p->slots_bytes, PROT_READ, MAP_SHARED,
			bpf_map__fd(p->skel->maps.slots), 0);
	if (p->slots == MAP_FAILED) {
		p->slots = NULL;
		return -errno;
	}
	p->lifecycle = ring_buffer__new(bpf_map__fd(p->skel->maps.lifecycle), on_lifecycle,
					&p->capture, NULL);
	return p->lifecycle ? 0 : -errno;
}

void probes_unmap(struct probes *p)
{
	ring_buffer__free(p->lifecycle);
	if (p->slots)
		munmap(p->slots, p->slots_bytes);
}

/* What the CPU had published when this began: a busy CPU can't hold the reader. */
static long drain_slots(struct probes *p, int cpu)
{
	const struct capture *c = &p->capture;
	const char *ring = p->slots + cpu * (size_t)(p->slots_per_cpu + 1) * SLOT_BYTES;
	uint64_t head = __atomic_load_n(&p->skel->bss->counters[cpu].head, __ATOMIC_ACQUIRE);
	uint64_t tail = p->skel->bss->taken[cpu].tail;
	long taken = 0;
	int err = 0;

	while (tail < head && err >= 0) {
		const struct event_head *record =
			(const void *)(ring + (tail & (p->slots_per_cpu - 1)) * SLOT_BYTES);

		if (c->fn)
			err = c->fn(c->ctx, cpu, record, 2 * SLOT_BYTES);
		tail += record->size > SLOT_BYTES ? 2 : 1;
		taken++;
	}
	/* Only now may the probes write over what was read. */
	__atomic_store_n(&p->skel->bss->taken[cpu].tail, tail, __ATOMIC_RELEASE);
	return err < 0 ? err : taken;
}

long probes_drain(struct capture *c)
{
	struct probes *p = probes_of(c);
	long total = ring_buffer__consume(p->lifecycle);

	for (int cpu = 0; cpu < c->cpu_count && total >= 0; cpu++) {
		long got = drain_slots(p, cpu);

		total = got < 0 ? got : total + got;
	}
	return total;
}

/* Empties the rings; the records are nobody's. */
void probes_discard(struct capture *c)
{
	capture_record_fn fn = c->fn;

	c->fn = NULL;
	probes_drain(c);
	c->fn = fn;
}

/* Any CPU's ring that gets half full sends a bell through the lifecycle's. */
int probes_wakeup_fd(const struct capture *c)
{
	return ring_buffer__epoll_fd(probes_of(c)->lifecycle);
}
