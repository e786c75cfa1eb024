/* SPDX-License-Identifier: MIT */
#include "command_wait.h"
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>
#include "common/failure.h"

#define DRAIN_EVERY_MS 100
#define FLUSH_EVERY_NS 1000000000ull /* what a kill can cost at most */
#define GRACE_NS 2000000000ull	     /* from a signal to a stronger one */
#define CHECK_EVERY_NS 10000000000ull
#define CHECK_LOSSY_NS 1000000000ull
#define SUBMIT_MAX_NS 10000000ull /* a record older than this is in its ring */
#define NS_PER_MS 1000000ull

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
	int fds[] = { w->capture->ops->wakeup_fd(w->capture), w->command ? w->command->pidfd : -1,
		      -1 };
	sigset_t signals = signals_to_heed();

	sigprocmask(SIG_BLOCK, &signals, &w->mask_before);
	w->signal_fd = fds[WAKE_SIGNAL] = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	w->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (w->signal_fd < 0 || w->epoll_fd < 0)
		return fail_errno("the recorder can't wait", errno);
	for (int i = 0; i < 3; i++) {
		struct epoll_event event = { .events = EPOLLIN, .data.u32 = i };

		if (fds[i] >= 0 && epoll_ctl(w->epoll_fd, EPOLL_CTL_ADD, fds[i], &event))
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

static bool command_runs(const struct command_wait *w)
{
	return w->command && !w->command_ended;
}

/*
 * The first signal ends the recording: at once, or with the command, which gets the signal and,
 * where it goes on for 2 s, TERM and then KILL. The second kills it.
 */
static void on_signal(struct command_wait *w, uint64_t now)
{
	struct signalfd_siginfo info;

	while (read(w->signal_fd, &info, sizeof(info)) == sizeof(info)) {
		if (!command_runs(w)) {
			w->stop = true;
		} else if (w->result->interrupted) {
			kill(w->command->pid, SIGKILL);
		} else {
			/* A terminal has sent it to the command too. */
			if (info.ssi_code != SI_KERNEL)
				kill(w->command->pid, info.ssi_signo);
			w->term_ns = now + GRACE_NS;
		}
		w->result->interrupted = true;
	}
}

static void on_deadline(struct command_wait *w, uint64_t now)
{
	w->deadline_ns = 0;
	if (!w->command) {
		w->stop = true;
		return;
	}
	w->result->timed_out = true;
	if (command_runs(w))
		w->term_ns = now;
	else
		w->stop = true;
}

static void on_timer(struct command_wait *w, uint64_t now)
{
	if (w->deadline_ns && now >= w->deadline_ns)
		on_deadline(w, now);
	if (w->term_ns && now >= w->term_ns) {
		w->term_ns = 0;
		w->kill_ns = now + GRACE_NS;
		if (command_runs(w))
			kill(w->command->pid, SIGTERM);
	}
	if (w->kill_ns && now >= w->kill_ns) {
		w->kill_ns = 0;
		if (command_runs(w))
			kill(w->command->pid, SIGKILL);
	}
	throttle_follow(w->throttle, now);
	if (now - w->flushed_ns >= FLUSH_EVERY_NS) {
		trace_flush(w->sink->trace);
		w->flushed_ns = now;
	}
}

static bool has_drops(const struct capture *c)
{
	for (int cpu = 0; cpu < c->cpu_count; cpu++) {
		const struct event_counters *count = c->ops->counters(c, cpu);

		if (count->dropped[STREAM_SCHED] || count->dropped[STREAM_LIFECYCLE])
			return true;
	}
	return false;
}

/* A lost death must not keep the recording going for ever: who lives is looked up now and then. */
static void check_living(struct command_wait *w, uint64_t now)
{
	uint64_t every = has_drops(w->capture) ? CHECK_LOSSY_NS : CHECK_EVERY_NS;
	void *rows;
	long size;

	if (now - w->checked_ns < every)
		return;
	w->checked_ns = now;
	size = w->capture->ops->snapshot_tasks(w->capture, &rows);
	if (size < 0)
		return;
	tree_watch_check(&w->sink->watch, rows, size / sizeof(struct task_event), now);
	free(rows);
}

static void drain(struct command_wait *w)
{
	uint64_t before = now_ns();

	w->capture->ops->drain(w->capture);
	if (!w->sink->watch.on)
		return;
	tree_watch_settle(&w->sink->watch, before - SUBMIT_MAX_NS);
	check_living(w, before);
}

static bool is_over(const struct command_wait *w)
{
	const struct tree_watch *watch = &w->sink->watch;

	if (w->stop)
		return true;
	if (w->command) {
		if (!w->command_ended)
			return false;
		if (!watch->on || w->result->interrupted || w->result->timed_out)
			return true;
	}
	return watch->on && (!watch->living.count || watch->failed);
}

/* Till the next drain, or sooner to what is due. */
static int timeout_ms(const struct command_wait *w, uint64_t now)
{
	uint64_t due[] = { w->deadline_ns, w->term_ns, w->kill_ns };
	uint64_t next = now + DRAIN_EVERY_MS * NS_PER_MS;

	for (size_t i = 0; i < sizeof(due) / sizeof(due[0]); i++)
		if (due[i] && due[i] < next)
			next = due[i];
	return next > now ? (int)((next - now + NS_PER_MS - 1) / NS_PER_MS) : 0;
}

void command_wait(struct command_wait *w)
{
	w->flushed_ns = w->checked_ns = now_ns();
	if (w->duration_s > 0)
		w->deadline_ns = w->flushed_ns + (uint64_t)(w->duration_s * 1e9);
	while (!is_over(w)) {
		struct epoll_event events[3];
		int count = epoll_wait(w->epoll_fd, events, 3, timeout_ms(w, now_ns()));

		for (int i = 0; i < count; i++) {
			if (events[i].data.u32 == WAKE_COMMAND) {
				w->command_ended = true;
				w->command_ended_ns = now_ns();
				/* Its status is asked for once all is over; this would wake for
				 * ever. */
				epoll_ctl(w->epoll_fd, EPOLL_CTL_DEL, w->command->pidfd, NULL);
			}
			if (events[i].data.u32 == WAKE_SIGNAL)
				on_signal(w, now_ns());
		}
		drain(w);
		on_timer(w, now_ns());
	}
}
