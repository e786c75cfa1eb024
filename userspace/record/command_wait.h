/* SPDX-License-Identifier: MIT */
/*
 * While it is recorded: empty the rings on a timer, heed signals and --duration, see when all is
 * over: the command, with --wait all its last descendant, or what ran already.
 */
#ifndef COMMAND_WAIT_H
#define COMMAND_WAIT_H

#include <signal.h>
#include "capture.h"
#include "command.h"
#include "machine/throttle.h"
#include "record_sink.h"
#include "recorder.h"

struct command_wait {
	struct capture *capture;
	struct record_sink *sink;
	struct command *command; /* NULL: none was started */
	struct run_result *result;
	struct throttle *throttle;
	double duration_s; /* 0: none */
	int epoll_fd, signal_fd;
	sigset_t mask_before;
	uint64_t deadline_ns, term_ns, kill_ns; /* 0: none */
	uint64_t flushed_ns, checked_ns;
	uint64_t command_ended_ns;
	bool command_ended, stop;
};

/* CLOCK_MONOTONIC, ns. */
uint64_t now_ns(void);

/*
 * From here on SIGINT, SIGTERM and SIGHUP, where they are not ignored, wait for command_wait(). 0,
 * or an exit status with the reason printed.
 */
int command_wait_open(struct command_wait *w);
/* Returns once all is over; the command, which has ended, is still to be reaped. */
void command_wait(struct command_wait *w);
/* Gives the signals back; after command_wait_open(), whatever it returned. */
void command_wait_close(struct command_wait *w);

#endif
