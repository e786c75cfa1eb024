/* SPDX-License-Identifier: MIT */
/* What a bundled workload did and what it was made of, in its own words: numbers of two runs
 * compare where these are the same. */
#include <string.h>
#include "common/text_clean.h"
#include "common/text_format.h"
#include "report_text_parts.h"

#define WORK_SIZE 1000

struct work_text {
	char text[WORK_SIZE];
	size_t used;
};

/* Of the ground truth, which a traced program wrote; nothing where it is neither text nor number.
 */
static void add_value(struct work_text *w, const char *before, const json_t *value)
{
	const char *words = json_string_value(value);
	char clean[200], number[32];

	if (json_is_integer(value)) {
		snprintf(number, sizeof(number), "%lld", (long long)json_integer_value(value));
		words = number;
	}
	if (!words)
		return;
	text_clean(clean, sizeof(clean), words, strlen(words));
	w->used += snprintf(w->text + w->used, sizeof(w->text) - w->used, "%s%s", before, clean);
	if (w->used >= sizeof(w->text))
		w->used = sizeof(w->text) - 1;
}

/* "a=1, b=2" or, with a blank between name and value, "a 1, b 2". */
static void add_pairs(struct work_text *w, const char *before, const json_t *object,
		      const char *between)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)object, name, value) {
		json_t *text = json_string(name);

		add_value(w, before, text);
		json_decref(text);
		add_value(w, between, value);
		before = ", ";
	}
}

void print_work(const struct summary *s, FILE *out)
{
	const json_t *truth = s->truth, *build = json_object_get(truth, "build");
	struct work_text w = { .used = 0 };

	add_value(&w, "Work: ", json_object_get(truth, "body"));
	if (!w.used)
		return;
	add_value(&w, ", version ", json_object_get(truth, "version"));
	add_value(&w, ": ", json_object_get(truth, "n"));
	add_value(&w, " units x ", json_object_get(truth, "work"));
	add_value(&w, " ", json_object_get(truth, "work_unit"));
	add_pairs(&w, " with ", json_object_get(truth, "parameters"), "=");
	add_value(&w, "; checksum ", json_object_get(json_object_get(truth, "result"), "checksum"));
	add_value(&w, "; by ", json_object_get(build, "compiler"));
	add_value(&w, " ", json_object_get(build, "flags"));
	add_pairs(&w, "; ", json_object_get(build, "libraries"), " ");
	fputc('\n', out);
	print_wrapped(out, w.text, 4);
}
