/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* The object for kernels that have their preempt count in pcpu_hot: kernel_types.bpf.h. */
#define PREEMPT_COUNT COUNT_IN_PCPU_HOT
#include "schedlab.bpf.c"
