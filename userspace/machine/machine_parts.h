/* SPDX-License-Identifier: MIT */
/* The parts that machine.c puts together. Unknown is NULL, -1 or NaN, as each says. */
#ifndef MACHINE_PARTS_H
#define MACHINE_PARTS_H

#include <jansson.h>
#include <stddef.h>

/* ---- machine_topology.c ---- */

struct machine_topology {
	/* -1: unknown */
	int online, allowed, sockets, cores, threads_per_core, llcs, numa_nodes;
	char cpu_model[128]; /* "" unknown */
	/* As machine.h says; NULL: out of memory. */
	json_t *cpus, *cpus_offline;
};

/* What hwloc and the kernel say of the CPUs. 0, or -1 out of memory; both lists are the caller's.
 */
int machine_topology(struct machine_topology *t);

/* ---- machine_kernel.c: each writes at most `size` bytes and returns out, or NULL: unknown ---- */

/* "none", "voluntary", "full", "lazy" or "rt": the running kernel's preemption. */
const char *machine_preempt(char *out, size_t size);
/* The hypervisor, "none" on bare metal. */
const char *machine_virt(char *out, size_t size);
/* The CPUs' frequency governor, "mixed" where they differ. */
const char *machine_governor(char *out, size_t size);
/* The names of the CPU faults that a mitigation is on for, "none" where there is no such. */
const char *machine_mitigations(char *out, size_t size);
/* Ticks a second, -1 unknown. */
int machine_hz(void);
/* Whether a sched_ext scheduler runs; -1 unknown. */
int machine_sched_ext(void);

/* ---- machine_cgroup.c ---- */

/* The tightest CPU quota above us, in CPUs (1.5: 150 ms in 100 ms); NaN: none. */
double machine_cpu_max(void);

#endif
