/* SPDX-License-Identifier: MIT */
#include "summary.h"
#include <stdlib.h>
#include <string.h>

void summary_free(struct summary *s)
{
	json_decref(s->machine);
	json_decref(s->run);
	json_decref(s->truth);
	free(s->trust.warnings);
	free(s->trust.losses);
	free(s->violations);
	free(s->program.parallelism_ns);
	free(s->program.demand_ns);
	for (size_t i = 0; i < s->cpu_count; i++) {
		free(s->cpus[i].others);
		free(s->cpus[i].wait_behind);
		free(s->cpus[i].cells);
	}
	free(s->cpus);
	for (size_t i = 0; i < s->task_count; i++) {
		free(s->tasks[i].cpus);
		free(s->tasks[i].blocked_on);
		free(s->tasks[i].woken_by);
	}
	free(s->tasks);
	free(s->strip.legend);
	memset(s, 0, sizeof(*s));
}
