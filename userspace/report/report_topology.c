/* SPDX-License-Identifier: MIT */
/* What the CPUs are parts of, and how far W's tasks went among them. */
#include <math.h>
#include <stdarg.h>
#include "common/text_format.h"
#include "common/text_section.h"
#include "machine/cpu_times.h"
#include "report_text_parts.h"

struct line {
	char text[256];
	size_t used;
};

__attribute__((format(printf, 2, 3))) static void add(struct line *l, const char *format, ...)
{
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(l->text + l->used, sizeof(l->text) - l->used, format, args);
	va_end(args);
	if (length > 0)
		l->used += (size_t)length;
	if (l->used >= sizeof(l->text))
		l->used = sizeof(l->text) - 1;
}

/* What is unknown is left out. */
static void add_count(struct line *l, const char *between, int count, const char *one)
{
	if (count >= 0)
		add(l, "%s%d %s%s", l->used ? between : "", count, one, plural((uint64_t)count));
}

void print_cpus_title(const struct summary *s, FILE *out, bool color)
{
	const struct topology_summary *t = &s->topology;
	struct line l = {};

	if (t->threads) {
		add_count(&l, ", ", t->sockets, "socket");
		add_count(&l, ", ", t->cores, "core");
		add_count(&l, ", ", t->threads, "thread");
		if (t->llcs != t->sockets)
			add_count(&l, "; ", t->llcs, "last-level cache");
		add_count(&l, "; ", t->nodes, "NUMA node");
	}
	print_title(out, color, "CPUs%s%s", l.used ? ": " : "", l.text);
}

static void add_distance(struct line *l, bool possible, int64_t count, const char *words)
{
	if (possible && count >= 0)
		add(l, ", %s %s", words, format_count((uint64_t)count).s);
}

static void print_migrations(const struct summary *s, FILE *out, bool color)
{
	const struct topology_summary *t = &s->topology;
	const struct migration_summary *m = &s->migrations;
	struct line l = {};
	uint64_t all = 0;

	for (size_t i = 0; i < s->cpu_count; i++)
		all += s->cpus[i].migrations_in;
	if (!all)
		return;
	add(&l, "Migrations: %s", format_count(all).s);
	add_distance(&l, t->smt, m->same_core, "same core");
	add_distance(&l, true, m->same_llc, "same cache");
	add_distance(&l, true, m->same_node, "same node");
	add_distance(&l, t->nodes > 1, m->cross_node, "across nodes");
	add_distance(&l, m->unknown > 0, (int64_t)m->unknown, "unknown");
	fprintf(out, "%s\n", l.text);
	print_note(
		out, color,
		m->same_llc < 0 && m->same_node >= 0
			? "Each by the nearest that both CPUs share; caches are unknown here, so "
			  "same node has theirs too."
			: "Each by the nearest that both CPUs share: a core, its last-level "
			  "cache, its NUMA node.");
}

static void print_siblings(const struct summary *s, FILE *out, bool color)
{
	const struct program_summary *p = &s->program;

	if (!s->topology.smt || isnan(p->physical_tlp))
		return;
	fprintf(out, "Physical: tlp %s counted in cores, %s in CPUs; SMT gave %.1f %% of it\n",
		format_number(p->physical_tlp, 2).s, format_number(p->tlp, 2).s,
		100 * p->smt_share);
	print_note(out, color,
		   "CPUs with one core number are its SMT siblings and share what it can compute.");
}

void print_placement(const struct summary *s, FILE *out, bool color)
{
	print_siblings(s, out, color);
	print_migrations(s, out, color);
}

bool has_steal_to_show(const struct summary *s)
{
	for (size_t i = 0; i < s->cpu_count; i++)
		if (s->cpus[i].steal_ns > 0 &&
		    (uint64_t)s->cpus[i].steal_ns > s->run_result.wall_ns / 50 + CPU_TIMES_TICK_NS)
			return true;
	return false;
}
