/* SPDX-License-Identifier: MIT */
#include "work_identity.h"
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define HASH_START 14695981039346656037ull

/* FNV-1a of a text with its NUL. */
static uint64_t hash_text(uint64_t hash, const char *text)
{
	do
		hash = (hash ^ (unsigned char)*text) * 1099511628211ull;
	while (*text++);
	return hash;
}

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
		hash = hash_text(hash, *words);
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
		text = identity("work", hash_text(HASH_START, dumped));
	free(dumped);
	json_decref(of);
	return text;
}
