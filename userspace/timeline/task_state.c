/* SPDX-License-Identifier: MIT */
#include "task_state.h"
#include <linux/futex.h>
#include <stdlib.h>
#include <sys/syscall.h>

static const char *const syscall_names[] = {
#include "syscall_names.h"
};

static bool syscall_is_named(int number)
{
	return number >= 0 && (size_t)number < sizeof(syscall_names) / sizeof(syscall_names[0]) &&
	       syscall_names[number];
}

const char *syscall_name(int number)
{
	return syscall_is_named(number) ? syscall_names[number] : "unknown";
}

static bool is_measured_tid(const struct task_table *table, uint32_t tid)
{
	uint32_t task = task_first_bearer(table, tid);

	while (task != TASK_NONE && !table->tasks[task].in_tree)
		task = table->tasks[task].next_same_tid;
	return task != TASK_NONE;
}

static enum block_kind futex_kind(const struct switch_futex_event *futex,
				  const struct task_table *table)
{
	unsigned command = futex->op & FUTEX_CMD_MASK;

	if (command == FUTEX_LOCK_PI || command == FUTEX_LOCK_PI2 ||
	    (command == FUTEX_WAIT && futex->val == 2))
		return BLOCK_LOCK;
	if (command == FUTEX_WAIT_BITSET && !(futex->op & FUTEX_PRIVATE_FLAG) && futex->val &&
	    is_measured_tid(table, futex->val))
		return BLOCK_CHILD; /* pthread_join */
	return BLOCK_CONDITION;
}

/* What a call waits for: 1 + its enum block_kind, as calls that have no entry are 0. */
enum waits {
	OTHERWISE,
	LOCK = 1 + BLOCK_LOCK,
	CONDITION = 1 + BLOCK_CONDITION,
	IO = 1 + BLOCK_IO,
	SLEEP = 1 + BLOCK_SLEEP,
	CHILD = 1 + BLOCK_CHILD,
};

static const uint8_t waits_for[] = {
#ifdef __NR_select /* an older interface; later architectures have none of these */
	[__NR_select] = IO,
	[__NR_poll] = IO,
	[__NR_epoll_wait] = IO,
	[__NR_open] = IO,
	[__NR_creat] = IO,
	[__NR_getdents] = IO,
	[__NR_fork] = CHILD,
	[__NR_vfork] = CHILD,
#endif
	[__NR_futex] = CONDITION, /* where nothing tells more: futex_kind() */
#ifdef __NR_futex_waitv
	[__NR_futex_waitv] = CONDITION,
#endif
	[__NR_flock] = LOCK,
	[__NR_clone] = CHILD,
	[__NR_clone3] = CHILD,
	[__NR_wait4] = CHILD,
	[__NR_waitid] = CHILD,
	[__NR_rt_sigsuspend] = CHILD,
	[__NR_nanosleep] = SLEEP,
	[__NR_clock_nanosleep] = SLEEP,
	[__NR_pselect6] = IO,
	[__NR_ppoll] = IO,
	[__NR_epoll_pwait] = IO,
	[__NR_epoll_pwait2] = IO,
	[__NR_read] = IO,
	[__NR_readv] = IO,
	[__NR_pread64] = IO,
	[__NR_preadv] = IO,
	[__NR_preadv2] = IO,
	[__NR_write] = IO,
	[__NR_writev] = IO,
	[__NR_pwrite64] = IO,
	[__NR_pwritev] = IO,
	[__NR_pwritev2] = IO,
	[__NR_sendto] = IO,
	[__NR_sendmsg] = IO,
	[__NR_sendmmsg] = IO,
	[__NR_recvfrom] = IO,
	[__NR_recvmsg] = IO,
	[__NR_recvmmsg] = IO,
	[__NR_accept] = IO,
	[__NR_accept4] = IO,
	[__NR_connect] = IO,
	[__NR_openat] = IO,
	[__NR_openat2] = IO,
	[__NR_getdents64] = IO,
	[__NR_fsync] = IO,
	[__NR_fdatasync] = IO,
	[__NR_sync] = IO,
	[__NR_syncfs] = IO,
	[__NR_sync_file_range] = IO,
	[__NR_msync] = IO,
	[__NR_sendfile] = IO,
	[__NR_splice] = IO,
	[__NR_vmsplice] = IO,
	[__NR_tee] = IO,
	[__NR_copy_file_range] = IO,
	[__NR_io_getevents] = IO,
	[__NR_io_pgetevents] = IO,
	[__NR_io_uring_enter] = IO,
};

enum block_kind block_kind_of(const struct switch_event *sw, const struct task_table *table)
{
	size_t number = (size_t)sw->syscall; /* none, or a trace's lie, is beyond all */
	enum waits waits = number < sizeof(waits_for) ? waits_for[number] : OTHERWISE;

	if (number == __NR_futex && sw->head.type == EVENT_SWITCH_FUTEX)
		return futex_kind((const void *)sw, table);
	return waits == OTHERWISE ? BLOCK_OTHER : (enum block_kind)(waits - 1);
}

bool task_state_note_cpu(struct task_state *s, int cpu, int cpu_count)
{
	if (cpu < 64) {
		s->cpus |= 1ull << cpu;
		return true;
	}
	if (!s->more_cpus)
		s->more_cpus = calloc(cpu_count / 64 + 1, sizeof(*s->more_cpus));
	if (!s->more_cpus)
		return false;
	s->more_cpus[cpu / 64] |= 1ull << cpu % 64;
	return true;
}

bool task_state_blocked_anew(struct task_state *s, int syscall, uint64_t ns)
{
	/* A number without a name is unknown: so there are no more tallies than calls. */
	int named = syscall_is_named(syscall) ? syscall : SYSCALL_NONE;
	struct blocked_tally *grown;

	for (size_t i = 0; i < s->blocked_count; i++)
		if (s->blocked[i].syscall == named) {
			s->blocked[i].ns += ns;
			s->blocked[i].count++;
			s->blocked_last = i;
			return true;
		}
	grown = reallocarray(s->blocked, s->blocked_count + 1, sizeof(*grown));
	if (!grown)
		return false;
	s->blocked = grown;
	s->blocked[s->blocked_count++] = (struct blocked_tally){ named, ns, 1 };
	return true;
}

void task_state_free(struct task_state *s)
{
	free(s->more_cpus);
	free(s->blocked);
	wakers_free(&s->wakers);
}
