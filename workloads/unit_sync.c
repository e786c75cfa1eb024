/* SPDX-License-Identifier: MIT */
#include "unit_sync.h"
#include <string.h>
#include "workload.h"

static void mutex_init(struct unit_mutex *mutex, int shared)
{
	pthread_mutexattr_t attributes;

	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_setpshared(&attributes, shared);
	pthread_mutex_init(&mutex->kernel, &attributes);
	pthread_mutexattr_destroy(&attributes);
}

static void condition_init(struct unit_condition *condition, int shared)
{
	pthread_condattr_t attributes;

	pthread_condattr_init(&attributes);
	pthread_condattr_setpshared(&attributes, shared);
	pthread_cond_init(&condition->kernel, &attributes);
	pthread_condattr_destroy(&attributes);
}

void kernel_mutex_init_private(struct unit_mutex *mutex)
{
	mutex_init(mutex, PTHREAD_PROCESS_PRIVATE);
}

void kernel_mutex_init_shared(struct unit_mutex *mutex)
{
	mutex_init(mutex, PTHREAD_PROCESS_SHARED);
}

void kernel_condition_init_private(struct unit_condition *condition)
{
	condition_init(condition, PTHREAD_PROCESS_PRIVATE);
}

void kernel_condition_init_shared(struct unit_condition *condition)
{
	condition_init(condition, PTHREAD_PROCESS_SHARED);
}

static void must(const struct unit *unit, int error, const char *what)
{
	if (error)
		unit_fail(unit, "%s: %s", what, strerror(error));
}

void kernel_lock(struct unit *unit, struct unit_mutex *mutex)
{
	must(unit, pthread_mutex_lock(&mutex->kernel), "taking a lock");
}

void kernel_unlock(struct unit *unit, struct unit_mutex *mutex)
{
	must(unit, pthread_mutex_unlock(&mutex->kernel), "giving a lock back");
}

void kernel_wait(struct unit *unit, struct unit_condition *condition, struct unit_mutex *mutex)
{
	must(unit, pthread_cond_wait(&condition->kernel, &mutex->kernel),
	     "waiting for a condition");
}

void kernel_signal(struct unit *unit, struct unit_condition *condition)
{
	must(unit, pthread_cond_signal(&condition->kernel), "telling of a condition");
}
