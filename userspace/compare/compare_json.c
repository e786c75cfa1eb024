/* SPDX-License-Identifier: MIT */
#include "compare.h"
#include <string.h>
#include "common/json_build.h"

static json_t *text_or_null(const char *text)
{
	return text ? json_text(text, SIZE_MAX) : json_null();
}

static json_t *marks(const struct compare_pair *p)
{
	json_t *array = json_array();
	int bad = 0;

	for (size_t side = 0; side < 2; side++)
		for (unsigned int mark = MARK_LOSSY; mark < MARK_END; mark <<= 1)
			if (p->marks[side] & mark)
				bad |= json_array_append_new(
					array, json_sprintf("%s: %s", side ? "other" : "baseline",
							    compare_mark_name(mark)));
	return json_built(array, bad);
}

static json_t *split(const struct compare_split *s)
{
	if (!s->known)
		return json_null();
	return json_pack("{s:f, s:f, s:f}", "core_speed", s->core_speed, "parallelism",
			 s->parallelism, "idle", s->idle);
}

static json_t *rows_differ(const struct compare_pair *p)
{
	struct compare_row rows[COMPARE_ROWS];
	size_t count = compare_rows(p, rows);
	json_t *array = json_array();
	int bad = 0;

	for (size_t i = 0; i < count; i++)
		bad |= json_array_append_new(array,
					     json_pack("{s:s, s:[f, f]}", "row", rows[i].row,
						       "values_s", rows[i].a_s, rows[i].b_s));
	return json_built(array, bad);
}

static json_t *pair(const struct compare_pair *p)
{
	json_t *o = json_object();
	int bad = 0;

	bad |= json_object_set_new(o, "baseline", text_or_null(p->baseline->path));
	bad |= json_object_set_new(o, "other", text_or_null(p->other->path));
	bad |= json_object_set_new(o, "experiment", text_or_null(p->a->experiment));
	bad |= json_object_set_new(o, "variant", text_or_null(p->a->variant));
	bad |= json_object_set_new(o, "metric", json_string("wall_s"));
	bad |= json_object_set_new(
		o, "n", json_pack("[I, I]", (json_int_t)p->a->repeats, (json_int_t)p->b->repeats));
	bad |= json_object_set_new(o, "ratio", json_number_or_null(p->ratio));
	/* Intervals and tests need repeats, so nothing is called different yet. */
	bad |= json_object_set_new(o, "interval", json_null());
	bad |= json_object_set_new(o, "p_value", json_null());
	bad |= json_object_set_new(o, "marks", marks(p));
	bad |= json_object_set_new(o, "split", split(&p->split));
	bad |= json_object_set_new(o, "different", json_false());
	bad |= json_object_set_new(o, "same_work", json_boolean(p->same_work));
	bad |= json_object_set_new(o, "build_differs",
				   text_or_null(*p->build_differs ? p->build_differs : NULL));
	bad |= json_object_set_new(o, "sentence", text_or_null(p->sentence));
	bad |= json_object_set_new(o, "rows_differ", rows_differ(p));
	return json_built(o, bad);
}

static json_t *row_of(const struct comparison *c, bool machines, const char *key)
{
	json_t *values = json_array(), *row = json_object();
	int bad = 0;

	for (size_t i = 0; i < c->result_count; i++) {
		const struct result_entry *e = &c->results[i].entries[0];
		const json_t *value = json_object_get(machines ? e->machine : e->run, key);

		bad |= json_array_append_new(values, value ? json_clean(value) : json_null());
	}
	bad |= json_object_set_new(row, "row", text_or_null(key));
	bad |= json_object_set_new(row, "values", values);
	return json_built(row, bad);
}

static bool all_equal(const json_t *values)
{
	for (size_t i = 1; i < json_array_size(values); i++)
		if (!json_equal(json_array_get(values, 0), json_array_get(values, i)))
			return false;
	return true;
}

/* A name is no property; the list of CPUs and the fingerprint only repeat other rows. */
static bool is_machine_row(const char *key)
{
	return strcmp(key, "hostname") && strcmp(key, "cpus") && strcmp(key, "fingerprint");
}

static bool is_run_row(const char *key)
{
	return !strcmp(key, "cpus") || !strcmp(key, "threads") || !strcmp(key, "processes") ||
	       !strcmp(key, "nice") || !strcmp(key, "backend");
}

/* All keys that any result has, in the order in which they first come. */
static json_t *keys_of(const struct comparison *c, bool machines)
{
	json_t *keys = json_object(), *value;
	const char *key;
	int bad = 0;

	for (size_t i = 0; i < c->result_count; i++) {
		const struct result_entry *e = &c->results[i].entries[0];

		json_object_foreach((json_t *)(machines ? e->machine : e->run), key, value)
			if (machines ? is_machine_row(key) : is_run_row(key))
				bad |= json_object_set_new(keys, key, json_true());
	}
	return json_built(keys, bad);
}

json_t *compare_differing_rows(const struct comparison *c, bool machines)
{
	json_t *rows = json_array(), *keys = keys_of(c, machines), *ignored;
	int bad = keys ? 0 : -1;
	const char *key;

	json_object_foreach(keys, key, ignored) {
		json_t *row = row_of(c, machines, key);

		if (!row || !all_equal(json_object_get(row, "values")))
			bad |= json_array_append_new(rows, row);
		else
			json_decref(row);
	}
	json_decref(keys);
	return json_built(rows, bad);
}

json_t *compare_json(const struct comparison *c)
{
	json_t *o = json_object(), *pairs = json_array();
	int bad = 0;

	for (size_t i = 0; i < c->pair_count; i++)
		bad |= json_array_append_new(pairs, pair(&c->pairs[i]));
	bad |= json_object_set_new(o, "schema", json_string("schedlab.compare/1"));
	bad |= json_object_set_new(o, "pairs", pairs);
	bad |= json_object_set_new(o, "fingerprint_differs", compare_differing_rows(c, true));
	/* A lab's runs are each their own: their conditions are the experiment's. */
	bad |= json_object_set_new(o, "run_differs",
				   c->results[0].entries[0].experiment
					   ? json_array()
					   : compare_differing_rows(c, false));
	return json_built(o, bad);
}
