/* SPDX-License-Identifier: MIT */
#include "common/json_build.h"
#include "report.h"
#include "report_json_parts.h"

static json_t *levels(const uint64_t *ns, size_t count)
{
	json_t *array = json_array();
	int bad = 0;

	for (size_t i = 0; i < count; i++)
		bad |= json_array_append_new(array, json_seconds(ns[i]));
	return json_built(array, bad);
}

static json_t *program(const struct summary *s)
{
	const struct program_summary *p = &s->program;
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

static json_t *window(const struct summary *s)
{
	const struct window_summary *w = &s->window;

	return json_pack("{s:o, s:o, s:o}", "from_s", json_seconds(w->from_ns), "to_s",
			 json_seconds(w->to_ns), "run_s", json_seconds(w->whole_ns));
}

static json_t *schema(const struct summary *s)
{
	return json_string("schedlab.report/1");
}

static json_t *tool(const struct summary *s)
{
	return json_pack("{s:s}", "version", SCHEDLAB_VERSION);
}

static json_t *truth(const struct summary *s)
{
	return s->truth ? json_clean(s->truth) : json_null();
}

static size_t cpu_count(const struct summary *s)
{
	return s->cpu_count;
}

static size_t task_count(const struct summary *s)
{
	return s->task_count;
}

static json_t *number_or_null(const json_t *value, double scale)
{
	return json_is_number(value) ? json_real(json_number_value(value) * scale) : json_null();
}

/* As the workload measured it; null where none of it was what this workload is for. */
static json_t *cost(const struct summary *s)
{
	const json_t *result = json_object_get(s->truth, "result");
	const json_t *switch_ns = json_object_get(s->truth, "switch_ns");
	const json_t *run_ns = json_object_get(result, "create_to_first_run_ns");
	const json_t *bytes = json_object_get(result, "memory_per_unit_bytes");
	json_t *o;
	int bad = 0;

	if (!json_is_number(switch_ns) && !json_is_number(run_ns) && !json_is_number(bytes))
		return json_null();
	o = json_object();
	bad |= json_object_set_new(o, "switch_ns", number_or_null(switch_ns, 1));
	bad |= json_object_set_new(o, "create_to_first_run_s", number_or_null(run_ns, 1e-9));
	bad |= json_object_set_new(o, "memory_per_unit_bytes", number_or_null(bytes, 1));
	return json_built(o, bad);
}

static json_t *not_yet(const struct summary *s)
{
	return json_null();
}

const struct report_section report_sections[] = {
	{ .key = "schema", .build = schema },
	{ .key = "tool", .build = tool },
	{ .key = "machine", .build = report_json_machine },
	{ .key = "run", .build = report_json_run },
	{ .key = "trust", .build = report_json_trust },
	{ .key = "program", .build = program },
	{ .key = "accounting", .build = accounting },
	{ .key = "violations", .build = report_json_violations },
	{ .key = "cpus", .rows = cpu_count, .row = report_json_cpu },
	{ .key = "tasks", .rows = task_count, .row = report_json_task },
	{ .key = "migrations", .build = report_json_migrations },
	{ .key = "latency", .build = report_json_latency },
	{ .key = "coroutines", .build = not_yet },
	{ .key = "locks", .build = not_yet },
	{ .key = "deadlock", .build = not_yet },
	{ .key = "cost", .build = cost },
	{ .key = "truth", .build = truth },
	{ .key = "window", .build = window },
	{ .key = "strip", .build = report_json_strip },
	{ .key = "violation_sums", .build = report_json_violation_sums },
	{ .key = NULL },
};

static json_t *all_rows(const struct report_section *section, const struct summary *s)
{
	json_t *array = json_array();
	int bad = 0;

	for (size_t i = 0; i < section->rows(s); i++)
		bad |= json_array_append_new(array, section->row(s, i));
	return json_built(array, bad);
}

json_t *report_json(const struct summary *s)
{
	json_t *o = json_object();
	int bad = 0;

	for (const struct report_section *section = report_sections; section->key; section++)
		bad |= json_object_set_new(o, section->key,
					   section->row ? all_rows(section, s) : section->build(s));
	return json_built(o, bad);
}

int json_write(const json_t *json, FILE *out)
{
	if (json_dumpf(json, out, JSON_WRITE_FLAGS) || fputc('\n', out) == EOF || fflush(out))
		return -1;
	return ferror(out) ? -1 : 0;
}
