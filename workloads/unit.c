/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include "complain.h"
#include "workload.h"

#define WORDS_TIMEOUT_MS 5000

void *workload_share(size_t bytes)
{
	/* Populated: a page fault between two readings would be the lab's own doing. */
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (memory != MAP_FAILED)
		return memory;
	complain("use fewer units (-n), or free memory", "no %zu bytes of shared memory: %s", bytes,
		 strerror(errno));
	return NULL;
}

int *carrier_errno(void)
{
	return __errno_location();
}

int workload_prepare(struct workload *workload, const struct runtime *runtime,
		     unsigned carriers_count)
{
	workload->units = workload_share(workload->units_count * sizeof(*workload->units));
	workload->gate = workload_share(sizeof(*workload->gate));
	workload->failure = workload_share(sizeof(*workload->failure));
	workload->helpers = workload_share(sizeof(*workload->helpers));
	workload->carriers = workload_share((carriers_count + 1) * sizeof(*workload->carriers));
	workload->guarded_stacks = workload_share(sizeof(*workload->guarded_stacks));
	workload->carriers_count = carriers_count;
	if (!workload->units || !workload->gate || !workload->failure || !workload->helpers ||
	    !workload->carriers || !workload->guarded_stacks)
		return -1;
	unit_identify(&workload->launcher);
	for (unsigned i = 0; i < workload->units_count; i++) {
		workload->units[i].index = i;
		workload->units[i].workload = workload;
		workload->units[i].runtime = runtime;
	}
	if (workload->body->prepare && workload->body->prepare(workload))
		return -1;
	if (workload->body->weighed && runtime->units_meet)
		workload->bytes_before = workload_weigh(workload);
	return 0;
}

void workload_helper(struct workload *workload, pid_t pid, pid_t tid)
{
	unsigned at = atomic_fetch_add(&workload->helpers->count, 1);

	if (at < HELPERS_MAX)
		workload->helpers->tasks[at] = (struct unit_truth){ .pid = pid, .tid = tid };
}

void unit_identify(struct unit_truth *truth)
{
	truth->pid = getpid();
	truth->tid = gettid();
}

void unit_run(struct unit *unit)
{
	unit->truth.start_ns = reading_now_ns();
	reading_take(&unit->truth.first);
	if (unit->runtime->started)
		unit->runtime->started(unit);
	unit->workload->body->run(unit);
	reading_take(&unit->truth.last);
	unit->truth.finish_ns = unit->truth.last.ns;
}

/* Not for ever: whoever claimed the failure may have been killed since. */
static void await_words(struct unit_failure *failure)
{
	const struct timespec moment = { .tv_nsec = 1000000 };

	for (unsigned ms = 0; ms < WORDS_TIMEOUT_MS && !atomic_load(&failure->written); ms++)
		nanosleep(&moment, NULL);
}

/*
 * A forked process leaves its words for the launcher, which alone can end the others. Of several
 * that fail at once only the first has words; the others must not end their process, which may be
 * the same, before these have been said.
 */
static void fail_in_words(const struct workload *workload, const char *what, va_list args)
{
	struct unit_failure *failure = workload->failure;

	if (atomic_exchange(&failure->claimed, 1)) {
		await_words(failure);
		return;
	}
	vsnprintf(failure->text, sizeof(failure->text), what, args);
	if (getpid() == workload->launcher.pid)
		complain("the other units were ended; run it again, or with fewer units (-n)", "%s",
			 failure->text);
	atomic_store(&failure->written, 1);
}

void workload_failed(const struct workload *workload, const char *what, ...)
{
	va_list args;

	va_start(args, what);
	fail_in_words(workload, what, args);
	va_end(args);
}

void unit_fail(const struct unit *unit, const char *what, ...)
{
	char text[sizeof(unit->workload->failure->text) - 20];
	va_list args;

	va_start(args, what);
	vsnprintf(text, sizeof(text), what, args);
	va_end(args);
	workload_failed(unit->workload, "unit %u: %s", unit->index, text);
	_exit(WORKLOAD_FAILED);
}

int unit_pipe(const struct runtime *runtime, int fds[2])
{
	return pipe2(fds, O_CLOEXEC | (runtime->pipes_nonblocking ? O_NONBLOCK : 0));
}

void unit_read(struct unit *unit, int fd, void *buffer, size_t bytes)
{
	while (bytes) {
		ssize_t got = read(fd, buffer, bytes);

		if (got > 0) {
			buffer = (char *)buffer + got;
			bytes -= got;
		} else if (got < 0 && errno == EAGAIN) {
			unit->runtime->wait_fd(unit, fd, false);
		} else if (got == 0 || errno != EINTR) {
			unit_fail(unit, "reading a pipe: %s",
				  got ? strerror(errno) : "it was closed");
		}
	}
}

void unit_write(struct unit *unit, int fd, const void *buffer, size_t bytes)
{
	while (bytes) {
		ssize_t put = write(fd, buffer, bytes);

		if (put >= 0) {
			buffer = (const char *)buffer + put;
			bytes -= put;
		} else if (errno == EAGAIN) {
			unit->runtime->wait_fd(unit, fd, true);
		} else if (errno != EINTR) {
			unit_fail(unit, "writing a pipe: %s", strerror(errno));
		}
	}
}
