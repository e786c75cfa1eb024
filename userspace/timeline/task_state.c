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

enum block_kind block_kind_of(const struct switch_event *sw, const struct task_table *table)
{
	switch (sw->syscall) {
#ifdef __NR_futex
	case __NR_futex:
		if (sw->head.type == EVENT_SWITCH_FUTEX)
			return futex_kind((const void *)sw, table);
		return BLOCK_CONDITION;
#endif
#ifdef __NR_futex_waitv
	case __NR_futex_waitv:
		return BLOCK_CONDITION;
#endif
#ifdef __NR_fork
	case __NR_fork:
	case __NR_vfork:
#endif
	case __NR_clone:
	case __NR_clone3:
	case __NR_wait4:
	case __NR_waitid:
	case __NR_rt_sigsuspend:
		return BLOCK_CHILD;
	case __NR_nanosleep:
	case __NR_clock_nanosleep:
		return BLOCK_SLEEP;
#ifdef __NR_select
	case __NR_select:
	case __NR_poll:
	case __NR_epoll_wait:
	case __NR_open:
#endif
	case __NR_pselect6:
	case __NR_ppoll:
	case __NR_epoll_pwait:
	case __NR_epoll_pwait2:
	case __NR_read:
	case __NR_readv:
	case __NR_pread64:
	case __NR_preadv:
	case __NR_write:
	case __NR_writev:
	case __NR_pwrite64:
	case __NR_pwritev:
	case __NR_sendto:
	case __NR_sendmsg:
	case __NR_sendmmsg:
	case __NR_recvfrom:
	case __NR_recvmsg:
	case __NR_recvmmsg:
	case __NR_accept:
	case __NR_accept4:
	case __NR_connect:
	case __NR_openat:
	case __NR_fsync:
	case __NR_fdatasync:
	case __NR_sync_file_range:
	case __NR_msync:
	case __NR_sendfile:
	case __NR_splice:
	case __NR_copy_file_range:
	case __NR_io_getevents:
	case __NR_io_uring_enter:
		return BLOCK_IO;
	}
	return BLOCK_OTHER;
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
