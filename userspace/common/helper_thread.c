/* SPDX-License-Identifier: MIT */
#include "helper_thread.h"
#include <signal.h>

bool helper_thread_start(pthread_t *id, void *(*run)(void *arg), void *arg)
{
	sigset_t all, before;
	bool started;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	started = !pthread_create(id, NULL, run, arg);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return started;
}
