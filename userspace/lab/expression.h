/* SPDX-License-Identifier: MIT */
#ifndef EXPRESSION_H
#define EXPRESSION_H

#include <jansson.h>
#include <stddef.h>

/*
 * The expressions of experiment files (workloads/experiments/README.md), evaluated on JSON. They
 * compute and do nothing else; length and nesting are bounded, so a file from a stranger is safe.
 */
#define EXPRESSION_LENGTH_MAX 1024
#define EXPRESSION_DEPTH_MAX 32
#define EXPRESSION_WHY 160

/*
 * The value of `text`, whose names are the keys of the object `names`: a new reference to a number,
 * boolean, string or array; or null, and why[EXPRESSION_WHY] says what is unknown ("two.program.tlp
 * is unknown"). NULL where it is not an expression; why says where. With every name null it is a
 * check of the syntax and of the names.
 */
json_t *expression_eval(const char *text, const json_t *names, char *why);

/*
 * What `text` compares with what, in the order of the text: an array of {"left", "op", "right"},
 * where op is "<", "<=", ">", ">=", "==", "!=" or "within", which has a "share" too. Empty where it
 * compares nothing, or is not an expression.
 */
json_t *expression_comparisons(const char *text, const json_t *names);

/*
 * Copies `text` to out[size] with every {expression} replaced by its value: {x:2} has two decimals,
 * {x} three digits that count. Returns 0, or -1: not an expression (why says where), or too long.
 */
int expression_fill(const char *text, const json_t *names, char *out, size_t size, char *why);

#endif
