/* SPDX-License-Identifier: MIT */
/*
 * By the kernel's call and not by signal(): glibc keeps 32 and 33 to itself, takes the second when
 * a first thread is made, and so exec would set what the caller ignored back to its default.
 */
#include "command_signals.h"
#include <signal.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <unistd.h>

#define KERNEL_SIGSET_BYTES 8
#define SIGSETXID 33 /* glibc's: all threads change their user together */

/* The kernel's struct sigaction begins with it on all architectures that the probes know. */
union kernel_action {
	void (*handler)(int);
	char room[64];
};

static const int taken[] = { SIGPIPE, SIGXFSZ, SIGSETXID };
static bool ignored[sizeof(taken) / sizeof(taken[0])];

void command_signals_take(void)
{
	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
		union kernel_action action = {};

		syscall(SYS_rt_sigaction, taken[i], NULL, &action, KERNEL_SIGSET_BYTES);
		ignored[i] = action.handler == SIG_IGN;
	}
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
}

void command_signals_give_back(void)
{
	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
		union kernel_action action = { .handler = ignored[i] ? SIG_IGN : SIG_DFL };

		syscall(SYS_rt_sigaction, taken[i], &action, NULL, KERNEL_SIGSET_BYTES);
	}
}
