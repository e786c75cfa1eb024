/* SPDX-License-Identifier: MIT */
/* Capture by the kernel's own trace events, for where BPF is refused: a private tracefs instance.
 */
#ifndef TRACEFS_CAPTURE_H
#define TRACEFS_CAPTURE_H

#include "capture.h"

/*
 * Makes the instance, with a buffer of ring_bytes for each CPU. Returns 0, or an exit status with
 * the reason printed.
 */
int tracefs_capture_open(struct capture **out, uint64_t ring_bytes, capture_record_fn fn,
			 void *ctx);

#endif
