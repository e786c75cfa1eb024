/* SPDX-License-Identifier: MIT */
#ifndef VARIANT_H
#define VARIANT_H

#include <jansson.h>
#include "experiment.h"
#include "record/run_options.h"
#include "sched_event.h"

/* The CPUs that this process may use: what `n` and `cpus` of an experiment mean. */
struct allowed_cpus {
	int count; /* n */
	int cpus[EVENT_MAX_CPUS];
};

/* 0, or -1 with errno. */
int allowed_cpus_get(struct allowed_cpus *allowed);

/* One variant, ready to be run on this machine. */
struct variant {
	const char *name; /* of spec, as are all texts below */
	json_t *spec; /* {name, workload, command, as, units, ...} with every expression computed */
	json_t *also; /* names of later variants that come to the same work here */
	unsigned repeats; /* of the quick lab */
	struct run_options options;
	char **command;
	char *sets[MAX_SETS];
};

/*
 * Computes the expressions of `file`, a variant of a checked experiment. Returns 0, or -1 where it
 * cannot be run here; error[EXPERIMENT_ERROR] says why. variant_free() releases it in both cases.
 */
int variant_make(struct variant *v, const json_t *file, const struct allowed_cpus *allowed,
		 char *error);
void variant_free(struct variant *v);

/* Whether two variants run the same thing: all but their names is equal. */
bool variant_same(const struct variant *a, const struct variant *b);

#endif
