/* SPDX-License-Identifier: MIT */
/* The report's JSON as a stream: its memory does not grow with the tasks. */
#include <errno.h>
#include <string.h>
#include "common/json_build.h"
#include "report.h"
#include "report_json_parts.h"

struct nested {
	FILE *out;
	int depth;
};

/* For json_dump_callback(). No string has a line break of its own: JSON escapes it. */
static int put_nested(const char *text, size_t size, void *data)
{
	const struct nested *to = data;

	while (size) {
		const char *end = memchr(text, '\n', size);
		size_t part = end ? (size_t)(end - text) + 1 : size;

		if (fwrite(text, 1, part, to->out) != part)
			return -1;
		if (end && fprintf(to->out, "%*s", 2 * to->depth, "") < 0)
			return -1;
		text += part;
		size -= part;
	}
	return 0;
}

/* `value`, which it releases, as it stands in something `depth` levels deep. */
static int put_value(FILE *out, json_t *value, int depth)
{
	struct nested to = { out, depth };
	int err;

	if (!value) {
		errno = ENOMEM;
		return -1;
	}
	err = json_dump_callback(value, put_nested, &to, JSON_ENCODE_ANY | JSON_WRITE_FLAGS);
	json_decref(value);
	return err;
}

static int put_rows(FILE *out, const struct report_section *section, const struct summary *s)
{
	size_t count = section->rows(s);

	if (!count)
		return fputs("[]", out) < 0 ? -1 : 0;
	for (size_t i = 0; i < count; i++)
		if (fputs(i ? ",\n    " : "[\n    ", out) < 0 ||
		    put_value(out, section->row(s, i), 2))
			return -1;
	return fputs("\n  ]", out) < 0 ? -1 : 0;
}

int report_json_write(const struct summary *s, FILE *out)
{
	for (const struct report_section *section = report_sections; section->key; section++) {
		const char *before = section == report_sections ? "{" : ",";

		if (fprintf(out, "%s\n  \"%s\": ", before, section->key) < 0 ||
		    (section->row ? put_rows(out, section, s)
				  : put_value(out, section->build(s), 1)))
			return -1;
	}
	if (fputs("\n}\n", out) < 0 || fflush(out))
		return -1;
	return ferror(out) ? -1 : 0;
}
