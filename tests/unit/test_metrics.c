/* SPDX-License-Identifier: MIT */
/*
 * Where each number of METRICS.md is checked against one that was worked out by hand, or counted ns
 * by ns. Fixtures are tests/fixtures/NAME.events, drawn; "property" is test_property.c, random.
 * Reports of real runs are counted anew from their events by tests/recount.py.
 *
 *	who is W: descendants, -p, -a, roles	test_window (window, living, truth), who.bats,
 *						tree.bats
 *	window, clipping, alive_at_end		test_window (window), test_window_part
 *	n: masks, CPUs that are there		test_resolve (masks, masks_old), test_resolve_masks
 *	a CPU offline				test_resolve_hotplug
 *	run, waits, blocked, lifetime		test_timeline (line, waking, parallel), property
 *	yields, voluntary, involuntary		test_timeline (yields), test_switch_state (states)
 *	wakings before, in and after a slice	test_timeline (waking, waking_at_end)
 *	untraced switches			test_resolve (untraced...), property
 *	tids used again, threads that exec	test_task_table (reuse)
 *	R, D, C, T, busy time, average cores	test_parallelism (parallel, time_sliced), property
 *	tlp, identity, both profiles		test_parallelism, property; latency.bats
 *	time_sliced_share, parallel_share	test_parallelism (time_sliced), property
 *	satisfaction				test_parallelism (parallel), test_resolve_hotplug
 *	physical_tlp, smt_share, own_smt	test_physical (siblings)
 *	in flight				test_summary (shell, sleepers, truth),
 *						test_window_flying
 *	verdict and its borders, sentence	test_summary, test_sentence
 *	own, other_waited, other_free		test_accounting (line, placement), property
 *	being_woken, violation			test_accounting (being_woken, two_claims), property
 *	violations, spell by spell		test_accounting, test_claims_match, test_violations
 *	throttled				test_accounting (throttled, violations)
 *	lock, condition, io, sleep, other	test_accounting (causes), and here
 *	child waits and joins			test_summary (shell, sleepers), test_accounting
 *	no_task, offline, unknown		test_accounting, test_resolve_hotplug, test_resolve
 *	run-queue latency			test_latency (waking, placement), test_histogram,
 *						property
 *	migrations, by distance			test_timeline (placement), test_topology
 *	interleavings, longest slice		test_timeline (placement)
 *	wait_behind, antagonists, others	test_timeline (placement), test_behind, property
 *	blocked_on, woken_by, others: order	test_timeline (line), test_window (living)
 *	fairness				test_summary (truth), latency.bats
 *	losses: unknown, bounds			test_resolve_gap (loss...), test_resolve_end,
 *						property
 *	what ftrace does not tell		test_resolve_events
 *	the kernel's account, the invariants	test_summary, test_summary_trust,
 *						test_timeline_counts
 */
#include <linux/futex.h>
#include <sys/syscall.h>
#include "drawn_trace.h"
#include "timeline/task_state.h"

/* 101 blocks from 2000 to 3000 on CPU 1, which idles; 100 runs on CPU 0 throughout. */
static bool blocked_for(struct summary *s, const char *how)
{
	char text[512];

	snprintf(text, sizeof(text),
		 "cpus 2\ncommand 100\ntask 7 7 other\n"
		 " 800 1 switch 7 0 S\n 900 0 switch 0 100 R\n1000 0 exec 100\n"
		 "1000 0 newtask 101 100 100\n1000 0 new 101 cpu=1\n1000 1 switch 0 101 R\n"
		 "2000 1 switch 101 0 S %s\n"
		 "3000 0 waking 101 cpu=1\n3000 1 switch 0 101 R\n"
		 "4000 1 last 101 0\n4000 0 last 100 0\n",
		 how);
	return drawn_analyze(text, s);
}

