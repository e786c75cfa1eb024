/* SPDX-License-Identifier: MIT */
#include "blocking_pool.h"
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct call_list {
	struct blocking_call *first, *last;
};

struct blocking_pool {
	pthread_mutex_t mutex; /* of all below */
	pthread_cond_t work, ready;
	struct call_list asked, done;
	unsigned threads_count, threads_ready;
	pthread_t threads[BLOCKING_POOL_THREADS];
	pid_t tids[BLOCKING_POOL_THREADS];
	bool ends;
	int event_fd;
};

static void append(struct call_list *list, struct blocking_call *call)
{
	call->next = NULL;
	if (list->last)
		list->last->next = call;
	else
		list->first = call;
	list->last = call;
}

static struct blocking_call *take_first(struct call_list *list)
{
	struct blocking_call *first = list->first;

	list->first = first->next;
	if (!list->first)
		list->last = NULL;
	return first;
}

static void *thread_main(void *argument)
{
	struct blocking_pool *pool = argument;

	pthread_mutex_lock(&pool->mutex);
	pool->tids[pool->threads_ready++] = gettid();
	pthread_cond_signal(&pool->ready);
	for (;;) {
		struct blocking_call *call;

		while (!pool->asked.first && !pool->ends)
			pthread_cond_wait(&pool->work, &pool->mutex);
		if (!pool->asked.first)
			break;
		call = take_first(&pool->asked);
		pthread_mutex_unlock(&pool->mutex);
		call->call(call->argument);
		pthread_mutex_lock(&pool->mutex);
		append(&pool->done, call);
		eventfd_write(pool->event_fd, 1);
	}
	pthread_mutex_unlock(&pool->mutex);
	return NULL;
}

struct blocking_pool *blocking_pool_new(int event_fd)
{
	struct blocking_pool *pool = calloc(1, sizeof(*pool));
	int error = 0;

	if (!pool)
		return NULL;
	pool->event_fd = event_fd;
	pthread_mutex_init(&pool->mutex, NULL);
	pthread_cond_init(&pool->work, NULL);
	pthread_cond_init(&pool->ready, NULL);
	while (pool->threads_count < BLOCKING_POOL_THREADS && !error) {
		error = pthread_create(&pool->threads[pool->threads_count], NULL, thread_main,
				       pool);
		pool->threads_count += !error;
	}
	pthread_mutex_lock(&pool->mutex);
	while (pool->threads_ready < pool->threads_count)
		pthread_cond_wait(&pool->ready, &pool->mutex);
	pthread_mutex_unlock(&pool->mutex);
	if (!error)
		return pool;
	blocking_pool_free(pool);
	errno = error;
	return NULL;
}

void blocking_pool_free(struct blocking_pool *pool)
{
	if (!pool)
		return;
	pthread_mutex_lock(&pool->mutex);
	pool->ends = true;
	pthread_cond_broadcast(&pool->work);
	pthread_mutex_unlock(&pool->mutex);
	for (unsigned i = 0; i < pool->threads_count; i++)
		pthread_join(pool->threads[i], NULL);
	pthread_cond_destroy(&pool->ready);
	pthread_cond_destroy(&pool->work);
	pthread_mutex_destroy(&pool->mutex);
	free(pool);
}

const pid_t *blocking_pool_tids(const struct blocking_pool *pool)
{
	return pool->tids;
}

void blocking_pool_submit(struct blocking_pool *pool, struct blocking_call *call)
{
	pthread_mutex_lock(&pool->mutex);
	append(&pool->asked, call);
	pthread_cond_signal(&pool->work);
	pthread_mutex_unlock(&pool->mutex);
}

struct blocking_call *blocking_pool_take_done(struct blocking_pool *pool)
{
	struct blocking_call *done;

	pthread_mutex_lock(&pool->mutex);
	done = pool->done.first;
	pool->done = (struct call_list){ 0 };
	pthread_mutex_unlock(&pool->mutex);
	return done;
}
