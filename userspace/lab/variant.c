/* SPDX-License-Identifier: MIT */
#include "variant.h"
#include <math.h>
#include <sched.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "common/json_build.h"
#include "expression.h"

int allowed_cpus_get(struct allowed_cpus *allowed)
{
	cpu_set_t *set = CPU_ALLOC(EVENT_MAX_CPUS);
	size_t size = CPU_ALLOC_SIZE(EVENT_MAX_CPUS);
	int status = set ? sched_getaffinity(0, size, set) : -1;

	allowed->count = 0;
	for (int cpu = 0; !status && cpu < EVENT_MAX_CPUS; cpu++)
		if (CPU_ISSET_S(cpu, size, set))
			allowed->cpus[allowed->count++] = cpu;
	CPU_FREE(set);
	return status;
}

__attribute__((format(printf, 3, 4))) static int wrong(const struct variant *v, char *error,
						       const char *what, ...)
{
	int length = snprintf(error, EXPERIMENT_ERROR, "%s: ", v->name);
	va_list args;

	va_start(args, what);
	vsnprintf(error + length, EXPERIMENT_ERROR - length, what, args);
	va_end(args);
	return -1;
}

/* Puts the number that `key` comes to in its place. */
static int compute(struct variant *v, const char *key, int n, long long max, char *error)
{
	json_t *given = json_object_get(v->spec, key), *names, *value;
	char why[EXPRESSION_WHY] = "";
	double x;

	if (!given)
		return 0;
	if (json_is_string(given)) {
		names = json_pack("{s:i}", "n", n);
		value = expression_eval(json_string_value(given), names, why);
		json_decref(names);
	} else {
		value = json_incref(given);
	}
	x = json_is_number(value) ? json_number_value(value) : NAN;
	json_decref(value);
	if (!(x >= 1 && x <= max) || x != floor(x))
		return wrong(v, error, "%s is not a whole number from 1 to %lld%s%s", key, max,
			     *why ? ": " : "", why);
	json_object_set_new(v->spec, key, json_integer((json_int_t)x));
	return 0;
}

/* The first `count` of the allowed CPUs, as a list. */
static int name_cpus(struct variant *v, const struct allowed_cpus *allowed, char *error)
{
	json_int_t count = json_integer_value(json_object_get(v->spec, "cpus"));
	char list[EVENT_MAX_CPUS * 5] = "";
	size_t length = 0;

	if (!count)
		return 0;
	if (count > allowed->count)
		return wrong(v, error, "it needs %lld CPUs, and %d are allowed here",
			     (long long)count, allowed->count);
	for (json_int_t i = 0; i < count; i++)
		length += snprintf(list + length, sizeof(list) - length, "%s%d", i ? "," : "",
				   allowed->cpus[i]);
	json_object_set_new(v->spec, "cpus", json_string(list));
	return 0;
}

static int fill_sets(struct variant *v, char *error)
{
	const char *key;
	json_t *value;

	json_object_foreach(json_object_get(v->spec, "set"), key, value) {
		char *text = json_is_string(value) ? NULL : json_dumps(value, JSON_ENCODE_ANY);
		int length = asprintf(&v->sets[v->options.set_count], "%s=%s", key,
				      text ? text : json_string_value(value));

		free(text);
		if (length < 0) {
			v->sets[v->options.set_count] = NULL;
			return wrong(v, error, "out of memory");
		}
		v->options.sets[v->options.set_count] = v->sets[v->options.set_count];
		v->options.set_count++;
	}
	return 0;
}

static int fill_command(struct variant *v, char *error)
{
	const json_t *command = json_object_get(v->spec, "command");
	json_t *word;
	size_t i;

	if (!command)
		return 0;
	v->command = calloc(json_array_size(command) + 1, sizeof(*v->command));
	if (!v->command)
		return wrong(v, error, "out of memory");
	json_array_foreach(command, i, word)
		v->command[i] = (char *)json_string_value(word);
	v->options.command = v->command;
	return 0;
}

int variant_make(struct variant *v, const json_t *file, const struct allowed_cpus *allowed,
		 char *error)
{
	const json_t *repeats = json_object_get(file, "repeats");

	*v = (struct variant){ .spec = json_deep_copy(file), .also = json_array() };
	if (!v->spec || !v->also)
		return -1;
	v->name = json_text_at(v->spec, "name");
	v->repeats = repeats ? json_integer_value(repeats) : 1;
	json_object_del(v->spec, "repeats");
	if (compute(v, "units", allowed->count, 1000000, error) < 0 ||
	    compute(v, "threads", allowed->count, 256, error) < 0 ||
	    compute(v, "processes", allowed->count, 1000, error) < 0 ||
	    compute(v, "work", allowed->count, 1000000000000, error) < 0 ||
	    compute(v, "cpus", allowed->count, EVENT_MAX_CPUS, error) < 0 ||
	    name_cpus(v, allowed, error) < 0)
		return -1;
	v->options.workload = json_text_at(v->spec, "workload");
	v->options.model = json_text_at(v->spec, "as");
	v->options.cpus = json_text_at(v->spec, "cpus");
	v->options.pin = json_text_at(v->spec, "pin");
	v->options.threads = json_integer_value(json_object_get(v->spec, "threads"));
	v->options.processes = json_integer_value(json_object_get(v->spec, "processes"));
	v->options.nice = json_text_at(v->spec, "nice");
	v->options.units = json_integer_value(json_object_get(v->spec, "units"));
	v->options.work = json_integer_value(json_object_get(v->spec, "work"));
	if (fill_sets(v, error) < 0)
		return -1;
	return fill_command(v, error);
}

void variant_free(struct variant *v)
{
	for (unsigned i = 0; i < MAX_SETS; i++)
		free(v->sets[i]);
	free(v->command);
	json_decref(v->also);
	json_decref(v->spec);
	*v = (struct variant){ 0 };
}

bool variant_same(const struct variant *a, const struct variant *b)
{
	json_t *x = json_copy(a->spec), *y = json_copy(b->spec);
	bool same;

	json_object_del(x, "name");
	json_object_del(y, "name");
	same = a->repeats == b->repeats && json_equal(x, y);
	json_decref(x);
	json_decref(y);
	return same;
}
