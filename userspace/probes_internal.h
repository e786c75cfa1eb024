/* SPDX-License-Identifier: MIT */
/* Between probes.c and calibrate.c; for no one else. */
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
	struct schedlab_bpf *skel;
	struct bpf_program *waking; /* the one of the two that is loaded */
	struct bpf_link **waking_link;
	struct cpu_ring *rings;
	int cpu_count;
	int epoll_fd;
	int attached;
	probes_record_fn fn;
	void *ctx;
};

#endif
