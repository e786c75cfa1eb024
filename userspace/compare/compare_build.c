/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include "common/text_clean.h"
#include "compare.h"

/* Both say it, and not the same: as far as one is silent nothing is claimed. */
static bool differs(const json_t *x, const json_t *y)
{
	return x && y && !json_is_null(x) && !json_is_null(y) && !json_equal(x, y);
}

static bool differs_in(const json_t *x, const json_t *y, const char *key)
{
	return differs(json_object_get(x, key), json_object_get(y, key));
}

/* A library that only one of them names was not there yet in the other's version. */
static const char *library_that_differs(const json_t *x, const json_t *y)
{
	const json_t *version;
	const char *name;

	json_object_foreach((json_t *)x, name, version)
		if (differs(version, json_object_get(y, name)))
			return name;
	return NULL;
}

bool compare_same_build(const struct result_entry *a, const struct result_entry *b,
			char what[COMPARE_WHAT])
{
	static const char *const rows[][2] = {
		{ "compiler", "compiler" },
		{ "flags", "compiler flags" },
		{ "optimised", "optimisation" },
		{ "sanitizer", "sanitizer" },
	};
	const json_t *x = json_object_get(a->truth, "build"),
		     *y = json_object_get(b->truth, "build");
	const char *library = library_that_differs(json_object_get(x, "libraries"),
						   json_object_get(y, "libraries"));
	char name[32];

	what[0] = '\0';
	if (differs_in(a->truth, b->truth, "version"))
		snprintf(what, COMPARE_WHAT, "version of the body");
	for (size_t i = 0; !*what && i < sizeof(rows) / sizeof(*rows); i++)
		if (differs_in(x, y, rows[i][0]))
			snprintf(what, COMPARE_WHAT, "%s", rows[i][1]);
	if (!*what && library)
		snprintf(what, COMPARE_WHAT, "library %s",
			 text_clean(name, sizeof(name), library, SIZE_MAX));
	if (!*what && differs_in(json_object_get(a->truth, "result"),
				 json_object_get(b->truth, "result"), "checksum"))
		snprintf(what, COMPARE_WHAT, "checksum of what was computed");
	if (!*what && (differs(x, y) || differs_in(a->run, b->run, "work_identity")))
		snprintf(what, COMPARE_WHAT, "identity of the work");
	return !*what;
}
