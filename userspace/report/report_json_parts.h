/* SPDX-License-Identifier: MIT */
#ifndef REPORT_JSON_PARTS_H
#define REPORT_JSON_PARTS_H

#include <jansson.h>
#include "summary/summary.h"

/* The sections of "schedlab.report/1", in its order. Each a new reference, NULL out of memory. */
json_t *report_json_machine(const struct summary *s);
json_t *report_json_run(const struct summary *s);
json_t *report_json_trust(const struct summary *s);
json_t *report_json_migrations(const struct summary *s);
json_t *report_json_latency(const struct summary *s);
json_t *report_json_violations(const struct summary *s);
json_t *report_json_violation_sums(const struct summary *s);

/* One row of cpus[], of tasks[]. */
json_t *report_json_cpu(const struct summary *s, size_t index);
json_t *report_json_task(const struct summary *s, size_t index);

/* In the report's order, and after the last one a key of NULL. */
struct report_section {
	const char *key;
	json_t *(*build)(const struct summary *s);
	/* Of an array that may be too long to be built as a whole, instead: */
	size_t (*rows)(const struct summary *s);
	json_t *(*row)(const struct summary *s, size_t index);
};
extern const struct report_section report_sections[];

/* Who had a CPU that tasks waited for; whom a task waited behind most, or null. */
json_t *report_json_wait_behind(const struct cpu_summary *c);
json_t *report_json_antagonist(const struct task_summary *t);

/* p50, p90, p99, max in seconds, and of how many; null where of none. */
json_t *report_json_percentiles(const struct latency_summary *l);
json_t *report_json_strip(const struct summary *s);

#endif
