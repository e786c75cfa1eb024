/* SPDX-License-Identifier: MIT */
#include "truth.h"
#include <boost/version.hpp>
#include <gnu/libc-version.h>
#include <microhttpd.h>
#include <sqlite3.h>
#include <zstd.h>
#include "complain.h"

static json_t *task_json(const struct unit_truth *task)
{
	return json_pack("{s:i, s:i}", "pid", (int)task->pid, "tid", (int)task->tid);
}

/* The counts are of the task that took it: nothing to compare where a unit has no one task. */
static json_t *reading_json(const struct unit_truth *truth, const struct reading *reading)
{
	if (!reading->ns)
		return json_null();
	if (!truth->tid)
		return json_pack("{s:I, s:n, s:n}", "ns", (json_int_t)reading->ns, "nvcsw",
				 "nivcsw");
	return json_pack("{s:I, s:I, s:I}", "ns", (json_int_t)reading->ns, "nvcsw",
			 (json_int_t)reading->nvcsw, "nivcsw", (json_int_t)reading->nivcsw);
}

/* What a unit has never come to is null. */
static json_t *if_known(int64_t value)
{
	return value ? json_integer(value) : json_null();
}

static json_t *unit_json(const struct unit *unit)
{
	const struct unit_truth *truth = &unit->truth;

	return json_pack("{s:i, s:i, s:o, s:o, s:o, s:o, s:o, s:I, s:o, s:o}", "unit",
			 (int)unit->index, "pid", (int)truth->pid, "tid", if_known(truth->tid),
			 "start_ns", if_known(truth->start_ns), "finish_ns",
			 if_known(truth->finish_ns), "died_ns", if_known(truth->died_ns), "signal",
			 if_known(truth->signal), "iterations", (json_int_t)truth->iterations,
			 "first", reading_json(truth, &truth->first), "last",
			 reading_json(truth, &truth->last));
}

static json_t *parameters_json(const struct workload *workload)
{
	json_t *parameters = json_object();

	for (unsigned i = 0; workload->body->parameters[i].name; i++) {
		const struct parameter *parameter = &workload->body->parameters[i];
		uint64_t value = workload->parameters[i];

		json_object_set_new(parameters, parameter->name,
				    parameter->values ? json_string(parameter->values[value])
						      : json_integer(value));
	}
	return parameters;
}

/* What made the work: two machines' numbers are only compared when this is the same. */
static json_t *build_json(void)
{
	bool optimised = false;
	const char *sanitizer = NULL;

#ifdef __OPTIMIZE__
	optimised = true;
#endif
#if defined(__SANITIZE_ADDRESS__)
	sanitizer = "address";
#elif defined(__SANITIZE_THREAD__)
	sanitizer = "thread";
#endif
	return json_pack("{s:s, s:s, s:b, s:s?, s:{s:s, s:s, s:s, s:s, s:s, s:s}}", "compiler",
			 "gcc " __VERSION__, "flags", WORKLOAD_FLAGS, "optimised", optimised,
			 "sanitizer", sanitizer, "libraries", "boost_context", BOOST_LIB_VERSION,
			 "glibc", gnu_get_libc_version(), "jansson", JANSSON_VERSION,
			 "libmicrohttpd", MHD_get_version(), "sqlite", sqlite3_libversion(), "zstd",
			 ZSTD_versionString());
}

/* When the last unit finished or died, or was given up. */
static uint64_t last_finish_ns(const struct workload *workload)
{
	uint64_t last_ns = workload->gave_up_ns;

	for (unsigned i = 0; i < workload->units_count; i++) {
		const struct unit_truth *truth = &workload->units[i].truth;

		if (truth->finish_ns > last_ns)
			last_ns = truth->finish_ns;
		if (truth->died_ns > last_ns)
			last_ns = truth->died_ns;
	}
	return last_ns;
}

/* What the launcher took before there were units is not theirs. */
static void add_weight(const struct workload *workload, json_t *result)
{
	uint64_t before = workload->bytes_before, ready = workload->bytes_ready;

	if (before && ready > before)
		json_object_set_new(result, "memory_per_unit_bytes",
				    json_integer((ready - before) / workload->units_count));
}

json_t *truth_of_run(const struct workload *workload)
{
	json_t *units, *carriers, *helpers, *result = json_object(), *truth;
	const struct body *body = workload->body;

	if (body->check && body->check(workload, result)) {
		json_decref(result);
		return NULL;
	}
	add_weight(workload, result);
	units = json_array();
	carriers = json_array();
	helpers = json_array();
	for (unsigned i = 0; i < workload->carriers_count; i++)
		json_array_append_new(carriers, task_json(&workload->carriers[i]));
	for (unsigned i = 0; i < workload->helpers->count && i < HELPERS_MAX; i++)
		json_array_append_new(helpers, task_json(&workload->helpers->tasks[i]));
	for (unsigned i = 0; i < workload->units_count; i++)
		json_array_append_new(units, unit_json(&workload->units[i]));
	truth = json_pack(
		"{s:s, s:s, s:i, s:s, s:i, s:I, s:s, s:o, s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o}",
		"schema", "schedlab.truth/1", "body", body->name, "version", (int)body->version,
		"model", workload->model->name, "n", (int)workload->units_count, "work",
		(json_int_t)workload->work, "work_unit", body->work_unit, "parameters",
		parameters_json(workload), "gate_ns", (json_int_t)workload->gate->opened_ns,
		"finish_ns", (json_int_t)last_finish_ns(workload), "launcher",
		task_json(&workload->launcher), "carriers", carriers, "helpers", helpers, "units",
		units, "result", result, "build", build_json());
	if (truth)
		json_object_set_new(truth, "switch_ns",
				    body->switch_ns ? json_real(body->switch_ns(workload))
						    : json_null());
	if (truth && workload->model->bit == MODEL_COROUTINES) {
		json_object_set_new(truth, "threads", json_integer(workload->threads));
		json_object_set_new(truth, "processes",
				    json_integer(workload->processes ? workload->processes : 1));
	}
	if (truth && *workload->guarded_stacks)
		json_object_set_new(truth, "guarded_stacks",
				    json_integer(*workload->guarded_stacks));
	if (!truth)
		complain("use fewer units (-n)", "out of memory for the ground truth");
	return truth;
}
