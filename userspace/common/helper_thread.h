/* SPDX-License-Identifier: MIT */
/* Threads that take part of the work off the main one. */
#ifndef HELPER_THREAD_H
#define HELPER_THREAD_H

#include <pthread.h>
#include <stdbool.h>

/* Signals stay the other threads' business. False: there is none; nothing has happened. */
bool helper_thread_start(pthread_t *id, void *(*run)(void *arg), void *arg);

#endif
