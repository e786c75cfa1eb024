/* SPDX-License-Identifier: MIT */
/* While the command runs: empty the rings on a timer, heed signals and --duration. */
#ifndef COMMAND_WAIT_H
#define COMMAND_WAIT_H

#include <signal.h>
#include "capture.h"
#include "command.h"
#include "recorder.h"
#include "trace_file.h"

struct command_wait {
	struct capture *capture;
	struct trace_writer *trace;
	struct command *command;
	struct run_result *result;
	double duration_s; /* 0: none */
	int epoll_fd, signal_fd;
	sigset_t mask_before;
	uint64_t deadline_ns, kill_ns, flushed_ns; /* 0: none */
};

/* CLOCK_MONOTONIC, ns. */
uint64_t now_ns(void);

/*
 * From here on SIGINT, SIGTERM and SIGHUP, where they are not ignored, wait for command_wait(). 0,
 * or an exit status with the reason printed.
 */
int command_wait_open(struct command_wait *w);
/* Returns once the command has ended; it is still to be reaped. */
void command_wait(struct command_wait *w);
/* Gives the signals back; after command_wait_open(), whatever it returned. */
void command_wait_close(struct command_wait *w);

#endif
