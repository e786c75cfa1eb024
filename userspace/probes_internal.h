/* SPDX-License-Identifier: MIT */
/* Between probes.c, probes_failure.c and calibrate.c; for no one else. */
#ifndef PROBES_INTERNAL_H
#define PROBES_INTERNAL_H

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "probes.h"
#include "schedlab.skel.h"

struct cpu_ring {
	struct probes *probes;
	int cpu;
	int fd;
	struct ring_buffer *reader;
};

struct probes {
	struct capture capture; /* first: a struct capture of this kind is a struct probes */
	struct schedlab_bpf *skel;
	struct bpf_program *waking; /* the one of the two that is loaded */
	struct bpf_link **waking_link;
	struct cpu_ring *rings;
	int epoll_fd;
	int attached;
};

static inline struct probes *probes_of(const struct capture *c)
{
	return (struct probes *)c;
}

/*
 * What one record costs its CPU, ns: run time of the switch and waking programs in a ping-pong of
 * this process, the kernel's accounting and an empty program's share taken off. NaN where it can't
 * be measured. The records are thrown away.
 */
double probes_calibrate(struct capture *c);

/* Attaches them all, or none: then the name of the one that failed, with errno. NULL: attached. */
const char *probes_try_attach(struct capture *c);

/* Says why loading failed with this negative errno. Returns the exit status. */
int probes_explain_failure(int error);

#endif
