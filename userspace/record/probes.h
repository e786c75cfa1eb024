/* SPDX-License-Identifier: MIT */
/* Capture by BPF probes: the BPF object's life. */
#ifndef PROBES_H
#define PROBES_H

#include "capture.h"

/* As many files must be openable: maps, programs, links, and the recorder's few. */
#define PROBES_FILES 64

/*
 * Loads the programs and makes a ring of ring_bytes (a power of two, a multiple of the page) for
 * each possible CPU. Returns 0, or an exit status with the reason printed.
 */
int probes_open(struct capture **out, uint64_t ring_bytes, capture_record_fn fn, void *ctx);

#endif