/* glibc's encoding: WAIT with val 2, or LOCK_PI, is a lock; anything but a join a condition. */
TEST(a_futex_is_told_by_its_operation_and_value)
{
	static const struct {
		unsigned op, val;
		enum cause cause;
	} cases[] = {
		{ FUTEX_WAIT, 2, CAUSE_LOCK },
		{ FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 2, CAUSE_LOCK },
		{ FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 0, CAUSE_CONDITION },
		{ FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 1, CAUSE_CONDITION },
		{ FUTEX_LOCK_PI, 0, CAUSE_LOCK },
		{ FUTEX_LOCK_PI | FUTEX_PRIVATE_FLAG, 7, CAUSE_LOCK },
		{ FUTEX_LOCK_PI2 | FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME, 0, CAUSE_LOCK },
		{ FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, 2, CAUSE_CONDITION },
		{ FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, 100, CAUSE_CONDITION },
		{ FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 100, CAUSE_NO_TASK }, /* a join */
		{ FUTEX_WAIT_BITSET, 7, CAUSE_CONDITION }, /* a tid, but not of the program */
		{ FUTEX_WAIT_REQUEUE_PI, 2, CAUSE_CONDITION },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct summary s;
		char how[64];

		snprintf(how, sizeof(how), "futex=0x40,%u,%u", cases[i].op, cases[i].val);
		CHECK_OR_RETURN(blocked_for(&s, how));
		if (!CHECK_EQ(s.accounting_ns[cases[i].cause], 1000))
			printf("#   that was op %u, val %u\n", cases[i].op, cases[i].val);
		CHECK_STR(drawn_task(&s, 101)->blocked_on[0].what, "futex");
		drawn_sums_hold(&s);
		summary_free(&s);
	}
}

TEST(a_system_call_tells_what_a_task_waits_for)
{
	static const struct {
		int number;
		enum block_kind kind;
		const char *name;
	} cases[] = {
		{ __NR_read, BLOCK_IO, "read" },
		{ __NR_recvmsg, BLOCK_IO, "recvmsg" },
		{ __NR_epoll_pwait, BLOCK_IO, "epoll_pwait" },
		{ __NR_ppoll, BLOCK_IO, "ppoll" },
		{ __NR_fsync, BLOCK_IO, "fsync" },
		{ __NR_getdents64, BLOCK_IO, "getdents64" },
		{ __NR_preadv2, BLOCK_IO, "preadv2" },
		{ __NR_flock, BLOCK_LOCK, "flock" },
		{ __NR_futex, BLOCK_CONDITION, "futex" }, /* op and val are not known */
		{ __NR_io_uring_enter, BLOCK_IO, "io_uring_enter" },
		{ __NR_clock_nanosleep, BLOCK_SLEEP, "clock_nanosleep" },
		{ __NR_wait4, BLOCK_CHILD, "wait4" },
		{ __NR_rt_sigsuspend, BLOCK_CHILD, "rt_sigsuspend" },
		{ __NR_rt_sigtimedwait, BLOCK_OTHER, "rt_sigtimedwait" },
		{ __NR_sched_yield, BLOCK_OTHER, "sched_yield" },
		{ SYSCALL_NONE, BLOCK_OTHER, "unknown" },
		{ 32767, BLOCK_OTHER, "unknown" },
		{ -32768, BLOCK_OTHER, "unknown" },
	};
	const struct task_table nobody = {};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct switch_event sw = { .head.type = EVENT_SWITCH,
					   .prev_state = 1,
					   .syscall = cases[i].number };

		CHECK_STR(syscall_name(cases[i].number), cases[i].name);
		if (!CHECK_EQ(block_kind_of(&sw, &nobody), cases[i].kind))
			printf("#   that was %s\n", cases[i].name);
	}
}

/* Asleep, in a timer, for input, elsewhere: each is the cause of the idle CPU beside it. */
TEST(each_kind_of_block_is_its_own_cause)
{
	static const struct {
		const char *how;
		enum cause cause;
	} cases[] = {
		{ "syscall=nanosleep", CAUSE_SLEEP }, { "syscall=epoll_wait", CAUSE_IO },
		{ "syscall=write", CAUSE_IO },	      { "syscall=pause", CAUSE_OTHER_BLOCK },
		{ "syscall=waitid", CAUSE_NO_TASK },  { "", CAUSE_OTHER_BLOCK },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct summary s;

		CHECK_OR_RETURN(blocked_for(&s, cases[i].how));
		if (!CHECK_EQ(s.accounting_ns[cases[i].cause], 1000))
			printf("#   that was '%s'\n", cases[i].how);
		CHECK_EQ(s.accounting_ns[CAUSE_OWN], 5000);
		drawn_sums_hold(&s);
		summary_free(&s);
	}
}

int main(void)
{
	RUN(a_futex_is_told_by_its_operation_and_value);
	RUN(a_system_call_tells_what_a_task_waits_for);
	RUN(each_kind_of_block_is_its_own_cause);
	return check_done("metrics");
}
