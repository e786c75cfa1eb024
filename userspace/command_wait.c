/* SPDX-License-Identifier: MIT */
#include "command_wait.h"
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>
#include "failure.h"

#define DRAIN_EVERY_MS 100
#define FLUSH_EVERY_NS 1000000000ull /* what a kill can cost at most */
#define TERM_TO_KILL_NS 2000000000ull

enum wake { WAKE_RINGS, WAKE_COMMAND, WAKE_SIGNAL };

uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

/* A signal that is ignored (nohup, a shell's background) is queued all the same once it is blocked.
 */
static sigset_t signals_to_heed(void)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	struct sigaction now;
	sigset_t signals;

	sigemptyset(&signals);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (!sigaction(numbers[i], NULL, &now) && now.sa_handler != SIG_IGN)
			sigaddset(&signals, numbers[i]);
	return signals;
}

int command_wait_open(struct command_wait *w)
{
	int fds[] = { w->capture->ops->wakeup_fd(w->capture), w->command->pidfd, -1 };
	sigset_t signals = signals_to_heed();

	sigprocmask(SIG_BLOCK, &signals, &w->mask_before);
	w->signal_fd = fds[WAKE_SIGNAL] = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	w->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (w->signal_fd < 0 || w->epoll_fd < 0)
		return fail_errno("the recorder can't wait", errno);
	for (int i = 0; i < 3; i++) {
		struct epoll_event event = { .events = EPOLLIN, .data.u32 = i };

		if (epoll_ctl(w->epoll_fd, EPOLL_CTL_ADD, fds[i], &event))
			return fail_errno("the recorder can't wait", errno);
	}
	return 0;
}

void command_wait_close(struct command_wait *w)
{
	close(w->epoll_fd);
	close(w->signal_fd);
	sigprocmask(SIG_SETMASK, &w->mask_before, NULL);
}

/* The first signal ends the command in order, the second at once. */
static void on_signal(struct command_wait *w)
{
	struct signalfd_siginfo info;

	while (read(w->signal_fd, &info, sizeof(info)) == sizeof(info)) {
		/* A terminal has sent it to the command too. */
		if (w->result->interrupted)
			kill(w->command->pid, SIGKILL);
		else if (info.ssi_code != SI_KERNEL)
			kill(w->command->pid, info.ssi_signo);
		w->result->interrupted = true;
	}
}

static void on_timer(struct command_wait *w, uint64_t now)
{
	if (w->deadline_ns && now >= w->deadline_ns) {
		w->result->timed_out = true;
		w->deadline_ns = 0;
		w->kill_ns = now + TERM_TO_KILL_NS;
		kill(w->command->pid, SIGTERM);
	}
	if (w->kill_ns && now >= w->kill_ns) {
		w->kill_ns = 0;
		kill(w->command->pid, SIGKILL);
	}
	if (now - w->flushed_ns >= FLUSH_EVERY_NS) {
		trace_flush(w->trace);
		w->flushed_ns = now;
	}
}

void command_wait(struct command_wait *w)
{
	bool ended = false;

	w->flushed_ns = now_ns();
	if (w->duration_s > 0)
		w->deadline_ns = w->flushed_ns + (uint64_t)(w->duration_s * 1e9);
	while (!ended) {
		struct epoll_event events[3];
		int count = epoll_wait(w->epoll_fd, events, 3, DRAIN_EVERY_MS);

		for (int i = 0; i < count; i++) {
			ended |= events[i].data.u32 == WAKE_COMMAND;
			if (events[i].data.u32 == WAKE_SIGNAL)
				on_signal(w);
		}
		w->capture->ops->drain(w->capture);
		if (!ended)
			on_timer(w, now_ns());
	}
}
