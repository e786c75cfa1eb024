/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* sched_migrate_task: a waiting task changes its queue. */
#ifndef SCHED_MIGRATE_BPF_H
#define SCHED_MIGRATE_BPF_H

#include "emit.bpf.h"

SEC("tp_btf/sched_migrate_task")
int BPF_PROG(on_migrate, struct task_struct *task, int dest_cpu)
{
	__u64 ts = bpf_ktime_get_ns();
	struct migrate_event *migrate;
	struct place place;

	migrate = sched_reserve(&place, 1);
	if (!migrate)
		return 0;
	event_head_fill(&migrate->head, &place, ts, EVENT_MIGRATE, 0, sizeof(*migrate));
	migrate->tid = task->pid;
	migrate->cpu = dest_cpu;
	sched_submit(&place, 1);
	return 0;
}

#endif
