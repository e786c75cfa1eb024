/* SPDX-License-Identifier: MIT */
/* Which experiments there are, and which of them are wanted. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "common/failure.h"
#include "common/paths.h"
#include "experiment.h"

#define SUFFIX ".json"
#define ORDER_LAST 1000 /* of those that give none */

static int is_experiment(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);

	return entry->d_name[0] != '.' && length > strlen(SUFFIX) &&
	       !strcmp(entry->d_name + length - strlen(SUFFIX), SUFFIX);
}

/* The names of the experiments in `folder`, sorted; NULL with the reason printed. */
static json_t *names_in(const char *folder)
{
	struct dirent **entries;
	int count = scandir(folder, &entries, is_experiment, alphasort);
	json_t *names;

	if (count < 0) {
		fail(0, "--experiments names a folder of experiment files", "%s: %s", folder,
		     strerror(errno));
		return NULL;
	}
	names = json_array();
	for (int i = 0; i < count; i++) {
		size_t length = strlen(entries[i]->d_name) - strlen(SUFFIX);

		/* one that is not UTF-8 is no experiment's: jansson refuses it */
		json_array_append_new(names, json_stringn(entries[i]->d_name, length));
		free(entries[i]);
	}
	free(entries);
	if (!json_array_size(names)) {
		fail(0, "--experiments names a folder of experiment files",
		     "%s: no experiment (NAME.json) is there", folder);
		json_decref(names);
		return NULL;
	}
	return names;
}

static bool is_wanted(const char *name, char *const *wanted, int count)
{
	for (int i = 0; i < count; i++)
		if (!strcmp(wanted[i], name))
			return true;
	return count == 0;
}

/* EXIT_USAGE, with what there is, where a wanted name is no experiment's. */
static int check_names(const json_t *known, char *const *wanted, int count)
{
	char list[2000] = "";
	size_t length = 0, i;
	json_t *name;

	for (int k = 0; k < count; k++) {
		bool found = false;

		json_array_foreach(known, i, name)
			found |= !strcmp(json_string_value(name), wanted[k]);
		if (found)
			continue;
		json_array_foreach(known, i, name)
			if (length < sizeof(list))
				length += snprintf(list + length, sizeof(list) - length, "%s%s",
						   i ? ", " : "", json_string_value(name));
		return fail(EXIT_USAGE, NULL, "there is no experiment '%s'; there are: %s",
			    wanted[k], list);
	}
	return 0;
}

static int by_order(const void *a, const void *b)
{
	const json_t *x = *(json_t *const *)a, *y = *(json_t *const *)b;
	json_int_t first = json_integer_value(json_object_get(x, "order"));
	json_int_t second = json_integer_value(json_object_get(y, "order"));

	first = first ? first : ORDER_LAST;
	second = second ? second : ORDER_LAST;
	if (first != second)
		return (first > second) - (first < second);
	return strcmp(json_string_value(json_object_get(x, "name")),
		      json_string_value(json_object_get(y, "name")));
}

/* Loads the wanted ones of `names`, in order. The first bad one ends it. */
static int load_wanted(const char *folder, const json_t *names, char *const *wanted,
		       int wanted_count, json_t **out)
{
	json_t **sorted = calloc(json_array_size(names), sizeof(*sorted)), *name;
	size_t count = 0, i;
	int status = 0;

	json_array_foreach(names, i, name) {
		if (!is_wanted(json_string_value(name), wanted, wanted_count))
			continue;
		sorted[count] = experiment_load(folder, json_string_value(name));
		if (!sorted[count]) {
			status = EXIT_FAILED;
			break;
		}
		count++;
	}
	qsort(sorted, count, sizeof(*sorted), by_order);
	*out = json_array();
	for (i = 0; i < count; i++)
		json_array_append_new(*out, sorted[i]);
	free(sorted);
	return status;
}

int experiments_load(const char *folder, char *const *wanted, int count, json_t **out)
{
	char bundled[PATH_MAX];
	json_t *names;
	int status;

	*out = NULL;
	if (!folder && paths_experiments(bundled, sizeof(bundled)) < 0)
		return fail(EXIT_FAILED, "name their folder: --experiments DIR",
			    "the bundled experiments are not beside schedlab");
	folder = folder ? folder : bundled;
	names = names_in(folder);
	if (!names)
		return EXIT_FAILED;
	status = check_names(names, wanted, count);
	if (!status)
		status = load_wanted(folder, names, wanted, count, out);
	json_decref(names);
	return status;
}
