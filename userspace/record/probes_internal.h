/* SPDX-License-Identifier: MIT */
/* Between probes.c, probes_variant.c, probes_read.c, probes_failure.c and calibrate.c; for no one
 * else. */
#ifndef PROBES_INTERNAL_H
#define PROBES_INTERNAL_H

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "probes.h"
#include "schedlab.skel.h"

struct probes {
	struct capture capture; /* first: a struct capture of this kind is a struct probes */
	struct schedlab_bpf *skel;
	struct bpf_program *waking; /* the one of the two that is loaded */
	struct bpf_link **waking_link;
	char *slots; /* the CPUs' rings, mapped */
	size_t slots_bytes;
	uint32_t slots_per_cpu;
	struct ring_buffer *lifecycle;
	int attached;
};

static inline struct probes *probes_of(const struct capture *c)
{
	return (struct probes *)c;
}

/* probes_variant.c: which of the objects fits this kernel. */
struct probes_variant {
	const void *object;
	size_t object_bytes;
	bool state_is_argument; /* of sched_switch */
	bool counts;		/* the object knows where the preempt count is */
	bool tells_hotplug;	/* the kernel has the tracepoints, and the step that counts */
	bool tells_renames;	/* it is not locked down to forbid bpf_probe_read_kernel_str() */
};

/* 0 or a negative errno. */
int probes_variant_find(struct probes_variant *variant);
/* schedlab_bpf__open() of that object. */
struct schedlab_bpf *probes_variant_open(const struct probes_variant *variant);

/* probes_read.c: what the capture's operations of these names promise. */
int probes_map(struct probes *p);
void probes_unmap(struct probes *p);
long probes_drain(struct capture *c);
void probes_discard(struct capture *c);
int probes_wakeup_fd(const struct capture *c);

/*
 * What one record costs its CPU, ns: run time of the switch and waking programs in a ping-pong of
 * this process, the kernel's accounting and an empty program's share taken off. NaN where it can't
 * be measured. The records are thrown away.
 */
double probes_calibrate(struct capture *c);

/* Says why loading failed with this negative errno. Returns the exit status. */
int probes_explain_failure(int error);

#endif
