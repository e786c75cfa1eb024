/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Births, names, execs, exits, and the living tasks at attach and at stop. These run with
 * interrupts on: an interrupt's records may come between taking a number and submitting, so they
 * count in a sequence of their own.
 */
#ifndef TASK_LIFECYCLE_BPF_H
#define TASK_LIFECYCLE_BPF_H

#include "sched_switch.bpf.h"

SEC("tp_btf/task_newtask")
int BPF_PROG(on_newtask, struct task_struct *task, __u64 clone_flags)
{
	__u64 ts = bpf_ktime_get_ns();
	struct newtask_event *newtask;
	struct place place;

	newtask = lifecycle_reserve(&place, sizeof(*newtask));
	if (!newtask)
		return 0;
	event_head_fill(&newtask->head, &place, ts, EVENT_NEWTASK, 0, sizeof(*newtask));
	task_identity_fill(&newtask->task, task);
	newtask->parent = bpf_get_current_pid_tgid();
	newtask->pad = 0;
	newtask->clone_flags = clone_flags;
	lifecycle_submit(&place);
	return 0;
}

SEC("tp_btf/task_rename")
int BPF_PROG(on_rename, struct task_struct *task, const char *comm)
{
	__u64 ts = bpf_ktime_get_ns();
	struct rename_event *rename;
	struct place place;

	rename = lifecycle_reserve(&place, sizeof(*rename));
	if (!rename)
		return 0;
	event_head_fill(&rename->head, &place, ts, EVENT_RENAME, 0, sizeof(*rename));
	rename->tid = task->pid;
	rename->pad = 0;
	/* task->comm is still the old name, and `comm` is no pointer that BTF lets us follow. */
	bpf_probe_read_kernel_str(rename->comm, COMM_SIZE, comm);
	lifecycle_submit(&place);
	return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *task, int old_pid)
{
	__u64 ts = bpf_ktime_get_ns();
	struct exec_event *exec;
	struct place place;

	exec = lifecycle_reserve(&place, sizeof(*exec));
	if (!exec)
		return 0;
	event_head_fill(&exec->head, &place, ts, EVENT_EXEC, 0, sizeof(*exec));
	task_identity_fill(&exec->task, task);
	task_counters_fill(&exec->counters, task);
	exec->old_tid = old_pid;
	exec->pad = 0;
	lifecycle_submit(&place);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit, struct task_struct *task)
{
	__u64 ts = bpf_ktime_get_ns();
	struct exit_event *exit;
	struct place place;

	exit = lifecycle_reserve(&place, sizeof(*exit));
	if (!exit)
		return 0;
	event_head_fill(&exit->head, &place, ts, EVENT_EXIT, 0, sizeof(*exit));
	exit->tid = task->pid;
	exit->pid = task->tgid;
	lifecycle_submit(&place);
	return 0;
}

/* Whether it runs, waits or is blocked, and where; events tell only of changes. */
static __always_inline void task_run_state_fill(struct task_event *out, struct task_struct *task)
{
	struct pt_regs___x86 *regs = NULL;
	bool delayed = bpf_core_field_exists(task->se.sched_delayed) && task->se.sched_delayed;

	out->state = task_raw_state(task);
	if (bpf_core_field_exists(
		    task->on_cpu)) /* else there is one CPU, and the reader is on it */
		out->on_cpu = !!task->on_cpu;
	out->on_rq = task->on_rq && !delayed;
	out->syscall = SYSCALL_NONE;
	/* Only a task that stays out of the CPU keeps the registers it entered with. */
	if (!out->on_cpu && !out->on_rq && !(task->flags & PF_KTHREAD) && !(out->state & TASK_DEAD))
		regs = entry_regs(task);
	if (!regs || (long)regs->orig_ax < 0 || regs->orig_ax > 0x7fff)
		return;
	out->syscall = regs->orig_ax;
	if (out->syscall == FUTEX_SYSCALL) {
		out->futex_address = regs->di;
		out->futex_op = regs->si;
		out->futex_val = regs->dx;
	}
}

/* One record for each living task, read by userspace as a file. */
SEC("iter/task")
int on_each_task(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct task_event record = {};

	if (!task)
		return 0;
	record.head.ts = bpf_ktime_get_ns();
	record.head.type = EVENT_TASK;
	record.head.size = sizeof(record);
	task_identity_fill(&record.task, task);
	task_counters_fill(&record.counters, task);
	task_run_state_fill(&record, task);
	record.read_ns = bpf_ktime_get_ns();
	bpf_seq_write(ctx->meta->seq, &record, sizeof(record));
	return 0;
}

#endif
