/* SPDX-License-Identifier: MIT */
#include "topology.h"
#include <stddef.h>
#include <string.h>
#include "common/terms.h"

/* Far above any that a kernel gives (1024 is its fastest CPU), far below what could overflow. */
#define CAPACITY_MAX (1 << 20)

/* A number in [0, end), else CPU_NONE. */
static int number_below(const json_t *row, const char *key, json_int_t end)
{
	const json_t *value = json_object_get(row, key);
	json_int_t number = json_integer_value(value);

	return json_is_integer(value) && number >= 0 && number < end ? (int)number : CPU_NONE;
}

/* The first row of a CPU stands. */
static void read_cpu(struct topology *t, const json_t *row)
{
	int cpu = number_below(row, "cpu", EVENT_MAX_CPUS);
	struct topology_cpu *c = &t->cpus[cpu < 0 ? 0 : cpu];

	if (cpu < 0 || c->listed)
		return;
	*c = (struct topology_cpu){
		.core = (int16_t)number_below(row, "core", EVENT_MAX_CPUS),
		.llc = (int16_t)number_below(row, "llc", EVENT_MAX_CPUS),
		.node = (int16_t)number_below(row, "node", EVENT_MAX_CPUS),
		.socket = (int16_t)number_below(row, "package", EVENT_MAX_CPUS),
		.capacity = number_below(row, "capacity", CAPACITY_MAX + 1),
		.listed = true,
	};
	t->threads++;
}

/* How many different ones the CPUs name, in the field at `offset`; CPU_NONE: one names none. */
static int count_different(const struct topology *t, size_t offset)
{
	bool seen[EVENT_MAX_CPUS] = {};
	int count = 0;

	for (int cpu = 0; cpu < EVENT_MAX_CPUS; cpu++) {
		int16_t id;

		if (!t->cpus[cpu].listed)
			continue;
		memcpy(&id, (const char *)&t->cpus[cpu] + offset, sizeof(id));
		if (id < 0)
			return CPU_NONE;
		count += !seen[id];
		seen[id] = true;
	}
	return count ? count : CPU_NONE;
}

void topology_read(struct topology *t, const json_t *machine)
{
	json_t *row;
	size_t i;

	*t = (struct topology){ .threads = 0 };
	for (int cpu = 0; cpu < EVENT_MAX_CPUS; cpu++)
		t->cpus[cpu] = (struct topology_cpu){ CPU_NONE, CPU_NONE, CPU_NONE,
						      CPU_NONE, CPU_NONE, false };
	json_array_foreach(json_object_get(machine, "cpus"), i, row)
		read_cpu(t, row);
	t->sockets = count_different(t, offsetof(struct topology_cpu, socket));
	t->cores = count_different(t, offsetof(struct topology_cpu, core));
	t->llcs = count_different(t, offsetof(struct topology_cpu, llc));
	t->nodes = count_different(t, offsetof(struct topology_cpu, node));
	t->smt = t->cores >= 0 && t->cores < t->threads;
}
