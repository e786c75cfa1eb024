/* SPDX-License-Identifier: MIT */
#include "work_identity.h"
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/hash_text.h"

static json_t *identity(const char *kind, uint64_t hash)
{
	char text[32];

	snprintf(text, sizeof(text), "%s:%016llx", kind, (unsigned long long)hash);
	return json_string(text);
}

json_t *work_identity_of_command(char *const *words)
{
	uint64_t hash = HASH_START;

	for (; *words; words++)
		hash = hash_text(hash, *words, strlen(*words) + 1);
	return identity("argv", hash);
}

json_t *work_identity_of_truth(const json_t *truth)
{
	static const char *const keys[] = { "body", "version", "n", "work", "parameters", "build" };
	const json_t *checksum = json_object_get(json_object_get(truth, "result"), "checksum");
	json_t *of = json_object(), *text = NULL;
	char *dumped;

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		json_object_set(of, keys[i], json_object_get(truth, keys[i]));
	json_object_set(of, "checksum", (json_t *)checksum);
	dumped = json_dumps(of, JSON_SORT_KEYS | JSON_COMPACT);
	if (dumped)
		text = identity("work", hash_text(HASH_START, dumped, strlen(dumped) + 1));
	free(dumped);
	json_decref(of);
	return text;
}
