/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* sched_switch: the hot path. Every load and helper call here is paid at every context switch. */
#ifndef SCHED_SWITCH_BPF_H
#define SCHED_SWITCH_BPF_H

#include "emit.bpf.h"

#ifdef __TARGET_ARCH_x86
#define FUTEX_SYSCALL 202
#else
#define FUTEX_SYSCALL (-2) /* regs of other machines are not read: no system call is ever known */
#endif

/*
 * Since 5.18 the state comes as an argument. Read from the task, as before, it may already be what
 * a waker on another CPU made of it (TASK_WAKING): still no zero, but the letter is lost.
 */
const volatile bool state_is_argument = false;

/* The registers with which prev entered the kernel; NULL where the kernel cannot say (before 5.15).
 */
static __always_inline struct pt_regs___x86 *entry_regs(struct task_struct *task)
{
#ifdef __TARGET_ARCH_x86
	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_task_pt_regs))
		return (void *)bpf_task_pt_regs(task);
#endif
	return NULL;
}

static __always_inline void switch_fill(struct switch_event *sw, struct task_struct *prev,
					struct task_struct *next, __u32 state, __s16 syscall)
{
	sw->prev = prev->pid;
	sw->next = next->pid;
	sw->prev_state = state;
	sw->nvcsw = prev->nvcsw;
	sw->run_ns = prev->se.sum_exec_runtime;
	sw->mask = prev->cpus_ptr->bits[0];
	sw->mask_size = prev->nr_cpus_allowed;
	sw->syscall = syscall;
	sw->next_run_low = next->se.sum_exec_runtime;
}

/* A field of a record of two slots that lies in the second of them. */
#define in_second(second, type, field) \
	(*(typeof(((type *)0)->field) *)((second) + offsetof(type, field) - SLOT_BYTES))

static __always_inline void emit_last(struct task_struct *prev, struct task_struct *next, __u64 ts,
				      __u32 state, __u8 flags)
{
	struct switch_last_event *last;
	struct place place;
	char *second;

	last = sched_reserve(&place, 2);
	if (!last)
		return;
	event_head_fill(&last->sw.head, &place, ts, EVENT_SWITCH_LAST, flags, sizeof(*last));
	switch_fill(&last->sw, prev, next, state, SYSCALL_NONE);
	last->counters.run_ns = prev->se.sum_exec_runtime;
	second = slot_at(&place, 1);
	if (second) {
		in_second(second, struct switch_last_event, counters.run_delay_ns) =
			prev->sched_info.run_delay;
		in_second(second, struct switch_last_event, counters.nvcsw) = prev->nvcsw;
		in_second(second, struct switch_last_event, counters.nivcsw) = prev->nivcsw;
		in_second(second, struct switch_last_event, pid) = prev->tgid;
		in_second(second, struct switch_last_event, pad) = 0;
	}
	sched_submit(&place, 2);
}

static __always_inline void emit_futex(struct task_struct *prev, struct task_struct *next, __u64 ts,
				       __u32 state, __u8 flags, struct pt_regs___x86 *regs)
{
	struct switch_futex_event *futex;
	struct place place;
	char *second;

	futex = sched_reserve(&place, 2);
	if (!futex)
		return;
	event_head_fill(&futex->sw.head, &place, ts, EVENT_SWITCH_FUTEX, flags, sizeof(*futex));
	switch_fill(&futex->sw, prev, next, state, FUTEX_SYSCALL);
	futex->address = regs->di;
	second = slot_at(&place, 1);
	if (second) {
		in_second(second, struct switch_futex_event, op) = regs->si;
		in_second(second, struct switch_futex_event, val) = regs->dx;
	}
	sched_submit(&place, 2);
}

SEC("tp_btf/sched_switch")
int BPF_PROG(on_switch, bool preempt, struct task_struct *prev, struct task_struct *next)
{
	__u64 ts = bpf_ktime_get_ns();
	__u32 state = state_is_argument ? (__u32)ctx[3] : task_raw_state(prev);
	__u32 prev_flags = prev->flags;
	__u8 flags = preempt ? EVENT_F_PREEMPT : 0;
	struct pt_regs___x86 *regs = NULL;
	struct switch_event *sw;
	struct place place;
	long syscall = SYSCALL_NONE;

	if (prev_flags & PF_KTHREAD)
		flags |= EVENT_F_KTHREAD;
	if (state & TASK_DEAD) {
		emit_last(prev, next, ts, state, flags);
		return 0;
	}
	/* Preempted tasks wait for a CPU, not in a system call. */
	if (!(flags & (EVENT_F_KTHREAD | EVENT_F_PREEMPT))) {
		regs = entry_regs(prev);
		if (regs)
			syscall = regs->orig_ax;
		if (syscall == FUTEX_SYSCALL && state && regs) {
			emit_futex(prev, next, ts, state, flags, regs);
			return 0;
		}
		if (syscall < 0 || syscall > 0x7fff) /* an exception or an interrupt */
			syscall = SYSCALL_NONE;
	}
	sw = sched_reserve(&place, 1);
	if (!sw)
		return 0;
	event_head_fill(&sw->head, &place, ts, EVENT_SWITCH, flags, sizeof(*sw));
	switch_fill(sw, prev, next, state, syscall);
	sched_submit(&place, 1);
	return 0;
}

#endif
