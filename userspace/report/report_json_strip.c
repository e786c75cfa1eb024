/* SPDX-License-Identifier: MIT */
#include "common/json_build.h"
#include "report_json_parts.h"

static json_t *rows(const struct summary *s)
{
	json_t *array = json_array();
	int bad = 0;

	for (size_t i = 0; i < s->cpu_count; i++)
		bad |= json_array_append_new(array,
					     json_pack("{s:i, s:s}", "cpu", s->cpus[i].cpu, "cells",
						       s->cpus[i].cells ? s->cpus[i].cells : ""));
	return json_built(array, bad);
}

static json_t *legend(const struct summary *s)
{
	json_t *array = json_array();
	int bad = 0;

	for (size_t i = 0; i < s->strip.legend_count; i++) {
		const struct strip_legend *row = &s->strip.legend[i];

		bad |= json_array_append_new(
			array, json_pack("{s:s%, s:o, s:o}", "letter", &row->letter, (size_t)1,
					 "tid", json_count(row->tid), "comm",
					 json_text(row->comm, sizeof(row->comm))));
	}
	return json_built(array, bad);
}

json_t *report_json_strip(const struct summary *s)
{
	json_t *o = json_object();
	int bad = 0;

	bad |= json_object_set_new(o, "columns", json_count(s->strip.columns));
	bad |= json_object_set_new(o, "from_s", json_seconds(s->window.from_ns));
	bad |= json_object_set_new(o, "to_s", json_seconds(s->window.to_ns));
	bad |= json_object_set_new(o, "rows", rows(s));
	bad |= json_object_set_new(o, "legend", legend(s));
	return json_built(o, bad);
}
