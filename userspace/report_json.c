/* SPDX-License-Identifier: MIT */
#include "report.h"
#include "json_build.h"
#include "report_json_parts.h"

static json_t *levels(const uint64_t *ns, size_t count)
{
	json_t *array = json_array();
	int bad = 0;

	for (size_t i = 0; i < count; i++)
		bad |= json_array_append_new(array, json_seconds(ns[i]));
	return json_built(array, bad);
}

static json_t *program(const struct program_summary *p)
{
	json_t *o = json_object();
	int bad = 0;

	bad |= json_object_set_new(o, "wall_s", json_seconds(p->wall_ns));
	bad |= json_object_set_new(o, "cpu_s", json_seconds(p->cpu_ns));
	bad |= json_object_set_new(o, "average_cores", json_number_or_null(p->average_cores));
	bad |= json_object_set_new(o, "tlp", json_number_or_null(p->tlp));
	bad |= json_object_set_new(o, "idle_s", json_seconds(p->idle_ns));
	bad |= json_object_set_new(o, "peak_parallelism", json_count(p->peak_parallelism));
	bad |= json_object_set_new(o, "mean_demand", json_number_or_null(p->mean_demand));
	bad |= json_object_set_new(o, "peak_demand", json_count(p->peak_demand));
	bad |= json_object_set_new(o, "mean_in_flight", json_number_or_null(p->mean_in_flight));
	bad |= json_object_set_new(o, "peak_in_flight", json_count(p->peak_in_flight));
	bad |= json_object_set_new(o, "time_sliced_share",
				   json_number_or_null(p->time_sliced_share));
	bad |= json_object_set_new(o, "parallel_share", json_number_or_null(p->parallel_share));
	bad |= json_object_set_new(o, "satisfaction", json_number_or_null(p->satisfaction));
	bad |= json_object_set_new(o, "physical_tlp", json_number_or_null(p->physical_tlp));
	bad |= json_object_set_new(o, "smt_share", json_number_or_null(p->smt_share));
	bad |= json_object_set_new(o, "fairness", json_number_or_null(p->fairness));
	bad |= json_object_set_new(o, "verdict", json_string(verdict_name(p->verdict)));
	bad |= json_object_set_new(o, "sentence", json_text(p->sentence, sizeof(p->sentence)));
	bad |= json_object_set_new(o, "parallelism_s", levels(p->parallelism_ns, p->level_count));
	bad |= json_object_set_new(o, "demand_s", levels(p->demand_ns, p->level_count));
	bad |= json_object_set_new(o, "tlp_all_in_flight",
				   json_number_or_null(p->tlp_all_in_flight));
	return json_built(o, bad);
}

static json_t *accounting(const struct summary *s)
{
	json_t *array = json_array();
	uint64_t whole = 0;
	int bad = 0;

	for (int i = 0; i < CAUSE_COUNT; i++)
		whole += s->accounting_ns[i];
	for (int i = 0; i < CAUSE_COUNT; i++) {
		double share = whole ? s->accounting_ns[i] / (double)whole : UNKNOWN_DOUBLE;
		json_t *row = json_object();
		int row_bad = 0;

		row_bad |= json_object_set_new(row, "cause", json_string(cause_name(i)));
		row_bad |= json_object_set_new(row, "core_s", json_seconds(s->accounting_ns[i]));
		row_bad |= json_object_set_new(row, "share", json_number_or_null(share));
		bad |= json_array_append_new(array, json_built(row, row_bad));
	}
	return json_built(array, bad);
}

static json_t *window(const struct window_summary *w)
{
	return json_pack("{s:o, s:o, s:o}", "from_s", json_seconds(w->from_ns), "to_s",
			 json_seconds(w->to_ns), "run_s", json_seconds(w->whole_ns));
}

json_t *report_json(const struct summary *s)
{
	json_t *o = json_object();
	int bad = 0;

	bad |= json_object_set_new(o, "schema", json_string("schedlab.report/1"));
	bad |= json_object_set_new(o, "tool", json_pack("{s:s}", "version", SCHEDLAB_VERSION));
	bad |= json_object_set_new(o, "machine", report_json_machine(s));
	bad |= json_object_set_new(o, "run", report_json_run(s));
	bad |= json_object_set_new(o, "trust", report_json_trust(s));
	bad |= json_object_set_new(o, "program", program(&s->program));
	bad |= json_object_set_new(o, "accounting", accounting(s));
	bad |= json_object_set_new(o, "violations", report_json_violations(s));
	bad |= json_object_set_new(o, "cpus", report_json_cpus(s));
	bad |= json_object_set_new(o, "tasks", report_json_tasks(s));
	bad |= json_object_set_new(o, "migrations", report_json_migrations(s));
	bad |= json_object_set_new(o, "latency", report_json_latency(s));
	bad |= json_object_set_new(o, "coroutines", json_null());
	bad |= json_object_set_new(o, "locks", json_null());
	bad |= json_object_set_new(o, "deadlock", json_null());
	bad |= json_object_set_new(o, "cost", json_null());
	bad |= json_object_set_new(o, "truth", s->truth ? json_clean(s->truth) : json_null());
	bad |= json_object_set_new(o, "window", window(&s->window));
	bad |= json_object_set_new(o, "strip", report_json_strip(s));
	bad |= json_object_set_new(o, "violation_sums", report_json_violation_sums(s));
	return json_built(o, bad);
}

int json_write(const json_t *json, FILE *out)
{
	/* 15 digits give back every decimal number as it was written: 0.1 is not 0.1000000000001.
	 */
	if (json_dumpf(json, out, JSON_INDENT(2) | JSON_REAL_PRECISION(15)) ||
	    fputc('\n', out) == EOF || fflush(out))
		return -1;
	return ferror(out) ? -1 : 0;
}
