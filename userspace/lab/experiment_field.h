/* SPDX-License-Identifier: MIT */
#ifndef EXPERIMENT_FIELD_H
#define EXPERIMENT_FIELD_H

#include <jansson.h>
#include <stdbool.h>

/* Checks one object of an experiment file against a table of its keys, for experiment_check.c. */

enum field_kind {
	FIELD_SCHEMA,
	FIELD_TEXT,
	FIELD_FILLED,  /* a text with {expressions} */
	FIELD_WORD,    /* lower-case letters, digits, '-' */
	FIELD_NAME,    /* what an expression can name */
	FIELD_VERDICT, /* supported, refuted */
	FIELD_MODEL,
	FIELD_AMOUNT, /* a whole number from 1, or an expression of n */
	FIELD_COUNT,  /* a whole number from 1 to 100 */
	FIELD_DIGITS, /* 0 to 9 */
	FIELD_EXPRESSION,
	FIELD_EXPRESSIONS, /* a list of them */
	FIELD_COMMAND,	   /* a list of texts */
	FIELD_SETS,	   /* an object of texts and numbers */
	FIELD_OBJECT,	   /* the caller looks inside */
	FIELD_OBJECTS,	   /* a list; the caller looks inside */
};

struct field {
	const char *key; /* NULL ends a table */
	enum field_kind kind;
	bool needed;
};

/* A check under way. */
struct check {
	char *error;	     /* EXPERIMENT_ERROR bytes */
	char place[120];     /* the key that is looked at: "variants[1].units" */
	const json_t *names; /* what an expression may use, each null */
};

/* Writes "PLACE: what" to the error; always -1. */
int check_wrong(struct check *c, const char *what, ...) __attribute__((format(printf, 2, 3)));

/*
 * Steps into `key`, or the element `index` where key is NULL, and back out to what the place was
 * before: check_enter() returns its length.
 */
size_t check_enter(struct check *c, const char *key, size_t index);
void check_leave(struct check *c, size_t length);

/* Every key of `object` is in `fields` and as it says. 0 or -1. */
int check_fields(struct check *c, const json_t *object, const struct field *fields);

/* A list of a bounded length; the caller looks at the elements. 0 or -1. */
int check_objects(struct check *c, const json_t *value);

/* `name` can be a name in an expression. */
bool check_is_name(const char *name);

#endif
