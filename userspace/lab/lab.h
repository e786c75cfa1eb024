/* SPDX-License-Identifier: MIT */
#ifndef LAB_H
#define LAB_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include "record/recorder.h"
#include "variant.h"

/* The verdicts of an experiment. */
#define VERDICT_SUPPORTED "supported"
#define VERDICT_REFUTED "refuted"
#define VERDICT_INCONCLUSIVE "inconclusive"
#define VERDICT_NOT_SHOWN "cannot be shown here" /* and is not counted */

/* One run of the lab. */
struct lab {
	struct recorder *recorder; /* one for all experiments */
	struct allowed_cpus allowed;
	const char *folder; /* of the results; it is there */
	bool full, control, anonymous;
	double tolerated;	/* share of the CPUs' time that other tasks may use in a run */
	const char *prediction; /* the reader's, of the next experiment, or NULL */
	uint64_t spare_ns; /* that further rounds, where rounds contradict each other, may take */
	bool interrupted;  /* by a signal during a run: no further run is begun */
};

/*
 * Runs the variants of a checked experiment, their traces in FOLDER/NAME/, and judges them. Returns
 * the result, an element of "experiments" in "schedlab.lab/1", a new reference; NULL with the
 * reason printed where nothing could be written. Printers need nothing but the result.
 */
json_t *lab_experiment(struct lab *lab, const json_t *experiment);

/* lab_run.c */

/*
 * Runs one variant once, again up to 3 times while others disturb it or it is not whole, with its
 * trace at `path`. Returns its report with "marks", the list of what is wrong with the run that was
 * kept; NULL where there is none, and error[EXPERIMENT_ERROR] says why.
 */
json_t *lab_run(struct lab *lab, const struct variant *v, const char *path, char *error);

/* lab_judge.c */

/*
 * Judges `result`, whose variants have been run, by the experiment's rule: adds verdict, value,
 * why, the columns' values and the conditions with what they compare. It is inconclusive where the
 * "rounds" do not agree on that verdict.
 */
void lab_judge(json_t *result, const json_t *experiment, int n);

/* What `names`, of variants and n, come to: supported, refuted or inconclusive. */
const char *lab_verdict(const json_t *experiment, const json_t *names);

/* What a variant's name stands for: its report, and its measured runs under repeats[]. */
json_t *lab_variant_value(const json_t *report, json_t *repeats);

/* Sets an inconclusive verdict, or another that is not one, and why. */
void lab_undecided(json_t *result, const char *verdict, const char *why);

/* lab_report.c; prints at most 100 columns. */
void lab_report_experiment(const json_t *result, FILE *out);
void lab_report_summary(const json_t *lab, FILE *out);

/* EXIT_GOOD where every verdict is as expected; EXIT_FAILED, EXIT_NOT_WHOLE, EXIT_CANNOT. */
int lab_status(const json_t *lab);

#endif
