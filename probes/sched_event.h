/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * THE CONTRACT between the probes and userspace, and the body of the trace file's event sections.
 * Types are never renumbered and structs only grow at their end: a reader steps by `size`, so it
 * reads older and newer traces, and skips types it does not know.
 */
#ifndef SCHED_EVENT_H
#define SCHED_EVENT_H

#include <linux/types.h>

#define COMM_SIZE 16
#define EVENT_MAX_CPUS 1024 /* a bigger machine is refused in words */

enum event_type {
	EVENT_SWITCH = 1,	/* struct switch_event */
	EVENT_SWITCH_FUTEX = 2, /* struct switch_futex_event: prev blocks in futex */
	EVENT_SWITCH_LAST = 3,	/* struct switch_last_event: prev is dead and never runs again */
	EVENT_WAKING = 4,	/* struct waking_event */
	EVENT_WAKEUP_NEW = 5,	/* struct waking_event */
	EVENT_MIGRATE = 6,	/* struct migrate_event */
	EVENT_RUNTIME = 7,	/* struct runtime_event, from ftrace only */
	/* Lifecycle: made with interrupts on, so they count in a sequence of their own. */
	EVENT_NEWTASK = 32, /* struct newtask_event */
	EVENT_RENAME = 33,  /* struct rename_event */
	EVENT_EXEC = 34,    /* struct exec_event */
	EVENT_EXIT = 35,    /* struct exit_event */
	EVENT_HOTPLUG = 36, /* struct hotplug_event */
	/* Not from a tracepoint: one living task each, written at attach and at stop. */
	EVENT_TASK = 64, /* struct task_event */
};

/* The two sequences of a CPU. A record's place in its sequence is `seq`; a hole is a loss. */
enum event_stream {
	STREAM_SCHED = 0,     /* made with interrupts off */
	STREAM_LIFECYCLE = 1, /* made with interrupts on */
	STREAM_COUNT = 2,
};

enum event_flags {
	EVENT_F_PREEMPT =
		1 << 0,	      /* sched_switch's `preempt`: prev stays runnable whatever its state */
	EVENT_F_IRQ = 1 << 1, /* waking: made in an interrupt; `waker` is a bystander */
	EVENT_F_KTHREAD = 1 << 2, /* switch: prev is a kernel thread */
	/*
	 * From ftrace, which shows no more than its format files name. Not known, and zero: run_ns
	 * and next_run_low (runtime_event tells them), nvcsw, all task_counters; and `syscall` is
	 * SYSCALL_NONE. prev_state is the
	 * reported state put back into raw bits.
	 */
	EVENT_F_NO_ACCOUNT = 1 << 3,
};

struct event_head {
	__u64 ts; /* ns, CLOCK_MONOTONIC */
	__u32 seq;
	__u8 type;
	__u8 flags;
	__u16 size; /* bytes of the whole record, head included; a multiple of 8 */
};

#define SYSCALL_NONE (-1) /* not in a system call, or not known */

struct switch_event {
	struct event_head head;
	__u32 prev;
	__u32 next;
	__u32 prev_state; /* the raw task state, with its flags */
	__u32 nvcsw;	  /* prev's voluntary switches, this one included, low 32 bits */
	__u64 run_ns;	  /* prev's se.sum_exec_runtime */
	__u64 mask;	  /* prev's allowed CPUs 0 to 63 */
	__u16 mask_size;  /* how many CPUs prev is allowed, beyond 63 too; 0: not known */
	__s16 syscall;
	__u32 next_run_low; /* next's se.sum_exec_runtime, low 32 bits */
};

struct switch_futex_event {
	struct switch_event sw;
	__u64 address;
	__u32 op;
	__u32 val;
};

/* The kernel's own account of a task: the oracle. */
struct task_counters {
	__u64 run_ns;	    /* se.sum_exec_runtime */
	__u64 run_delay_ns; /* sched_info.run_delay */
	__u64 nvcsw;
	__u64 nivcsw;
};

struct task_identity {
	__u32 tid;
	__u32 pid;
	__u32 ppid;
	__u32 cpu;
	__u64 start_ns; /* CLOCK_MONOTONIC; (tid, start_ns) is the task */
	__u64 mask;
	__u16 mask_size; /* 0: not known */
	__u8 policy;
	__s8 nice;
	__u8 kthread;
	__u8 pad[3];
	char comm[COMM_SIZE];
};

struct switch_last_event {
	struct switch_event sw;
	struct task_counters counters;
	__u32 pid;
	__u32 pad;
};

