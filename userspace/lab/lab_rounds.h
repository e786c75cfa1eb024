/* SPDX-License-Identifier: MIT */
#ifndef LAB_ROUNDS_H
#define LAB_ROUNDS_H

#include <limits.h>
#include "experiment.h"
#include "lab.h"

/* A variant with what was measured of it. */
struct series {
	struct variant variant;
	json_t *repeats; /* a record of every run, as the result shows it */
	json_t *reports; /* the whole reports of those that are no warm-up */
};

/* An experiment under way. */
struct session {
	struct lab *lab;
	const json_t *experiment;
	const char *name, *expected; /* the verdict that is */
	char folder[PATH_MAX];
	struct series *series;
	size_t count;
	unsigned planned; /* rounds */
	json_t *rounds;	  /* the verdict that each comes to by itself */
	char error[EXPERIMENT_ERROR];
};

/*
 * Runs the variants in rounds: as many as they plan, and where those contradict each other the
 * quick lab runs more. 0, or -1 and s->error says why.
 */
int lab_rounds_run(struct session *s);

/*
 * Whether the rounds agree on `verdict`: whether it leads what contradicts it by `planned` rounds,
 * or by 3 where more are planned. A verdict other than the `expected` one needs a lead of 3 in any
 * case: it is not believed at once. An inconclusive round speaks for none.
 */
bool lab_rounds_agree(const json_t *rounds, unsigned planned, const char *verdict,
		      const char *expected);

/* "4 supported, 2 refuted, 1 inconclusive": what the rounds came to, but for what none did. */
void lab_rounds_text(const json_t *rounds, char *out, size_t size);

#endif
