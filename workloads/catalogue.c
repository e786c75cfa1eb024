/* SPDX-License-Identifier: MIT */
/* What there is to run. A new body is its file, a line here, and nothing else. */
#include <string.h>
#include "workload.h"

extern const struct body body_codec;
extern const struct body body_counter;
extern const struct body body_crash;
extern const struct body body_database;
extern const struct body body_deadlock;
extern const struct body body_image;
extern const struct body body_lock;
extern const struct body body_mixed;
extern const struct body body_pingpong;
extern const struct body body_pipeline;
extern const struct body body_sleep;
extern const struct body body_spawn;
extern const struct body body_spin;
extern const struct body body_tree;
extern const struct body body_web;
extern const struct model model_serial, model_processes, model_threads, model_coroutines;

const struct body *const catalogue_bodies[] = {
	/* clang-format off */
	&body_spin,
	&body_image,
	&body_codec,
	&body_sleep,
	&body_mixed,
	&body_pingpong,
	&body_web,
	&body_database,
	&body_counter,
	&body_lock,
	&body_pipeline,
	&body_deadlock,
	&body_crash,
	&body_tree,
	&body_spawn,
	NULL,
	/* clang-format on */
};
const struct model *const catalogue_models[] = { &model_serial, &model_processes, &model_threads,
						 &model_coroutines, NULL };

const struct body *catalogue_body(const char *name)
{
	for (const struct body *const *body = catalogue_bodies; *body; body++)
		if (!strcmp((*body)->name, name))
			return *body;
	return NULL;
}

const struct model *catalogue_model(const char *name)
{
	for (const struct model *const *model = catalogue_models; *model; model++)
		if (!strcmp((*model)->name, name))
			return *model;
	return NULL;
}

bool catalogue_has(const struct body *body, const struct model *model)
{
	return !body->models || body->models & model->bit;
}

static json_t *parameter_json(const struct parameter *parameter)
{
	json_t *values;

	if (!parameter->values)
		return json_pack("{s:s, s:I, s:I, s:I, s:s}", "name", parameter->name, "default",
				 (json_int_t)parameter->value_default, "min",
				 (json_int_t)parameter->min, "max", (json_int_t)parameter->max,
				 "why", parameter->why);
	values = json_array();
	for (const char *const *value = parameter->values; *value; value++)
		json_array_append_new(values, json_string(*value));
	return json_pack("{s:s, s:s, s:o, s:s}", "name", parameter->name, "default",
			 parameter->values[parameter->value_default], "values", values, "why",
			 parameter->why);
}

json_t *catalogue_json(void)
{
	json_t *bodies = json_array();

	for (const struct body *const *at = catalogue_bodies; *at; at++) {
		const struct body *body = *at;
		json_t *models = json_array(), *parameters = json_array();

		for (const struct model *const *model = catalogue_models; *model; model++)
			if (catalogue_has(body, *model))
				json_array_append_new(models, json_string((*model)->name));
		for (const struct parameter *p = body->parameters; p->name; p++)
			json_array_append_new(parameters, parameter_json(p));
		json_array_append_new(
			bodies,
			json_pack("{s:s, s:s, s:s, s:o, s:s, s:I, s:I, s:i, s:i, s:i, s:i, s:o}",
				  "name", body->name, "why", body->why, "kind", body->kind,
				  "models", models, "work_unit", body->work_unit, "work_default",
				  (json_int_t)body->work_default, "work_max",
				  (json_int_t)body->work_max, "units_default",
				  (int)body->units_default, "units_multiple",
				  (int)body->units_multiple, "threads_default",
				  (int)body->threads_default, "processes_default",
				  (int)body->processes_default, "parameters", parameters));
	}
	return bodies;
}