struct waking_event {
	struct event_head head;
	__u32 tid;
	__u32 waker;
	__u32 cpu; /* waking: where it last ran; wakeup_new: where it is queued */
	__u32 pad;
};

struct migrate_event {
	struct event_head head;
	__u32 tid;
	__u32 cpu; /* where it goes */
};

/* The kernel has added to a task's run time (sched_stat_runtime): what a switch by ftrace lacks. */
struct runtime_event {
	struct event_head head;
	__u32 tid;
	__u32 pad;
	__u64 ns; /* since it last did */
};

struct newtask_event {
	struct event_head head;
	struct task_identity task;
	__u32 parent; /* the tid that cloned it */
	__u32 pad;
	__u64 clone_flags;
};

struct rename_event {
	struct event_head head;
	__u32 tid;
	__u32 pad;
	char comm[COMM_SIZE];
};

struct exec_event {
	struct event_head head;
	struct task_identity task;
	struct task_counters counters;
	__u32 old_tid; /* differs from task.tid where a thread that is not the leader exec'ed */
	__u32 pad;
};

struct exit_event {
	struct event_head head;
	__u32 tid;
	__u32 pid;
};

/*
 * From here on the scheduler uses a CPU, or no longer does: what is on its way out still runs there
 * for some ms, kernel threads after that, and then it is off.
 */
struct hotplug_event {
	struct event_head head;
	__u32 cpu;
	__u32 online; /* 0 or 1 */
};

/* Its fields are read one after the other, from head.ts to read_ns, while the task may go on. */
struct task_event {
	struct event_head head;
	struct task_identity task;
	struct task_counters counters; /* where it runs, run_ns is as old as the last tick */
	__u64 read_ns;		       /* 0: what follows is not known */
	__u32 state;		       /* the raw task state, with its flags */
	__u8 on_cpu;
	__u8 on_rq;    /* queued; not where a blocked task is only dequeued later (6.12) */
	__s16 syscall; /* that it is blocked in */
	__u64 futex_address;
	__u32 futex_op;
	__u32 futex_val;
};

#define TASK_EVENT_SIZE_FIRST 104 /* of traces whose recorder did not tell the states */

/* ---- between the probes and the recorder; not in the trace --------------------------------------
 */

/* STREAM_SCHED: a record takes one slot of its CPU's ring, or two that follow each other. */
#define SLOT_BYTES 64

/* What the probes count of themselves, one line of cache a CPU, written by that CPU alone. */
struct event_counters {
	__u32 seq[STREAM_COUNT]; /* sequence numbers given out */
	/* A stream each, too: an interrupt's record may come amid a lifecycle record's count. */
	__u64 emitted[STREAM_COUNT];
	__u64 dropped[STREAM_COUNT]; /* the ring was full, or reserve failed otherwise */
	__u64 head;		     /* slots published, ever */
	__u64 pad[2];
};

/* How far the recorder has read; one line of cache a CPU. */
struct slots_taken {
	__u64 tail; /* slots read, ever */
	__u64 pad[7];
};

/* STREAM_LIFECYCLE: this, then the record; alone, it only wakes the recorder. */
struct lifecycle_head {
	__u32 cpu;
	__u32 pad;
};

_Static_assert(sizeof(struct event_head) == 16, "layout is the file format");
_Static_assert(sizeof(struct switch_event) <= SLOT_BYTES, "a switch takes one slot");
_Static_assert(sizeof(struct switch_last_event) <= 2 * SLOT_BYTES, "no record takes three slots");
_Static_assert(sizeof(struct switch_event) == 56, "layout is the file format");
_Static_assert(sizeof(struct switch_futex_event) == 72, "layout is the file format");
_Static_assert(sizeof(struct switch_last_event) == 96, "layout is the file format");
_Static_assert(sizeof(struct waking_event) == 32, "layout is the file format");
_Static_assert(sizeof(struct migrate_event) == 24, "layout is the file format");
_Static_assert(sizeof(struct runtime_event) == 32, "layout is the file format");
_Static_assert(sizeof(struct task_identity) == 56, "layout is the file format");
_Static_assert(sizeof(struct newtask_event) == 88, "layout is the file format");
_Static_assert(sizeof(struct rename_event) == 40, "layout is the file format");
_Static_assert(sizeof(struct exec_event) == 112, "layout is the file format");
_Static_assert(sizeof(struct exit_event) == 24, "layout is the file format");
_Static_assert(sizeof(struct hotplug_event) == 24, "layout is the file format");
_Static_assert(sizeof(struct task_event) == 136, "layout is the file format");
_Static_assert(sizeof(struct event_counters) == 64, "no two CPUs share a line");

#endif
