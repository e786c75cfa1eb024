/* SPDX-License-Identifier: MIT */
/*
 * A program that makes tasks in each way that Linux has, and tells who they are.
 *
 *	usage: family WAY...	fork vfork clone3 posix_spawn clone_parent threads daemon
 *exec_thread reuse leaf spin sleep
 *
 * Each task works for 20 ms of CPU time with three naps in it and then prints "TID NS": its tid and
 * the CPU time of that work. A daemon does so 0.5 s after everybody else. Without a way only the
 *first task
 *works. spin N		N threads that only run, until killed; prints "ready PID TID..." sleep
 *only sleeps, until killed; prints "ready PID"
 */
#include <errno.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static long cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return ts.tv_sec * 1000000000l + ts.tv_nsec;
}

static void nap(long ms)
{
	struct timespec left = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&left, &left) && errno == EINTR)
		;
}

static void tell(long worked_ns)
{
	char line[64];
	int len = snprintf(line, sizeof(line), "%ld %ld\n", syscall(SYS_gettid), worked_ns);

	if (write(1, line, len) != len)
		_exit(3);
}

static void work(void)
{
	long start = cpu_ns();

	for (int part = 1; part <= 4; part++) {
		while (cpu_ns() - start < part * 5000000l)
			;
		if (part < 4)
			nap(1);
	}
	tell(cpu_ns() - start);
}

static void *work_as_thread(void *unused)
{
	work();
	return unused;
}

static void wait_for(pid_t pid)
{
	int status;

	if (pid < 0 || waitpid(pid, &status, 0) != pid || status) {
		perror("family: a child");
		exit(3);
	}
}

static pid_t clone3_child(uint64_t flags, pid_t tid)
{
	struct clone_args args = { .flags = flags,
				   .exit_signal = flags & CLONE_PARENT ? 0 : SIGCHLD };

	if (tid) {
		args.set_tid = (uintptr_t)&tid;
		args.set_tid_size = 1;
	}
	return syscall(SYS_clone3, &args, sizeof(args));
}

static void do_fork(void)
{
	pid_t pid = fork();

	if (!pid) {
		work();
		_exit(0);
	}
	wait_for(pid);
}

static void do_vfork(void)
{
	pid_t pid = vfork();

	if (!pid) {
		work();
		_exit(0);
	}
	wait_for(pid);
}

static void do_clone3(void)
{
	pid_t pid = clone3_child(0, 0);

	if (!pid) {
		work();
		_exit(0);
	}
	wait_for(pid);
}

static void do_posix_spawn(const char *self)
{
	char *argv[] = { (char *)self, "leaf", NULL };
	pid_t pid;

	if (posix_spawn(&pid, self, NULL, NULL, argv, environ))
		exit(3);
	wait_for(pid);
}

/* Its parent is ours, so that we learn of its end by a pipe. */
static void do_clone_parent(void)
{
	int end[2];
	char byte;
	pid_t pid;

	if (pipe(end))
		exit(3);
	pid = clone3_child(CLONE_PARENT, 0);
	if (!pid) {
		close(end[0]);
		work();
		_exit(0);
	}
	close(end[1]);
	if (pid < 0 || read(end[0], &byte, 1) != 0)
		exit(3);
}

static void do_threads(void)
{
	pthread_t threads[2];

	for (int i = 0; i < 2; i++)
		if (pthread_create(&threads[i], NULL, work_as_thread, NULL))
			exit(3);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
}

static void do_daemon(void)
{
	pid_t pid = fork();

	if (!pid) {
		setsid();
		if (fork()) {
			work();
			_exit(0);
		}
		nap(500);
		work();
		_exit(0);
	}
	wait_for(pid);
}

static const char *self_path;

static void *exec_self(void *unused)
{
	tell(0);
	execl(self_path, self_path, "leaf", NULL);
	exit(3);
	return unused;
}

/* The leader dies, and the thread goes on under the leader's tid. */
static void do_exec_thread(const char *self)
{
	pthread_t thread;

	self_path = self;
	tell(0);
	if (pthread_create(&thread, NULL, exec_self, NULL))
		exit(3);
	for (;;)
		pause();
}

/* Needs CAP_CHECKPOINT_RESTORE: the second child gets the tid of the first. */
static void do_reuse(void)
{
	pid_t first = fork(), second;

	if (!first) {
		work();
		_exit(0);
	}
	wait_for(first);
	second = clone3_child(0, first);
	if (!second) {
		work();
		_exit(0);
	}
	wait_for(second);
}

static void *run_for_ever(void *tid)
{
	*(volatile pid_t *)tid = syscall(SYS_gettid);
	for (;;)
		;
	return NULL;
}

static void do_spin(int count)
{
	volatile pid_t tids[64] = {};
	pthread_t thread;

	for (int i = 0; i < count && i < 64; i++)
		if (pthread_create(&thread, NULL, run_for_ever, (void *)&tids[i]))
			exit(3);
	for (int i = 0; i < count && i < 64; i++)
		while (!tids[i])
			nap(1);
	printf("ready %d", getpid());
	for (int i = 0; i < count && i < 64; i++)
		printf(" %d", tids[i]);
	puts("");
	fflush(stdout);
	for (;;)
		pause();
}

static void do_sleep(void)
{
	printf("ready %d\n", getpid());
	fflush(stdout);
	for (;;)
		nap(3600000);
}

int main(int argc, char **argv)
{
	const char *self = argv[0];

	for (int i = 1; i < argc; i++) {
		const char *way = argv[i];

		if (!strcmp(way, "fork"))
			do_fork();
		else if (!strcmp(way, "vfork"))
			do_vfork();
		else if (!strcmp(way, "clone3"))
			do_clone3();
		else if (!strcmp(way, "posix_spawn"))
			do_posix_spawn(self);
		else if (!strcmp(way, "clone_parent"))
			do_clone_parent();
		else if (!strcmp(way, "threads"))
			do_threads();
		else if (!strcmp(way, "daemon"))
			do_daemon();
		else if (!strcmp(way, "exec_thread"))
			do_exec_thread(self);
		else if (!strcmp(way, "reuse"))
			do_reuse();
		else if (!strcmp(way, "spin"))
			do_spin(i + 1 < argc ? atoi(argv[i + 1]) : 1);
		else if (!strcmp(way, "sleep"))
			do_sleep();
		else if (strcmp(way, "leaf") != 0)
			return 2;
	}
	work();
	return 0;
}
