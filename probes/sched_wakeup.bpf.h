/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* sched_waking: in the waker's context, unlike sched_wakeup. sched_wakeup_new: a task's birth. */
#ifndef SCHED_WAKEUP_BPF_H
#define SCHED_WAKEUP_BPF_H

#include "emit.bpf.h"

static __always_inline int emit_waking(struct task_struct *task, __u8 type, bool irq)
{
	__u64 ts = bpf_ktime_get_ns();
	struct waking_event *waking;
	struct slot slot;

	waking = event_reserve(&slot, STREAM_SCHED, sizeof(*waking));
	if (!waking)
		return 0;
	event_head_fill(&waking->head, &slot, ts, type, irq ? EVENT_F_IRQ : 0, sizeof(*waking));
	waking->tid = task->pid;
	waking->waker = bpf_get_current_pid_tgid(); /* the low half is the tid */
	waking->cpu = task_cpu(task);
	waking->pad = 0;
	event_submit(&slot, waking);
	return 0;
}

SEC("tp_btf/sched_waking")
int BPF_PROG(on_waking, struct task_struct *task)
{
	return emit_waking(task, EVENT_WAKING, in_interrupt());
}

/* In on_waking's place where the kernel hides its preempt count (no CONFIG_KALLSYMS_ALL). */
SEC("tp_btf/sched_waking")
int BPF_PROG(on_waking_guess, struct task_struct *task)
{
	return emit_waking(task, EVENT_WAKING, in_interrupt_guess());
}

SEC("tp_btf/sched_wakeup_new")
int BPF_PROG(on_wakeup_new, struct task_struct *task)
{
	return emit_waking(task, EVENT_WAKEUP_NEW, false); /* always made by the parent */
}

#endif
