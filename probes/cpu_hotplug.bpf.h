/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * A CPU goes offline or comes online in some hundred steps. The one that counts is where the
 * scheduler ceases or begins to use it, CPUHP_AP_ACTIVE: on the way down all steps above the target
 * are undone, on the way up those up to it are done.
 */
#ifndef CPU_HOTPLUG_BPF_H
#define CPU_HOTPLUG_BPF_H

#include "emit.bpf.h"

enum cpuhp_state { CPUHP_AP_ACTIVE = 1 }; /* each kernel has its own number for it */

static __always_inline bool is_scheduler_step(int step)
{
	return step == (int)bpf_core_enum_value(enum cpuhp_state, CPUHP_AP_ACTIVE);
}

static __always_inline int emit_hotplug(__u32 cpu, bool online)
{
	__u64 ts = bpf_ktime_get_ns();
	struct hotplug_event *hotplug;
	struct place place;

	hotplug = lifecycle_reserve(&place, sizeof(*hotplug));
	if (!hotplug)
		return 0;
	event_head_fill(&hotplug->head, &place, ts, EVENT_HOTPLUG, 0, sizeof(*hotplug));
	hotplug->cpu = cpu;
	hotplug->online = online;
	lifecycle_submit(&place);
	return 0;
}

SEC("tp_btf/cpuhp_enter")
int BPF_PROG(on_hotplug, unsigned int cpu, int target, int step)
{
	return is_scheduler_step(step) ? emit_hotplug(cpu, step <= target) : 0;
}

/* A step that fails leaves all as it was: the state below it, where it was to be undone. */
SEC("tp_btf/cpuhp_exit")
int BPF_PROG(on_hotplug_done, unsigned int cpu, int state, int step, int error)
{
	return error && is_scheduler_step(step) ? emit_hotplug(cpu, state < step) : 0;
}

#endif
