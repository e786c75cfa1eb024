/* SPDX-License-Identifier: MIT */
#include "common/first_line.h"
#include "machine_parts.h"
#include <hwloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "common/json_build.h"

/* The outermost data cache above a PU, NULL where none is known (many VMs). */
static hwloc_obj_t last_level_cache(hwloc_obj_t pu)
{
	hwloc_obj_t cache = NULL;

	for (hwloc_obj_t o = pu->parent; o; o = o->parent)
		if (hwloc_obj_type_is_dcache(o->type))
			cache = o;
	return cache;
}

/*
 * An object's number in the order in which the CPUs meet it: hwloc's own logical index where all
 * are of one type, and still distinct where they aren't (cores with and without an L3). The CPUs
 * come in logical order, so whoever comes first is in `seen`.
 */
static int number_of(hwloc_obj_t object, hwloc_obj_t *seen, int *count)
{
	for (int i = *count - 1; i >= 0; i--)
		if (seen[i] == object)
			return i;
	seen[*count] = object;
	return (*count)++;
}

/* The first of the NUMA nodes that are near this PU. */
static hwloc_obj_t node_of(hwloc_topology_t topology, hwloc_obj_t pu)
{
	int os_index = pu->nodeset ? hwloc_bitmap_first(pu->nodeset) : -1;

	return os_index < 0 ? NULL
			    : hwloc_get_numanode_obj_by_os_index(topology, (unsigned)os_index);
}

static json_t *number_or_null(hwloc_obj_t object)
{
	return object ? json_integer(object->logical_index) : json_null();
}

/* How fast the kernel takes a CPU to be, 1024 being the fastest. */
static json_t *capacity_of(unsigned cpu)
{
	char path[64], line[32];

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%u/cpu_capacity", cpu);
	if (!first_line(line, sizeof(line), path))
		return json_null();
	return json_int_or_null(*line >= '0' && *line <= '9' ? atoi(line) : -1);
}

static json_t *cpu_row(hwloc_topology_t topology, hwloc_obj_t pu, json_t *llc)
{
	hwloc_obj_t core = hwloc_get_ancestor_obj_by_type(topology, HWLOC_OBJ_CORE, pu);
	hwloc_obj_t package = hwloc_get_ancestor_obj_by_type(topology, HWLOC_OBJ_PACKAGE, pu);

	return json_pack("{s:i, s:o, s:o, s:o, s:o, s:o}", "cpu", (int)pu->os_index, "core",
			 number_or_null(core), "llc", llc, "node",
			 number_or_null(node_of(topology, pu)), "package", number_or_null(package),
			 "capacity", capacity_of(pu->os_index));
}

static int fill_cpus(hwloc_topology_t topology, struct machine_topology *t)
{
	int pus = hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_PU), llcs = 0;
	hwloc_obj_t *seen = calloc((size_t)pus + 1, sizeof(*seen)), pu = NULL;
	bool unknown = false;

	t->cpus = json_array();
	if (!seen || !t->cpus)
		goto out_of_memory;
	while ((pu = hwloc_get_next_obj_by_type(topology, HWLOC_OBJ_PU, pu)) != NULL) {
		hwloc_obj_t cache = last_level_cache(pu);
		json_t *llc = cache ? json_integer(number_of(cache, seen, &llcs)) : json_null();

		unknown |= !cache;
		if (json_array_append_new(t->cpus, cpu_row(topology, pu, llc)) < 0)
			goto out_of_memory;
	}
	t->llcs = unknown ? -1 : llcs;
	free(seen);
	return 0;
out_of_memory:
	free(seen);
	json_decref(t->cpus);
	t->cpus = NULL;
	return -1;
}

static void count_cores(hwloc_topology_t topology, struct machine_topology *t)
{
	hwloc_obj_t core = NULL;

	t->cores = t->threads_per_core = 0;
	while ((core = hwloc_get_next_obj_by_type(topology, HWLOC_OBJ_CORE, core)) != NULL) {
		int threads = hwloc_bitmap_weight(core->cpuset);

		t->cores++;
		if (threads > t->threads_per_core)
			t->threads_per_core = threads;
	}
	if (!t->cores)
		t->cores = t->threads_per_core = -1;
}

static bool read_cpu_list(hwloc_bitmap_t set, const char *path)
{
	char line[4096];

	return set && first_line(line, sizeof(line), path) &&
	       hwloc_bitmap_list_sscanf(set, line) == 0;
}

/* Those that are there and switched off. NULL: out of memory. */
static json_t *offline_cpus(void)
{
	hwloc_bitmap_t present = hwloc_bitmap_alloc(), online = hwloc_bitmap_alloc();
	json_t *list = json_null();
	int errors = 0;

	if (read_cpu_list(present, "/sys/devices/system/cpu/present") &&
	    read_cpu_list(online, "/sys/devices/system/cpu/online")) {
		hwloc_bitmap_andnot(present, present, online);
		list = json_array();
		for (int cpu = hwloc_bitmap_first(present); cpu >= 0;
		     cpu = hwloc_bitmap_next(present, cpu))
			errors |= json_array_append_new(list, json_integer(cpu));
	}
	hwloc_bitmap_free(present);
	hwloc_bitmap_free(online);
	return json_built(list, errors);
}

/* As lscpu names it: the kernel's name first, it may know better than the CPU's own string. */
static void read_model(hwloc_topology_t topology, char *out, size_t size)
{
	hwloc_obj_t package = hwloc_get_obj_by_type(topology, HWLOC_OBJ_PACKAGE, 0);
	FILE *file = fopen("/proc/cpuinfo", "re");
	const char *value = NULL;
	char line[512];
	size_t length;

	while (file && !value && fgets(line, sizeof(line), file))
		if (!strncmp(line, "model name", strlen("model name")))
			value = strchr(line, ':');
	if (value)
		value++;
	else if (package)
		value = hwloc_obj_get_info_by_name(package, "CPUModel");
	snprintf(out, size, "%s", value ? value + strspn(value, " \t") : "");
	for (length = strlen(out); length && strchr(" \t\n", out[length - 1]); length--)
		out[length - 1] = '\0';
	if (file)
		fclose(file);
}

static int allowed_count(hwloc_topology_t topology)
{
	hwloc_bitmap_t set = hwloc_bitmap_alloc();
	int count = -1;

	if (set && hwloc_get_cpubind(topology, set, HWLOC_CPUBIND_THREAD) == 0)
		count = hwloc_bitmap_weight(set);
	hwloc_bitmap_free(set);
	return count;
}

int machine_topology(struct machine_topology *t)
{
	hwloc_topology_t topology;
	int result = -1;

	memset(t, 0, sizeof(*t));
	t->online = (int)sysconf(_SC_NPROCESSORS_ONLN);
	if (hwloc_topology_init(&topology) < 0)
		return -1;
	/* Only what Linux says: where a VM hides its caches, asking the CPU itself invents some. */
	hwloc_topology_set_components(topology, HWLOC_TOPOLOGY_COMPONENTS_FLAG_BLACKLIST, "x86");
	/* All online CPUs, also those a cpuset keeps from us: other tasks run there. */
	hwloc_topology_set_flags(topology, HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED);
	if (hwloc_topology_load(topology) == 0) {
		count_cores(topology, t);
		t->sockets = hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_PACKAGE);
		t->numa_nodes = hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_NUMANODE);
		t->allowed = allowed_count(topology);
		read_model(topology, t->cpu_model, sizeof(t->cpu_model));
		t->cpus_offline = offline_cpus();
		result = fill_cpus(topology, t);
	}
	hwloc_topology_destroy(topology);
	return result;
}
