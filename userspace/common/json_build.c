/* SPDX-License-Identifier: MIT */
#include "json_build.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "text_clean.h"

#define CLEAN_DEPTH_MAX 64

json_t *json_seconds(uint64_t ns)
{
	return json_real((double)ns / 1e9);
}

json_t *json_seconds_or_null(int64_t ns)
{
	return ns < 0 ? json_null() : json_seconds((uint64_t)ns);
}

json_t *json_number_or_null(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
}

json_t *json_count(uint64_t count)
{
	return json_integer(count > INT64_MAX ? INT64_MAX : (json_int_t)count);
}

json_t *json_int_or_null(json_int_t value)
{
	return value < 0 ? json_null() : json_integer(value);
}

json_t *json_text(const char *text, size_t len)
{
	size_t size = 4 * strnlen(text, len) + 1;
	char *clean = malloc(size);
	json_t *json;

	if (!clean)
		return NULL;
	json = json_string(text_clean(clean, size, text, len));
	free(clean);
	return json;
}

const char *json_text_at(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

json_t *json_built(json_t *built, int errors)
{
	if (!errors)
		return built;
	json_decref(built);
	return NULL;
}

static json_t *clean_at(const json_t *json, unsigned int depth);

static json_t *clean_object(const json_t *json, unsigned int depth)
{
	json_t *copy = json_object();
	const char *key;
	json_t *value;
	int bad = 0;

	/* jansson's iterators want a json_t that is not const, and change nothing. */
	json_object_foreach((json_t *)json, key, value) {
		json_t *name = json_text(key, SIZE_MAX);

		if (!name)
			return json_built(copy, -1);
		bad |= json_object_set_new(copy, json_string_value(name), clean_at(value, depth));
		json_decref(name);
	}
	return json_built(copy, bad);
}

static json_t *clean_array(const json_t *json, unsigned int depth)
{
	json_t *copy = json_array();
	int bad = 0;

	for (size_t i = 0; i < json_array_size(json); i++)
		bad |= json_array_append_new(copy, clean_at(json_array_get(json, i), depth));
	return json_built(copy, bad);
}

static json_t *clean_at(const json_t *json, unsigned int depth)
{
	if (depth > CLEAN_DEPTH_MAX)
		return json_null();
	if (json_is_object(json))
		return clean_object(json, depth + 1);
	if (json_is_array(json))
		return clean_array(json, depth + 1);
	if (json_is_string(json))
		return json_text(json_string_value(json), json_string_length(json));
	return json_copy((json_t *)json);
}

json_t *json_clean(const json_t *json)
{
	return clean_at(json, 0);
}
