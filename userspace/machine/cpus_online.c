/* SPDX-License-Identifier: MIT */
#include "cpus_online.h"
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include "common/cpulist.h"
#include "common/first_line.h"
#include "sched_event.h"

/* False: the kernel does not say. */
static bool read_online(unsigned char *online)
{
	char list[4096];

	memset(online, 0, EVENT_MAX_CPUS);
	return first_line(list, sizeof(list), "/sys/devices/system/cpu/online") &&
	       !cpulist_parse(list, online);
}

json_t *cpus_online_json(void)
{
	unsigned char online[EVENT_MAX_CPUS];
	json_t *list = read_online(online) ? json_array() : NULL;

	for (int cpu = 0; list && cpu < EVENT_MAX_CPUS; cpu++)
		if (online[cpu])
			json_array_append_new(list, json_integer(cpu));
	return list;
}

struct call {
	void (*fn)(void *ctx);
	void *ctx;
};

static void *thread_main(void *arg)
{
	const struct call *call = arg;

	call->fn(call->ctx);
	return NULL;
}

bool cpus_call_aside(void (*fn)(void *ctx), void *ctx)
{
	struct call call = { fn, ctx };
	pthread_t thread;

	if (pthread_create(&thread, NULL, thread_main, &call))
		return false;
	pthread_join(thread, NULL);
	return true;
}

static void visit(void *ctx)
{
	unsigned char online[EVENT_MAX_CPUS];
	size_t size = CPU_ALLOC_SIZE(EVENT_MAX_CPUS);
	cpu_set_t *one = CPU_ALLOC(EVENT_MAX_CPUS);

	if (!read_online(online))
		memset(online, 1, sizeof(online)); /* one that is not there can't be gone to */
	for (int cpu = 0; one && cpu < EVENT_MAX_CPUS; cpu++) {
		if (!online[cpu])
			continue;
		CPU_ZERO_S(size, one);
		CPU_SET_S(cpu, size, one);
		sched_setaffinity(0, size, one); /* refused where a cpuset keeps it from us */
	}
	CPU_FREE(one);
}

void cpus_visit(void)
{
	cpus_call_aside(visit, NULL);
}
