/* SPDX-License-Identifier: MIT */
#ifndef STRICT_H
#define STRICT_H

#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* More than any kernel's NR_CPUS; a fixed size lets a set be copied by assignment. */
#define STRICT_CPUS_MAX 8192

struct strict_cpus {
	unsigned long bits[STRICT_CPUS_MAX / (8 * sizeof(unsigned long))];
};

/* The whole text is one decimal number within [min, max], with no sign or blank. */
bool strict_uint(const char *text, uint64_t min, uint64_t max, uint64_t *value);

/* The same with an optional minus sign. */
bool strict_int(const char *text, int64_t min, int64_t max, int64_t *value);

static inline void strict_cpus_add(struct strict_cpus *cpus, unsigned cpu)
{
	CPU_SET_S(cpu, sizeof(*cpus), (cpu_set_t *)cpus);
}

/* "0,2-4" as in the kernel's cpulist; an empty list, a reversed range or a blank is refused. */
bool strict_cpulist(const char *text, struct strict_cpus *cpus);

/* The same in the order in which they are named, repeats too; their number, 0 where it is none. */
size_t strict_cpu_order(const char *text, int *cpus, size_t cpus_max);

static inline bool strict_cpus_has(const struct strict_cpus *cpus, unsigned cpu)
{
	return CPU_ISSET_S(cpu, sizeof(*cpus), (const cpu_set_t *)cpus);
}

/*
 * "0,-5,10" into values[]. The number of entries, 0 where one is out of range or there are over
 * max.
 */
size_t strict_int_list(const char *text, int64_t min, int64_t max, int *values, size_t values_max);

#endif
