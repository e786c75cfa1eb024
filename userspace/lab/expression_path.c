/* SPDX-License-Identifier: MIT */
#include "expression_path.h"
#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct path {
	const char *at;
	json_t *value; /* so far */
	bool each;     /* keys are taken of every element of the list `value` */
	const char *error;
};

size_t path_name_length(const char *text)
{
	size_t length = 0;

	while (isalnum((unsigned char)text[length]) || text[length] == '_')
		length++;
	return length;
}

static const json_t *get_key(const json_t *object, const char *key, size_t length)
{
	char text[64];

	if (length >= sizeof(text))
		return NULL;
	memcpy(text, key, length);
	text[length] = '\0';
	return json_object_get(object, text);
}

static json_t *or_null(const json_t *value)
{
	return value ? json_incref((json_t *)value) : json_null();
}

static void replace(struct path *p, json_t *value)
{
	json_decref(p->value);
	p->value = value;
}

/* `.key` of the value, or of every element. */
static void step_key(struct path *p)
{
	const char *key = p->at;
	size_t length = path_name_length(key), i;
	json_t *all, *element;

	if (!length) {
		p->error = "a key expected";
		return;
	}
	p->at += length;
	if (!p->each) {
		replace(p, or_null(get_key(p->value, key, length)));
		return;
	}
	all = json_array();
	json_array_foreach(p->value, i, element)
		json_array_append_new(all, or_null(get_key(element, key, length)));
	replace(p, all);
}

/* `[key=word]`: the elements whose key is that word. */
static void step_filter(struct path *p, const char *key, size_t key_length)
{
	const char *word = p->at;
	size_t word_length = path_name_length(word), i;
	json_t *kept, *element;

	p->at += word_length;
	p->each = json_is_array(p->value);
	if (!p->each)
		return;
	kept = json_array();
	json_array_foreach(p->value, i, element) {
		const char *found = json_string_value(get_key(element, key, key_length));

		if (found && strlen(found) == word_length && !memcmp(found, word, word_length))
			json_array_append(kept, element);
	}
	replace(p, kept);
}

/* What stands in brackets; the opening one is behind. */
static void step_bracket(struct path *p)
{
	const char *key = p->at;
	size_t length = path_name_length(key);

	if (p->each) {
		p->error = "only one list a path";
		return;
	}
	if (!json_is_array(p->value) && !json_is_null(p->value)) {
		p->error = "[ ] after what is no list";
		return;
	}
	p->at += length;
	if (!length) {
		p->each = json_is_array(p->value);
	} else if (strspn(key, "0123456789") == length) {
		replace(p, or_null(json_array_get(p->value, strtoul(key, NULL, 10))));
	} else if (*p->at == '=') {
		p->at++;
		step_filter(p, key, length);
	} else {
		p->error = "[], [number] or [key=word] expected";
		return;
	}
	if (*p->at != ']')
		p->error = "']' expected";
	else
		p->at++;
}

json_t *path_read(const char **at, const json_t *names, const char **error)
{
	size_t length = path_name_length(*at);
	const json_t *root = get_key(names, *at, length);
	struct path p = { .at = *at + length, .value = or_null(root) };

	if (!root) {
		*error = "nothing here has this name";
		return NULL;
	}
	while (!p.error && (*p.at == '.' || *p.at == '[')) {
		if (*p.at++ == '[')
			step_bracket(&p);
		else
			step_key(&p);
	}
	*at = p.at;
	if (!p.error)
		return p.value;
	*error = p.error;
	json_decref(p.value);
	return NULL;
}
