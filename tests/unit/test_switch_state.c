/* SPDX-License-Identifier: MIT */
/* What became of a task at a switch: the record's raw state, as the kernel itself tells it. */
#include <sys/syscall.h>
#include "drawn_trace.h"
#include "trace/switch_state.h"

#define PREEMPT EVENT_F_PREEMPT

struct switch_case {
	uint32_t state;
	uint8_t flags;
	int16_t syscall;
	enum switch_kind kind;
	const char *letter;
};

static const struct switch_case cases[] = {
	/* Runnable: state 0, or the flag, whatever the state says. */
	{ 0, 0, SYSCALL_NONE, SWITCH_PREEMPTED, "R" },
	{ 0, PREEMPT, SYSCALL_NONE, SWITCH_PREEMPTED, "R+" },
	{ 0, EVENT_F_KTHREAD, SYSCALL_NONE, SWITCH_PREEMPTED, "R" },
	{ TASK_INTERRUPTIBLE, PREEMPT, SYSCALL_NONE, SWITCH_PREEMPTED, "R+" },
	{ TASK_UNINTERRUPTIBLE, PREEMPT, SYSCALL_NONE, SWITCH_PREEMPTED, "R+" },
	{ 0x2001, PREEMPT | EVENT_F_KTHREAD, SYSCALL_NONE, SWITCH_PREEMPTED, "R+" },
	{ 0x402, PREEMPT, SYSCALL_NONE, SWITCH_PREEMPTED, "R+" },
	{ 0x1002, PREEMPT, SYSCALL_NONE, SWITCH_PREEMPTED, "R+" },
	{ 0, PREEMPT | EVENT_F_NO_ACCOUNT, SYSCALL_NONE, SWITCH_PREEMPTED, "R+" },
	/* A sleep that a signal aborted looks like it; nvcsw tells (the drawing "yields"). */
	{ 0, 0, __NR_read, SWITCH_PREEMPTED, "R" },
	{ 0, 0, __NR_sched_yield, SWITCH_YIELDED, "R" },
	{ 0, PREEMPT, __NR_sched_yield, SWITCH_PREEMPTED, "R+" },
	{ TASK_INTERRUPTIBLE, 0, __NR_sched_yield, SWITCH_INTERRUPTIBLE, "S" },
	/* Blocked, with and without flags beside the state. */
	{ 0x1, 0, __NR_read, SWITCH_INTERRUPTIBLE, "S" },
	{ 0x2001, 0, __NR_read, SWITCH_INTERRUPTIBLE, "S" }, /* freezable, 6.1 */
	{ 0x6001, 0, __NR_read, SWITCH_INTERRUPTIBLE, "S" }, /* the same with lockdep */
	{ 0x401, 0, __NR_read, SWITCH_INTERRUPTIBLE, "S" },  /* no load, but not idle */
	{ 0x2, 0, __NR_read, SWITCH_UNINTERRUPTIBLE, "D" },
	{ 0x102, 0, __NR_read, SWITCH_UNINTERRUPTIBLE, "D" }, /* killable */
	{ 0x2102, 0, __NR_read, SWITCH_UNINTERRUPTIBLE, "D" },
	{ 0x3, 0, __NR_read, SWITCH_UNINTERRUPTIBLE, "D" },	  /* TASK_NORMAL: the higher bit */
	{ 0x1000, 0, SYSCALL_NONE, SWITCH_UNINTERRUPTIBLE, "D" }, /* an RT kernel's lock */
	{ 0x1002, 0, SYSCALL_NONE, SWITCH_UNINTERRUPTIBLE, "D" },
	{ 0x8000, 0, SYSCALL_NONE, SWITCH_UNINTERRUPTIBLE, "D" }, /* frozen */
	{ 0x8402, 0, SYSCALL_NONE, SWITCH_UNINTERRUPTIBLE, "D" }, /* over idle's */
	{ 0x104, 0, SYSCALL_NONE, SWITCH_STOPPED, "T" },
	{ 0x4, 0, SYSCALL_NONE, SWITCH_STOPPED, "T" },
	{ 0x8, 0, SYSCALL_NONE, SWITCH_TRACED, "t" },
	{ 0x108, 0, SYSCALL_NONE, SWITCH_TRACED, "t" },
	{ 0x10c, 0, SYSCALL_NONE, SWITCH_TRACED, "t" },
	{ 0x40, EVENT_F_KTHREAD, SYSCALL_NONE, SWITCH_PARKED, "P" },
	{ 0x402, EVENT_F_KTHREAD, SYSCALL_NONE, SWITCH_NOLOAD, "I" },
	{ 0x2402, EVENT_F_KTHREAD, SYSCALL_NONE, SWITCH_NOLOAD, "I" },
	/* Read too late, before 5.18, when a waker was there already: blocked, the letter is lost.
	 */
	{ 0x200, 0, __NR_read, SWITCH_BLOCKED, "W" },
	{ 0x4000000, 0, __NR_read, SWITCH_BLOCKED, "?" },
	/* Reported 0x80 is idle, raw 0x80 is dead. */
	{ 0x80, 0, SYSCALL_NONE, SWITCH_DEAD, "X" },
	{ 0x80, PREEMPT, SYSCALL_NONE, SWITCH_DEAD, "X" },
};

TEST(each_state_is_told_as_the_kernel_tells_it)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct switch_case *c = &cases[i];
		struct switch_event sw = { .head = { .type = EVENT_SWITCH, .flags = c->flags },
					   .prev_state = c->state,
					   .syscall = c->syscall };

		if (!CHECK_EQ(switch_kind(&sw), c->kind) |
		    !CHECK_STR(switch_letter(&sw), c->letter) |
		    !CHECK_EQ(switch_stays_runnable(&sw), c->kind <= SWITCH_YIELDED) |
		    !CHECK_EQ(switch_is_last(&sw), c->kind == SWITCH_DEAD))
			printf("#   that was state 0x%x, flags %u, syscall %d\n", c->state,
			       c->flags, c->syscall);
	}
}

/* The last switch's record is one whatever state a trace has in it. */
TEST(a_last_switch_is_a_death)
{
	struct switch_event sw = { .head = { .type = EVENT_SWITCH_LAST } };

	CHECK_EQ(switch_kind(&sw), SWITCH_DEAD);
	CHECK(!switch_stays_runnable(&sw));
	CHECK_STR(switch_letter(&sw), "X");
}

TEST(flags_beside_the_state_change_no_time)
{
	const struct task_summary *t;
	struct summary s;

	CHECK_OR_RETURN(drawn_fixture("states", &s));
	t = drawn_task(&s, 100);
	CHECK_OR_RETURN(t);
	CHECK_EQ(t->run_ns, 860);
	CHECK_EQ(t->blocked_ns, 800);
	CHECK_EQ(t->wait_wakeup_ns, 240);
	CHECK_EQ(t->wait_preempt_ns, 100);
	CHECK_EQ(t->voluntary, 7);
	CHECK_EQ(t->involuntary, 1);
	CHECK_EQ(t->yields, 0);
	CHECK_EQ(t->migrations, 1); /* moved asleep, delayed dequeue or not */
	CHECK_EQ(s.trust.implicit_wakeups + s.trust.conflicts + s.trust.untraced, 0);
	CHECK_EQ(s.trust.verdict, TRUST_WHOLE);
	drawn_sums_hold(&s);
	summary_free(&s);
}

int main(void)
{
	RUN(each_state_is_told_as_the_kernel_tells_it);
	RUN(a_last_switch_is_a_death);
	RUN(flags_beside_the_state_change_no_time);
	return check_done("switch_state");
}
