/* SPDX-License-Identifier: MIT */
#include "experiment.h"
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "common/failure.h"

#define FILE_MAX (1 << 20) /* bytes; ours have 3000 */

json_t *experiment_variants(const json_t *experiment, int control)
{
	const json_t *changes = NULL;
	json_t *variants = json_deep_copy(json_object_get(experiment, "variants")), *variant;
	size_t i;

	if (control)
		changes = json_object_get(json_object_get(experiment, "control"), "variants");
	json_array_foreach(variants, i, variant) {
		const char *name = json_string_value(json_object_get(variant, "name"));

		json_object_update(variant, json_object_get(changes, name));
	}
	return variants;
}

static json_t *read_json(const char *path)
{
	json_error_t where;
	struct stat st;
	json_t *json;

	if (stat(path, &st) < 0) {
		fail(0, "schedlab list shows the experiments", "%s: %s", path, strerror(errno));
		return NULL;
	}
	if (!S_ISREG(st.st_mode) || st.st_size > FILE_MAX) {
		fail(0, NULL, "%s: not a plain file of at most 1 MiB", path);
		return NULL;
	}
	json = json_load_file(path, JSON_REJECT_DUPLICATES, &where);
	if (!json)
		fail(0, NULL, "%s: line %d, column %d: %s", path, where.line, where.column,
		     where.text);
	return json;
}

/* A word of a command that begins with {here}/ names a file from the experiment's own folder on. */
static int place_command(json_t *command, const char *here)
{
	static const char mark[] = "{here}/";
	json_t *word;
	size_t i;

	json_array_foreach(command, i, word) {
		const char *text = json_string_value(word);

		if (!strncmp(text, mark, strlen(mark)) &&
		    json_array_set_new(command, i,
				       json_sprintf("%s/%s", here, text + strlen(mark)))) {
			errno = EILSEQ; /* jansson refuses what is not UTF-8 */
			return -1;
		}
	}
	return 0;
}

/* In its variants, and in what its control changes of them. 0, or -1 with errno. */
static int place_commands(json_t *experiment, const char *folder)
{
	json_t *changes = json_object_get(json_object_get(experiment, "control"), "variants");
	char *here = realpath(folder, NULL);
	int status = here ? 0 : -1;
	json_t *variant;
	const char *name;
	size_t i;

	json_array_foreach(json_object_get(experiment, "variants"), i, variant)
		if (!status)
			status = place_command(json_object_get(variant, "command"), here);
	json_object_foreach(changes, name, variant)
		if (!status)
			status = place_command(json_object_get(variant, "command"), here);
	free(here);
	return status;
}

json_t *experiment_load(const char *folder, const char *name)
{
	char path[PATH_MAX], error[EXPERIMENT_ERROR];
	json_t *json;

	if (snprintf(path, sizeof(path), "%s/%s.json", folder, name) >= (int)sizeof(path)) {
		fail(0, NULL, "%s: the path is too long", folder);
		return NULL;
	}
	json = read_json(path);
	if (json && experiment_check(json, name, error) < 0) {
		fail(0, "the format is in workloads/experiments/README.md", "%s: %s", path, error);
		json_decref(json);
		return NULL;
	}
	if (json && place_commands(json, folder)) {
		fail_errno(folder, errno);
		json_decref(json);
		return NULL;
	}
	return json;
}
