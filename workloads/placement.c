/* SPDX-License-Identifier: MIT */
#include "placement.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "complain.h"
#include "workload.h"

/* A place and its ranks among others; which come first decides the order. */
struct ranked {
	int keys[3];
	struct place place;
};

static int compare_ranked(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	for (int i = 0; i < 3; i++)
		if (x->keys[i] != y->keys[i])
			return x->keys[i] < y->keys[i] ? -1 : 1;
	return 0;
}

/* How many of `places` precede `one`: on its core, and of the first CPUs of cores on its node. */
static void rank_of(const struct place *places, size_t count, const struct place *one, int *on_core,
		    int *cores)
{
	*on_core = *cores = 0;
	for (size_t i = 0; i < count; i++) {
		const struct place *other = &places[i];
		bool first = true;

		if (other->core == one->core) {
			*on_core += other->cpu < one->cpu;
			continue;
		}
		if (other->node != one->node || other->core > one->core)
			continue;
		for (size_t k = 0; k < count && first; k++)
			first = places[k].core != other->core || places[k].cpu >= other->cpu;
		*cores += first;
	}
}

void placement_order(struct place *places, size_t count, bool spread)
{
	struct ranked *ranked = calloc(count, sizeof(*ranked));
	int on_core, cores;

	if (!ranked)
		return;
	for (size_t i = 0; i < count; i++) {
		const struct place *place = &places[i];

		ranked[i] = (struct ranked){ { place->node, place->core, place->cpu }, *place };
		if (!spread)
			continue;
		rank_of(places, count, place, &on_core, &cores);
		ranked[i] = (struct ranked){ { on_core, cores, place->node }, *place };
	}
	qsort(ranked, count, sizeof(*ranked), compare_ranked);
	for (size_t i = 0; i < count; i++)
		places[i] = ranked[i].place;
	free(ranked);
}

/* The first number in a file of sysfs, or `otherwise` where there is none. */
static int number_in(const char *format, int cpu, int otherwise)
{
	char path[128];
	int number = otherwise;
	FILE *file;

	snprintf(path, sizeof(path), format, cpu);
	file = fopen(path, "re");
	if (!file)
		return otherwise;
	if (fscanf(file, "%d", &number) != 1)
		number = otherwise;
	fclose(file);
	return number;
}

static int node_of(int cpu)
{
	struct dirent *entry;
	char path[64];
	int node = 0;
	DIR *folder;

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d", cpu);
	folder = opendir(path);
	while (folder && (entry = readdir(folder)))
		if (sscanf(entry->d_name, "node%d", &node) == 1)
			break;
	if (folder)
		closedir(folder);
	return node;
}

static struct place place_of(int cpu)
{
	int core = number_in("/sys/devices/system/cpu/cpu%d/topology/core_cpus_list", cpu, -1);

	if (core < 0) /* before Linux 5.3 */
		core = number_in("/sys/devices/system/cpu/cpu%d/topology/thread_siblings_list", cpu,
				 cpu);
	return (struct place){ .cpu = cpu, .core = core, .node = node_of(cpu) };
}

static int pin_to_first(struct workload *workload, const struct strict_cpus *allowed)
{
	int cpu = 0;

	while (!strict_cpus_has(allowed, cpu))
		cpu++;
	workload->pins[0] = cpu;
	workload->pins_count = 1;
	return 0;
}

/* The allowed CPUs in the order that was asked for. */
static int pin_in_order(struct workload *workload, const struct strict_cpus *allowed, bool spread)
{
	struct place *places = calloc(STRICT_CPUS_MAX, sizeof(*places));
	unsigned count = 0;

	if (!places)
		return complain("use fewer units (-n)", "out of memory");
	for (unsigned cpu = 0; cpu < STRICT_CPUS_MAX; cpu++)
		if (strict_cpus_has(allowed, cpu))
			places[count++] = place_of(cpu);
	placement_order(places, count, spread);
	for (unsigned i = 0; i < count; i++)
		workload->pins[i] = places[i].cpu;
	workload->pins_count = count;
	free(places);
	return 0;
}

static int pin_to_list(struct workload *workload, const struct strict_cpus *allowed,
		       const char *list)
{
	workload->pins_count = strict_cpu_order(list, workload->pins, STRICT_CPUS_MAX);
	if (!workload->pins_count)
		return complain(
			"for example --pin compact or --pin 0,0,1",
			"--pin '%s': not none, one, compact, spread or a list of CPUs from 0 "
			"to %d",
			list, STRICT_CPUS_MAX - 1);
	for (unsigned i = 0; i < workload->pins_count; i++)
		if (!strict_cpus_has(allowed, workload->pins[i]))
			return complain("taskset -p $$ shows which are allowed, lscpu which exist",
					"--pin: CPU %d does not exist or is not allowed here",
					workload->pins[i]);
	return 0;
}

int placement_settle(struct workload *workload, const char *pin)
{
	struct strict_cpus allowed = { 0 };

	if (!strcmp(pin, "none"))
		return 0;
	workload->pins = calloc(STRICT_CPUS_MAX, sizeof(*workload->pins));
	if (!workload->pins)
		return complain("use fewer units (-n)", "out of memory");
	if (sched_getaffinity(0, sizeof(allowed), (cpu_set_t *)&allowed))
		return complain("report this", "the allowed CPUs: %s", strerror(errno));
	if (!strcmp(pin, "one"))
		return pin_to_first(workload, &allowed);
	if (!strcmp(pin, "compact") || !strcmp(pin, "spread"))
		return pin_in_order(workload, &allowed, *pin == 's');
	return pin_to_list(workload, &allowed, pin);
}
