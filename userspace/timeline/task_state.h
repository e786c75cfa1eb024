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
#include "resolve/resolve.h"
#include "wakers.h"

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

/*
 * In the order in which events ask for it, a line of cache after the other: what every change of
 * state does, what a switch does too, and what is rare.
 */
struct task_state {
	uint64_t since;
	uint64_t counted_from;	  /* the task's first account: its birth, row at attach or exec */
	uint64_t plain_from;	  /* a stay that began since is plain; UINT64_MAX: none is */
	uint64_t ns[STATE_COUNT]; /* in the window */

	uint8_t state;	/* enum state */
	uint8_t block;	/* enum block_kind: what it blocked for */
	uint8_t in;	/* enum cpu_state of a CPU where it is in */
	bool measured;	/* in W */
	bool watched;	/* has a line of time of its own: W, and what is shown beside it */
	bool flies;	/* counts as in flight when alive and not waiting for a child: */
	bool in_flight; /* it does now */
	bool was_out;
	int16_t syscall; /* it blocked in */
	uint16_t mask_size;
	uint16_t claim;	     /* 1 + the idle CPU it could use; for claims.c alone */
	int cpu;	     /* runs on, or is queued at */
	int last_cpu;	     /* ran on last, CPU_NONE: never */
	uint32_t waiting_at; /* its place in the list of waiting tasks */
	uint32_t nvcsw;
	uint64_t mask;
	uint64_t busy_before_ns; /* how long `cpu` had been busy when it joined that queue */
	uint64_t born_ns;	 /* alive from here on; 0: not seen yet */

	/*
	 * For the oracle, from the task's first account to its last (death, its row at stop). After
	 * `counts_from` and by `counts_to` a switch is in both accounts without any doubt.
	 */
	uint64_t counts_from, counts_to;
	uint64_t all_switches;
	uint64_t run_beyond_ns, wait_beyond_ns; /* what that has beyond ns[] */
	/* In the window; a switch is a sched-out. */
	uint64_t switches, voluntary, slices, yields, migrations;
	struct run_account {
		uint64_t kernel_ns, traced_ns;
	} last_out, first_out; /* at its last and first sched-out that was seen */
	uint64_t cpus;	       /* a bit each: ran there in the window, up to CPU 63; */
	uint64_t *more_cpus;   /* the others, NULL: none */
	int noted_cpu;	       /* the last of these that was asked for, CPU_NONE: none */

	uint64_t maybe_before, maybe_after; /* switches while its first, its last row was read */
	uint64_t before_exec_run_ns; /* of the command's own task, since the snapshot at attach */
	uint64_t fair_run_ns;	     /* run from the gate to the first unit's finish */
	struct blocked_tally *blocked;
	size_t blocked_count, blocked_last; /* the last: which row was counted in last */
	struct wakers wakers;
};

/* In the window. */
static inline bool task_state_ran_on(const struct task_state *s, int cpu)
{
	if (cpu < 64)
		return s->cpus >> cpu & 1;
	return s->more_cpus && s->more_cpus[cpu / 64] >> cpu % 64 & 1;
}

/* How long it ran and waited since its first account. */
static inline uint64_t task_state_all_run(const struct task_state *s)
{
	return s->ns[STATE_RUNNING] + s->run_beyond_ns;
}

static inline uint64_t task_state_all_wait(const struct task_state *s)
{
	return s->ns[STATE_WAIT_WAKEUP] + s->ns[STATE_WAIT_PREEMPT] + s->wait_beyond_ns;
}

static inline bool state_waits(enum state state)
{
	return state == STATE_WAIT_WAKEUP || state == STATE_WAIT_PREEMPT;
}

/* Why prev blocks, by the system call and, in futex, by op and val (glibc's encoding). */
enum block_kind block_kind_of(const struct switch_event *sw, const struct task_table *table);

/* "read", "futex", ..., "unknown". */
const char *syscall_name(int number);

/* It ran on `cpu`, one of so many. False out of memory. */
bool task_state_note_cpu(struct task_state *s, int cpu, int cpu_count);

/* The same as task_state_blocked(), whichever call it was. */
bool task_state_blocked_anew(struct task_state *s, int syscall, uint64_t ns);

/* It was blocked for so long. False out of memory. */
static inline bool task_state_blocked(struct task_state *s, int syscall, uint64_t ns)
{
	struct blocked_tally *last = &s->blocked[s->blocked_last];

	if (s->blocked_last >= s->blocked_count || last->syscall != syscall)
		return task_state_blocked_anew(s, syscall, ns);
	last->ns += ns;
	last->count++;
	return true;
}
void task_state_free(struct task_state *s);

#endif
