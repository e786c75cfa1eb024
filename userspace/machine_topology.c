/* SPDX-License-Identifier: MIT */
#include "machine_parts.h"
#include <hwloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The outermost data cache above a PU; where none is known (many VMs), its package; NULL: neither.
 */
static hwloc_obj_t last_level_cache(hwloc_topology_t topology, hwloc_obj_t pu)
{
	hwloc_obj_t cache = NULL;

	for (hwloc_obj_t o = pu->parent; o; o = o->parent)
		if (hwloc_obj_type_is_dcache(o->type))
			cache = o;
	return cache ? cache : hwloc_get_ancestor_obj_by_type(topology, HWLOC_OBJ_PACKAGE, pu);
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
static int node_of(hwloc_topology_t topology, hwloc_obj_t pu)
{
	int os_index = pu->nodeset ? hwloc_bitmap_first(pu->nodeset) : -1;
	hwloc_obj_t node = NULL;

	if (os_index >= 0)
		node = hwloc_get_numanode_obj_by_os_index(topology, (unsigned)os_index);
	return node ? (int)node->logical_index : 0;
}

static int logical_index(hwloc_topology_t topology, hwloc_obj_type_t type, hwloc_obj_t pu)
{
	hwloc_obj_t object = hwloc_get_ancestor_obj_by_type(topology, type, pu);

	return object ? (int)object->logical_index : 0;
}

/* A machine whose cores are unknown has one PU a core. */
static int core_of(hwloc_topology_t topology, hwloc_obj_t pu)
{
	hwloc_obj_t core = hwloc_get_ancestor_obj_by_type(topology, HWLOC_OBJ_CORE, pu);

	return (int)(core ? core->logical_index : pu->logical_index);
}

static int fill_cpus(hwloc_topology_t topology, struct machine_topology *t)
{
	int pus = hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_PU);
	hwloc_obj_t *seen = calloc((size_t)pus + 1, sizeof(*seen)), pu = NULL;

	t->cpus = json_array();
	if (!seen || !t->cpus)
		goto out_of_memory;
	t->llcs = 0;
	while ((pu = hwloc_get_next_obj_by_type(topology, HWLOC_OBJ_PU, pu)) != NULL) {
		int llc = number_of(last_level_cache(topology, pu), seen, &t->llcs);
		json_t *cpu = json_pack("{s:i, s:i, s:i, s:i, s:i}", "cpu", (int)pu->os_index,
					"core", core_of(topology, pu), "llc", llc, "node",
					node_of(topology, pu), "package",
					logical_index(topology, HWLOC_OBJ_PACKAGE, pu));

		if (json_array_append_new(t->cpus, cpu) < 0)
			goto out_of_memory;
	}
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
	int pus = hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_PU);
	hwloc_obj_t core = NULL;

	t->cores = t->threads_per_core = 0;
	while ((core = hwloc_get_next_obj_by_type(topology, HWLOC_OBJ_CORE, core)) != NULL) {
		int threads = hwloc_bitmap_weight(core->cpuset);

		t->cores++;
		if (threads > t->threads_per_core)
			t->threads_per_core = threads;
	}
	if (!t->cores) {
		t->cores = pus;
		t->threads_per_core = 1;
	}
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
	/* All online CPUs, also those a cpuset keeps from us: other tasks run there. */
	hwloc_topology_set_flags(topology, HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED);
	if (hwloc_topology_load(topology) == 0) {
		count_cores(topology, t);
		t->numa_nodes = hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_NUMANODE);
		t->allowed = allowed_count(topology);
		read_model(topology, t->cpu_model, sizeof(t->cpu_model));
		result = fill_cpus(topology, t);
	}
	hwloc_topology_destroy(topology);
	return result;
}
