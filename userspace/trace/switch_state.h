/* SPDX-License-Identifier: MIT */
/*
 * What became of prev at a switch. A record holds the raw task state, with its flags; the kernel's
 * own text of sched_switch holds another encoding, the reported state (include/linux/sched.h,
 * __task_state_index() and __trace_sched_switch_state()). This is the one place that translates.
 */
#ifndef SWITCH_STATE_H
#define SWITCH_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include "sched_event.h"

/* The kernel's raw task states; the same since 4.14, the last ones since 5.15 and 6.1. */
#define TASK_INTERRUPTIBLE 0x1
#define TASK_UNINTERRUPTIBLE 0x2
#define TASK_STOPPED 0x4
#define TASK_TRACED 0x8
#define TASK_PARKED 0x40
#define TASK_DEAD 0x80
#define TASK_WAKEKILL 0x100
#define TASK_WAKING 0x200
#define TASK_NOLOAD 0x400
#define TASK_NEW 0x800
#define TASK_RTLOCK_WAIT 0x1000
#define TASK_FREEZABLE 0x2000
#define TASK_FROZEN 0x8000
#define TASK_IDLE_WAIT (TASK_UNINTERRUPTIBLE | TASK_NOLOAD)

enum switch_kind {
	/* It stays runnable. */
	SWITCH_PREEMPTED, /* taken off, or its sleep was aborted by a signal: only nvcsw tells */
	SWITCH_YIELDED,	  /* it asked for it, by sched_yield */
	/* It is blocked until somebody wakes it. */
	SWITCH_INTERRUPTIBLE,
	SWITCH_UNINTERRUPTIBLE,
	SWITCH_STOPPED, /* by a signal */
	SWITCH_TRACED,	/* by a debugger */
	SWITCH_PARKED,	/* a CPU's kernel thread, the CPU goes offline */
	SWITCH_NOLOAD,	/* a kernel thread without work */
	SWITCH_BLOCKED, /* in a state that the record does not name */
	SWITCH_DEAD,	/* it never runs again */
	SWITCH_KIND_COUNT
};

enum switch_kind switch_kind(const struct switch_event *sw);

/* prev never runs again. */
static inline bool switch_is_last(const struct switch_event *sw)
{
	return sw->head.type == EVENT_SWITCH_LAST || sw->prev_state & TASK_DEAD;
}

/* A signal keeps prev from falling asleep: signal_pending_state(), include/linux/sched/signal.h. */
static inline bool switch_is_abortable(const struct switch_event *sw)
{
	return sw->prev_state & (TASK_INTERRUPTIBLE | TASK_WAKEKILL);
}

/* Else prev is blocked, or dead. The `preempt` flag is over the state. */
static inline bool switch_stays_runnable(const struct switch_event *sw)
{
	return !switch_is_last(sw) && (!sw->prev_state || sw->head.flags & EVENT_F_PREEMPT);
}

/* prev goes out, and stays runnable, as it asked for. */
static inline bool switch_yields(const struct switch_event *sw)
{
	return sw->syscall == __NR_sched_yield && switch_stays_runnable(sw) &&
	       !(sw->head.flags & EVENT_F_PREEMPT);
}

/*
 * As sched_switch's own text has it: "R+", "R", "S", "D", "T", "t", "P", "I"; "X" for any dead task
 * ("Z" too, there: a record does not tell whether somebody is to wait for it). And where a waker on
 * another CPU was quicker than the probe, before 5.18: "W". "?": a state with none of these bits.
 */
const char *switch_letter(const struct switch_event *sw);

#endif
