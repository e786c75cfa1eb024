/* SPDX-License-Identifier: MIT */
#include "command.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "command_signals.h"
#include "common/cpulist.h"
#include "common/failure.h"
#include "common/paths.h"

/* What the child could not do before exec; sent with errno through exec_fd. */
enum child_step { STEP_AFFINITY, STEP_USER, STEP_EXEC };

struct child_failure {
	int step;
	int error;
};

struct argv_builder {
	char **argv;
	size_t count;
	char *text, *end;
};

static void add(struct argv_builder *b, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void add(struct argv_builder *b, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	b->argv[b->count++] = b->text;
	b->text += vsnprintf(b->text, b->end - b->text, format, args) + 1;
	va_end(args);
}

static void add_option(struct argv_builder *b, const char *name, const char *value)
{
	if (!value)
		return;
	add(b, "%s", name);
	add(b, "%s", value);
}

static size_t workload_text_bytes(const struct run_options *o)
{
	size_t bytes = PATH_MAX + 1024 + strlen(o->workload);

	for (unsigned i = 0; i < o->set_count; i++)
		bytes += strlen(o->sets[i]) + 16;
	bytes += o->pin ? strlen(o->pin) : 0;
	return bytes + (o->nice ? strlen(o->nice) : 0);
}

char **command_argv(const struct run_options *o, int truth_fd)
{
	size_t slots = 32 + 2 * MAX_SETS, bytes, count = 0;
	struct argv_builder b = {};
	char path[PATH_MAX];

	if (!o->workload) {
		while (o->command[count])
			count++;
		b.argv = calloc(count + 1, sizeof(*b.argv));
		if (b.argv)
			memcpy(b.argv, o->command, count * sizeof(*b.argv));
		return b.argv;
	}
	bytes = workload_text_bytes(o);
	b.argv = calloc(1, slots * sizeof(*b.argv) + bytes);
	if (!b.argv || paths_workload(path, sizeof(path))) {
		free(b.argv);
		return NULL;
	}
	b.text = (char *)(b.argv + slots);
	b.end = b.text + bytes;
	add(&b, "%s", path);
	add(&b, "%s", o->workload);
	add_option(&b, "--as", o->model);
	if (o->units)
		add(&b, "--units=%u", o->units);
	if (o->threads)
		add(&b, "--threads=%u", o->threads);
	if (o->processes)
		add(&b, "--processes=%u", o->processes);
	if (o->work)
		add(&b, "--work=%llu", (unsigned long long)o->work);
	for (unsigned i = 0; i < o->set_count; i++)
		add_option(&b, "--set", o->sets[i]);
	add_option(&b, "--pin", o->pin);
	add_option(&b, "--nice", o->nice);
	if (truth_fd >= 0)
		add(&b, "--truth-fd=%d", truth_fd);
	return b.argv;
}

static int set_affinity(const char *cpus)
{
	unsigned char listed[EVENT_MAX_CPUS] = {};
	cpu_set_t *set = CPU_ALLOC(EVENT_MAX_CPUS);
	size_t size = CPU_ALLOC_SIZE(EVENT_MAX_CPUS);
	int err = -1;

	if (!set)
		return -1;
	CPU_ZERO_S(size, set);
	errno = EINVAL;
	if (!cpulist_parse(cpus, listed)) {
		for (int cpu = 0; cpu < EVENT_MAX_CPUS; cpu++)
			if (listed[cpu])
				CPU_SET_S(cpu, size, set);
		err = sched_setaffinity(0, size, set);
	}
	CPU_FREE(set);
	return err;
}

static void child_failed(int exec_fd, enum child_step step)
{
	struct child_failure failure = { step, errno };

	while (write(exec_fd, &failure, sizeof(failure)) < 0 && errno == EINTR)
		;
	_exit(EXIT_OWN_FAILURE);
}

static void child(const struct command *c, const struct run_options *o, char **argv, int gate_fd,
		  int exec_fd)
{
	char byte;
	ssize_t got;

	if (o->cpus && set_affinity(o->cpus))
		child_failed(exec_fd, STEP_AFFINITY);
	if (command_user_become(&c->user))
		child_failed(exec_fd, STEP_USER);
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* nothing waits at a gate that nobody can open */
	do
		got = read(gate_fd, &byte, 1);
	while (got < 0 && errno == EINTR);
	if (got != 1)
		_exit(EXIT_OWN_FAILURE);
	prctl(PR_SET_PDEATHSIG, 0);
	command_signals_give_back();
	command_close_others(c->truth_fd);
	execvp(argv[0], argv);
	child_failed(exec_fd, STEP_EXEC);
}

int command_hold(struct command *c, const struct run_options *o)
{
	int gate[2] = { -1, -1 }, exec[2] = { -1, -1 };
	char **argv;
	int err;

	*c = COMMAND_NONE;
	err = command_user_find(&c->user, o->user);
	if (err)
		return err;
	if (o->workload)
		c->truth_fd = memfd_create("schedlab-truth", 0);
	if (o->workload && c->truth_fd < 0)
		return fail_errno("the command can't be prepared", errno);
	argv = command_argv(o, c->truth_fd);
	if (!argv || pipe2(gate, O_CLOEXEC) || pipe2(exec, O_CLOEXEC)) {
		free(argv);
		return fail_errno("the command can't be prepared", errno);
	}
	c->pid = fork();
	if (c->pid == 0) {
		close(gate[1]); /* its own copy would hold the gate open if schedlab died now */
		child(c, o, argv, gate[0], exec[1]);
	}
	free(argv);
	close(gate[0]);
	close(exec[1]);
	c->gate_fd = gate[1];
	c->exec_fd = exec[0];
	if (c->pid > 0)
		c->pidfd = syscall(SYS_pidfd_open, c->pid, 0);
	if (c->pidfd < 0) {
		err = fail_errno("the command can't be started", errno);
		command_end(c);
		return err;
	}
	return 0;
}

static int explain_child_failure(const struct command *c, const struct child_failure *failure,
				 const struct run_options *o)
{
	const char *why = strerror(failure->error);

	if (failure->step == STEP_AFFINITY)
		return fail(EXIT_USAGE,
			    "`nproc` and /sys/devices/system/cpu/online say which there are",
			    "the command can't be bound to CPUs %s: %s", o->cpus, why);
	if (failure->step == STEP_USER)
		return fail(EXIT_FAILED, "-u root runs it as root",
			    "the command can't run as %s: %s", c->user.name, why);
	if (failure->error == ENOENT && o->workload)
		return fail(EXIT_FAILED, "make builds it beside schedlab",
			    "the program schedlab-workload is not there");
	if (failure->error == ENOENT)
		return fail(EXIT_NOT_FOUND, "check its spelling, or give its path",
			    "%s: command not found", o->command[0]);
	return fail(EXIT_NOT_EXECUTABLE, "check its mode (chmod +x) and that it is a program",
		    "%s can't be executed: %s", o->workload ? "schedlab-workload" : o->command[0],
		    why);
}

int command_release(struct command *c, const struct run_options *o)
{
	struct child_failure failure;
	ssize_t got;

	/* A child that failed before the gate has closed it, and says why through exec_fd. */
	if (write(c->gate_fd, "", 1) != 1 && errno != EPIPE)
		return fail_errno("the command can't be started", errno);
	do
		got = read(c->exec_fd, &failure, sizeof(failure));
	while (got < 0 && errno == EINTR);
	if (got == sizeof(failure))
		return explain_child_failure(c, &failure, o);
	return 0;
}

int command_reap(struct command *c, struct rusage *usage)
{
	int status = 0;

	while (wait4(c->pid, &status, 0, usage) < 0 && errno == EINTR)
		;
	c->pid = -1;
	return status;
}

void command_end(struct command *c)
{
	int fds[] = { c->pidfd, c->gate_fd, c->exec_fd, c->truth_fd };

	if (c->pid > 0) {
		struct rusage usage;

		kill(c->pid, SIGKILL);
		command_reap(c, &usage);
	}
	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	command_user_free(&c->user);
	*c = COMMAND_NONE;
}
