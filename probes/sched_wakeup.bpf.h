/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* sched_waking: in the waker's context, unlike sched_wakeup. sched_wakeup_new: a task's birth. */
#ifndef SCHED_WAKEUP_BPF_H
#define SCHED_WAKEUP_BPF_H

#include "emit.bpf.h"

static __always_inline int emit_waking(struct task_struct *task, __u8 type, __u32 waker, bool irq)
{
	__u64 ts = bpf_ktime_get_ns();
	struct waking_event *waking;
	struct place place;

	waking = sched_reserve(&place, 1);
	if (!waking)
		return 0;
	event_head_fill(&waking->head, &place, ts, type, irq ? EVENT_F_IRQ : 0, sizeof(*waking));
	waking->tid = task->pid;
	waking->waker = waker;
	waking->cpu = task_cpu(task);
	waking->pad = 0;
	sched_submit(&place, 1);
	return 0;
}

static __always_inline __u32 current_tid(void)
{
	return bpf_get_current_pid_tgid(); /* the low half */
}

SEC("tp_btf/sched_waking")
int BPF_PROG(on_waking, struct task_struct *task)
{
	return emit_waking(task, EVENT_WAKING, current_tid(), in_interrupt());
}

/* In on_waking's place where the kernel hides its preempt count (no CONFIG_KALLSYMS_ALL). */
SEC("tp_btf/sched_waking")
int BPF_PROG(on_waking_guess, struct task_struct *task)
{
	struct task_struct *current;

	if (!bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_get_current_task_btf))
		return emit_waking(task, EVENT_WAKING, current_tid(), current_tid() == 0);
	current = bpf_get_current_task_btf(); /* since 5.11 */
	return emit_waking(task, EVENT_WAKING, current->pid, in_interrupt_guess(current));
}

SEC("tp_btf/sched_wakeup_new")
int BPF_PROG(on_wakeup_new, struct task_struct *task)
{
	return emit_waking(task, EVENT_WAKEUP_NEW, current_tid(), false); /* made by the parent */
}

#endif
