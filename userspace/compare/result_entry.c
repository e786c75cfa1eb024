/* SPDX-License-Identifier: MIT */
#include "result.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* The identity T = C / tlp + I must hold in any report; this much is left to rounding. */
#define IDENTITY_ERROR_MAX 1e-6

/* program.KEY, which must not be negative, as a number; NaN where it may be, and is, null. */
static int number_of(const json_t *program, const char *key, int may_be_null, double *out,
		     char why[RESULT_WHY])
{
	const json_t *value = json_object_get(program, key);

	*out = NAN;
	if (may_be_null && json_is_null(value))
		return 0;
	if (json_is_number(value))
		*out = json_number_value(value);
	if (isfinite(*out) && *out >= 0)
		return 0;
	snprintf(why, RESULT_WHY, "program.%s is not a number of 0 or more%s", key,
		 may_be_null ? ", nor null" : "");
	return -1;
}

static int check_numbers(const struct result_entry *e, char why[RESULT_WHY])
{
	double error;

	if (e->wall_s <= 0) {
		snprintf(why, RESULT_WHY, "program.wall_s is 0: nothing was measured");
		return -1;
	}
	if (e->idle_s > e->wall_s) {
		snprintf(why, RESULT_WHY, "program.idle_s is more than program.wall_s");
		return -1;
	}
	error = fabs(e->wall_s - (e->cpu_s / e->tlp + e->idle_s));
	if (error > IDENTITY_ERROR_MAX * e->wall_s) {
		snprintf(why, RESULT_WHY,
			 "program's wall_s, cpu_s, tlp and idle_s contradict each other");
		return -1;
	}
	return 0;
}

static const json_t *part_of(const char *key, const json_t *report, const json_t *outer,
			     const json_t *top)
{
	const json_t *part = json_object_get(report, key);

	if (!part)
		part = json_object_get(outer, key);
	return part ? part : json_object_get(top, key);
}

/* Absent is fine; present, it must be of its type. */
static int check_type(const json_t *part, const char *key, json_type type, char why[RESULT_WHY])
{
	if (!part || json_typeof(part) == type)
		return 0;
	if (type == JSON_OBJECT && !strcmp(key, "truth") && json_is_null(part))
		return 0;
	snprintf(why, RESULT_WHY, "%s is not an %s", key, type == JSON_OBJECT ? "object" : "array");
	return -1;
}

/* A part of a run (--from, --to) is not the run's work. An older report has no window. */
static int check_whole(const json_t *window, char why[RESULT_WHY])
{
	double from = json_number_value(json_object_get(window, "from_s"));
	double to = json_number_value(json_object_get(window, "to_s"));
	double run = json_number_value(json_object_get(window, "run_s"));

	if (from <= 0 && to >= run)
		return 0;
	snprintf(why, RESULT_WHY, "it is of a part of its run (--from, --to)");
	return -1;
}

int result_entry_fill(struct result_entry *e, const json_t *report, const json_t *outer,
		      const json_t *top, char why[RESULT_WHY])
{
	const json_t *program = json_object_get(report, "program");

	*e = (struct result_entry){
		.machine = part_of("machine", report, outer, top),
		.run = part_of("run", report, outer, NULL),
		.truth = part_of("truth", report, outer, NULL),
		.trust = part_of("trust", report, outer, NULL),
		.accounting = part_of("accounting", report, outer, NULL),
		.latency = part_of("latency", report, outer, NULL),
		.repeats = 1,
	};
	if (!json_is_object(program) || !json_is_object(e->run) || !json_is_object(e->machine)) {
		snprintf(why, RESULT_WHY, "%s is not an object",
			 !json_is_object(program)  ? "program"
			 : !json_is_object(e->run) ? "run"
						   : "machine");
		return -1;
	}
	if (check_type(e->truth, "truth", JSON_OBJECT, why) ||
	    check_type(e->trust, "trust", JSON_OBJECT, why) ||
	    check_type(e->accounting, "accounting", JSON_ARRAY, why) ||
	    number_of(program, "wall_s", 0, &e->wall_s, why) ||
	    number_of(program, "cpu_s", 0, &e->cpu_s, why) ||
	    number_of(program, "idle_s", 1, &e->idle_s, why) ||
	    number_of(program, "tlp", 1, &e->tlp, why))
		return -1;
	return check_numbers(e, why) || check_whole(json_object_get(report, "window"), why) ? -1
											    : 0;
}
