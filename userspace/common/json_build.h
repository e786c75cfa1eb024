/* SPDX-License-Identifier: MIT */
#ifndef JSON_BUILD_H
#define JSON_BUILD_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Values for our JSON. Each returns a new reference, NULL out of memory; json_object_set_new() and
 * json_array_append_new() answer -1 to a NULL, so a builder adds up its errors and looks once.
 */

json_t *json_seconds(uint64_t ns);		 /* a real */
json_t *json_seconds_or_null(int64_t ns);	 /* negative: null */
json_t *json_number_or_null(double value);	 /* NaN and infinities, the unknown, are null */
json_t *json_count(uint64_t count);		 /* saturates at 2^63 - 1 */
json_t *json_int_or_null(json_int_t value);	 /* negative: null */
json_t *json_text(const char *text, size_t len); /* cleaned by text_clean() */

/*
 * A deep copy whose strings and keys are cleaned by text_clean(). What is nested deeper than 64
 * becomes null: a trace or a report may come from anyone.
 */
json_t *json_clean(const json_t *json);

/* The text at `key` of an object, borrowed; NULL where there is none. */
const char *json_text_at(const json_t *object, const char *key);

/* `built` as it is, or NULL and `built` freed where `errors` is not 0. */
json_t *json_built(json_t *built, int errors);

#endif
