/* SPDX-License-Identifier: MIT */
/* Where W ran: how much of its parallelism is physical, and how far its tasks went. */
#include "summary_build.h"

/* Whether the core of each CPU that W ran on is known. */
static bool knows_cores(const struct summary *s, const struct topology *t)
{
	for (size_t i = 0; i < s->cpu_count; i++)
		if (s->cpus[i].workload_ns && !t->cpus[s->cpus[i].cpu].listed)
			return false;
	return t->cores >= 0;
}

static int64_t count_if(bool known, uint64_t count)
{
	return known ? (int64_t)count : -1;
}

/* Of what its CPUs spent on W that part which they spent beside a working sibling. */
static bool split_own(struct summary *s, uint64_t shared_ns)
{
	if (shared_ns > s->accounting_ns[CAUSE_OWN]) {
		summary_worsen(s, TRUST_BROKEN);
		return summary_warn(s, "invariant broken: more time on shared cores than at all");
	}
	s->accounting_ns[CAUSE_OWN] -= shared_ns;
	s->accounting_ns[CAUSE_OWN_SMT] = shared_ns;
	return true;
}

bool summary_topology(struct summary *s, const struct timeline *tl)
{
	const struct physical *p = &tl->physical;
	const struct topology *t = &p->topology;
	struct program_summary *program = &s->program;
	uint64_t core_ns = t->smt ? p->core_ns : program->cpu_ns;

	s->topology = (struct topology_summary){
		t->threads, t->sockets, t->cores, t->llcs, t->nodes, t->smt,
	};
	s->migrations = (struct migration_summary){
		.same_core = count_if(t->cores >= 0, tl->migrations[DISTANCE_CORE]),
		.same_llc = count_if(t->llcs >= 0, tl->migrations[DISTANCE_LLC]),
		.same_node = count_if(t->nodes >= 0, tl->migrations[DISTANCE_NODE]),
		.cross_node = count_if(t->nodes >= 0, tl->migrations[DISTANCE_CROSS]),
		.unknown = tl->migrations[DISTANCE_UNKNOWN],
	};
	program->physical_tlp = program->smt_share = UNKNOWN_DOUBLE;
	if (!knows_cores(s, t) || !program->busy_ns)
		return split_own(s, p->shared_ns);
	program->physical_tlp = (double)core_ns / (double)program->busy_ns;
	program->smt_share = 1 - (double)core_ns / (double)program->cpu_ns;
	return split_own(s, p->shared_ns);
}
