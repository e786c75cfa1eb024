/* SPDX-License-Identifier: MIT */
/* From the finished passes to a summary; one function a section. */
#ifndef SUMMARY_BUILD_H
#define SUMMARY_BUILD_H

#include "summary.h"
#include "timeline/timeline.h"

/* Each fills its part of *s. False out of memory. */
bool summary_program(struct summary *s, const struct timeline *tl);
bool summary_cpus(struct summary *s, const struct timeline *tl);
/* After summary_program() and summary_cpus(). */
bool summary_topology(struct summary *s, const struct timeline *tl);
/* After summary_cpus(). */
bool summary_cpu_times(struct summary *s, const struct timeline *tl);
bool summary_tasks(struct summary *s, const struct timeline *tl);
bool summary_strip(struct summary *s, const struct timeline *tl);
bool summary_wait_behind(struct cpu_summary *out, const struct timeline *tl);
struct antagonist summary_antagonist(const struct timeline *tl, uint32_t task);
bool summary_violations(struct summary *s, const struct timeline *tl);
bool summary_run(struct summary *s, const struct timeline *tl);
bool summary_trust(struct summary *s, const struct timeline *tl);

/* Of summary_trust(): the losses, and what the probes' counters say of them. */
bool summary_losses(struct summary *s, const struct timeline *tl);
bool summary_check_counters(struct summary *s, const struct timeline *tl);
/* And whether CPUs came or went that no record tells of. */
bool summary_hotplug(struct summary *s, const struct timeline *tl);

/* Checks METRICS.md's invariants; each breach is a warning and makes the verdict "broken". */
bool summary_check_invariants(struct summary *s, const struct timeline *tl);

void summary_worsen(struct summary *s, enum trust_verdict verdict);
bool summary_warn(struct summary *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
