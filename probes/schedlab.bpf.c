/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* The one BPF object. It decides nothing: it says what happened, and userspace works out the rest.
 */
#include "kernel_types.bpf.h"
#include "emit.bpf.h"
#include "sched_switch.bpf.h"
#include "sched_wakeup.bpf.h"
#include "sched_migrate.bpf.h"
#include "task_lifecycle.bpf.h"
#include "cpu_hotplug.bpf.h"

/* Does nothing: its cost is the floor that the calibration takes off the others' (calibrate.c). */
SEC("tp_btf/sched_switch")
int BPF_PROG(on_nothing)
{
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
