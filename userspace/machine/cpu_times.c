/* SPDX-License-Identifier: MIT */
#include "cpu_times.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/json_build.h"

/* "cpu3 user nice system idle iowait irq softirq steal ...". */
static void take_row(struct cpu_times *t, const char *line)
{
	struct cpu_time row = { .there = true };
	unsigned cpu;

	if (sscanf(line, "cpu%u %*u %*u %*u %*u %*u %" SCNu64 " %" SCNu64 " %" SCNu64, &cpu,
		   &row.ticks[TIME_IRQ], &row.ticks[TIME_SOFTIRQ], &row.ticks[TIME_STEAL]) != 4 ||
	    cpu >= EVENT_MAX_CPUS)
		return;
	t->cpus[cpu] = row;
	t->steal_seen |= row.ticks[TIME_STEAL] > 0;
}

void cpu_times_read(struct cpu_times *t, const char *path)
{
	FILE *file = fopen(path, "re");
	char line[512];

	memset(t, 0, sizeof(*t));
	/* The first row, of all together, has no number; the CPUs' own follow it at once. */
	while (file && fgets(line, sizeof(line), file) && !strncmp(line, "cpu", 3))
		if (line[3] != ' ')
			take_row(t, line);
	if (file)
		fclose(file);
}

/* A count that fell was begun anew. */
static json_t *rise(const struct cpu_time *from, const struct cpu_time *to, int kind)
{
	uint64_t ticks = to->ticks[kind] - from->ticks[kind];

	if (to->ticks[kind] < from->ticks[kind] || ticks > INT64_MAX / CPU_TIMES_TICK_NS)
		return json_null();
	return json_count(ticks * CPU_TIMES_TICK_NS);
}

json_t *cpu_times_json(const struct cpu_times *from, const struct cpu_times *to, bool steal_told)
{
	json_t *list = json_array();
	int errors = 0;

	for (int cpu = 0; cpu < EVENT_MAX_CPUS; cpu++) {
		const struct cpu_time *a = &from->cpus[cpu], *b = &to->cpus[cpu];

		if (!a->there || !b->there)
			continue;
		errors |= json_array_append_new(
			list, json_pack("{s:i, s:o, s:o, s:o}", "cpu", cpu, "steal_ns",
					steal_told || to->steal_seen ? rise(a, b, TIME_STEAL)
								     : json_null(),
					"irq_ns", rise(a, b, TIME_IRQ), "softirq_ns",
					rise(a, b, TIME_SOFTIRQ)));
	}
	return json_built(list, errors);
}
