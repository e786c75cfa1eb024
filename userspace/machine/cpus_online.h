/* SPDX-License-Identifier: MIT */
/* Which CPUs are online, and how to be on each of them without leaving a mark. */
#ifndef CPUS_ONLINE_H
#define CPUS_ONLINE_H

#include <jansson.h>
#include <stdbool.h>

/* Their numbers, ascending; a new reference. NULL: the kernel does not say. */
json_t *cpus_online_json(void);

/*
 * Calls fn(ctx) in a thread of its own, whose affinity ends with it. To set back a mask that was
 * read is no way: what is read lacks the CPUs that are offline just then, and whoever is started
 * later would never run there. False: no thread is to be had, nothing was called.
 */
bool cpus_call_aside(void (*fn)(void *ctx), void *ctx);

/* Every online CPU that the recorder may use makes a record: that a quiet one idles is then known.
 */
void cpus_visit(void);

#endif
