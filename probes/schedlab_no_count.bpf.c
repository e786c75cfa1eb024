/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* The object for kernels whose preempt count is not known to the probes: kernel_types.bpf.h. */
#define PREEMPT_COUNT COUNT_NOT_KNOWN
#include "schedlab.bpf.c"
