/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>
#include "summary_build.h"

bool summary_violations(struct summary *s, const struct timeline *tl)
{
	const struct violations *v = &tl->claims.violations;

	s->violation_sums = v->sums;
	s->violation_sums.masked_ns = tl->moments.masked_ns;
	s->violations = calloc(v->listed + 1, sizeof(*s->violations));
	if (!s->violations)
		return false;
	for (size_t i = 0; i < v->listed; i++) {
		const struct violation *one = &v->longest[i];
		const struct task_identity *id = &tl->table->tasks[one->task].id;
		struct violation_summary *out = &s->violations[s->violation_count++];

		*out = (struct violation_summary){ .cpu = one->cpu,
						   .tid = id->tid,
						   .start_ns = one->from - tl->window->run_t0,
						   .ns = one->ns,
						   .cause = one->cause };
		memcpy(out->comm, id->comm, COMM_SIZE);
	}
	return true;
}
