/* SPDX-License-Identifier: MIT */
/*
 * One measured task's line of time (METRICS.md):
 *
 *       waking        sched-in          sched-out (preempted)   sched-in     sched-out (blocked)
 *         | wait_wakeup |     run (slice)     |   wait_preempt     |    run      |  blocked ...
 *   ------+-------------+---------------------+--------------------+-------------+------------>
 */
#ifndef TASK_STATE_H
#define TASK_STATE_H

#include "moments.h"
#include "resolve.h"

enum state {
	STATE_NONE, /* not born yet, dead, or not seen yet */
	STATE_RUNNING,
	STATE_WAIT_WAKEUP,
	STATE_WAIT_PREEMPT,
	STATE_BLOCKED,
	STATE_UNKNOWN, /* alive; a loss or an untraced switch hides what it does */
	STATE_COUNT,
};

struct blocked_tally {
	int syscall;
	uint64_t ns, count;
};

struct task_state {
	enum state state;
	enum block_kind block;
	int syscall; /* it blocked in */
	uint64_t since;
	uint64_t born_ns;	  /* alive from here on; 0: not seen yet */
	int cpu;		  /* runs on, or is queued at */
	int last_cpu;		  /* ran on last, CPU_NONE: never */
	uint32_t waiting_at;	  /* its place in the list of waiting tasks */
	uint64_t ns[STATE_COUNT]; /* in the window */
	uint64_t slices, voluntary, involuntary, yields, migrations; /* in the window */
	/*
	 * For the oracle, from the task's first account (birth, the command's exec, its row in the
	 * snapshot at attach) to its last (death, its row at stop).
	 */
	uint64_t all_switches, all_run_ns, all_wait_ns;
	uint64_t maybe_before, maybe_after; /* switches while its first, its last row was read */
	struct run_account {
		uint64_t kernel_ns, traced_ns;
	} first_out, last_out; /* at its first and last sched-out that was seen */
	bool was_out;
	uint64_t before_exec_run_ns; /* of the command's own task, since the snapshot at attach */
	uint64_t fair_run_ns;	     /* run from the gate to the first unit's finish */
	uint32_t nvcsw;
	bool flies; /* counts as in flight when alive and not waiting for a child */
	uint64_t mask;
	unsigned mask_size;
	uint16_t claim; /* 1 + the idle CPU it could use; for claims.c alone */
	uint64_t busy_before_ns; /* how long `cpu` had been busy when it joined that queue */
	unsigned char *cpus;	 /* [cpu]: ran there in the window */
	struct blocked_tally *blocked;
	size_t blocked_count;
	struct woken_by *woken_by;
	size_t woken_by_count;
};

static inline bool state_waits(enum state state)
{
	return state == STATE_WAIT_WAKEUP || state == STATE_WAIT_PREEMPT;
}

/* Why prev blocks, by the system call and, in futex, by op and val (glibc's encoding). */
enum block_kind block_kind_of(const struct switch_event *sw, const struct task_table *table);

/* "read", "futex", ..., "unknown". */
const char *syscall_name(int number);

/* Adds to the task's tallies. False out of memory. */
bool task_state_blocked(struct task_state *s, int syscall, uint64_t ns);
bool task_state_woken(struct task_state *s, int64_t waker);
void task_state_free(struct task_state *s);

#endif
