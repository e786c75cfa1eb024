/* SPDX-License-Identifier: MIT */
#include <argp.h>
#include <bpf/libbpf.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include "check_rows.h"
#include "commands.h"
#include "common/failure.h"
#include "common/json_build.h"
#include "common/option_values.h"
#include "common/text_clean.h"
#include "machine/machine.h"
#include "report/report.h"

#define CHECK_SCHEMA "schedlab.check/1"
#define TEXT_WIDTH 90

static const char *const state_names[] = { "missing", "ok", "unknown" };

static json_t *row_json(const struct check_row *row, enum check_state state, const char *detail)
{
	json_t *json = json_object();
	int errors = 0;

	errors += json_object_set_new(json, "name", json_string(row->name));
	errors += json_object_set_new(json, "ok",
				      state == CHECK_UNKNOWN ? json_null() : json_boolean(state));
	errors += json_object_set_new(json, "required", json_boolean(row->required));
	errors += json_object_set_new(json, "detail", json_text(detail, CHECK_DETAIL));
	errors += json_object_set_new(json, "remedy",
				      state == CHECK_OK ? json_null() : json_string(row->remedy));
	return json_built(json, errors);
}

/* The text in words, broken at TEXT_WIDTH; every line begins at column `indent`, the first is
 * there. */
static void print_wrapped(const char *text, int indent)
{
	int at = indent;

	while (*text) {
		int length = (int)strcspn(text, " ");

		if (at > indent && at + 1 + length > TEXT_WIDTH) {
			printf("\n%*s", indent, "");
			at = indent;
		}
		at += printf("%s%.*s", at > indent ? " " : "", length, text);
		text += length;
		text += strspn(text, " ");
	}
	putchar('\n');
}

static void row_text(const struct check_row *row, enum check_state state, const char *detail)
{
	char clean[4 * CHECK_DETAIL];
	int indent = printf("%-8s%-16s", state_names[state], row->name);

	print_wrapped(text_clean(clean, sizeof(clean), detail, CHECK_DETAIL), indent);
	/* What is unknown follows from another row, and that one's remedy. */
	if (state != CHECK_MISSING)
		return;
	indent = printf("%*shint: ", indent, "");
	print_wrapped(row->remedy, indent);
}

static bool ftrace_needs(const struct check_row *row)
{
	return row->ask == check_ftrace || row->ask == check_namespaces ||
	       row->ask == check_open_files;
}

/*
 * Asks everything. The way in which this machine can record, by itself; NULL: in none. `rows` may
 * be NULL: then it prints.
 */
static const char *ask_all(json_t *rows, int *errors)
{
	bool bpf = true, ftrace = true;

	for (int i = 0; i < check_row_count; i++) {
		char detail[CHECK_DETAIL] = "";
		enum check_state state = check_rows[i].ask(detail);

		bpf &= state == CHECK_OK || !check_rows[i].required;
		ftrace &= state == CHECK_OK || !ftrace_needs(&check_rows[i]);
		if (rows)
			*errors += json_array_append_new(rows,
							 row_json(&check_rows[i], state, detail));
		else
			row_text(&check_rows[i], state, detail);
	}
	return bpf ? "bpf" : ftrace ? "ftrace" : NULL;
}

static int print_json(const char **backend)
{
	json_t *json = json_object(), *rows = json_array();
	int errors = 0;

	*backend = ask_all(rows, &errors);
	errors += json_object_set_new(json, "schema", json_string(CHECK_SCHEMA));
	errors += json_object_set_new(json, "can_record", json_boolean(*backend != NULL));
	errors += json_object_set_new(json, "backend",
				      *backend ? json_string(*backend) : json_null());
	errors += json_object_set_new(json, "checks", rows);
	errors += json_object_set_new(json, "machine", machine_describe(false));
	json = json_built(json, errors);
	errors = json ? json_write(json, stdout) : -1;
	json_decref(json);
	return errors;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	if (key == ARGP_KEY_ARG)
		argp_error(state, "'%s': check takes no arguments", arg);
	if (key != 'j')
		return ARGP_ERR_UNKNOWN;
	*(bool *)state->input = true;
	return 0;
}

static int print_nothing(enum libbpf_print_level level, const char *format, va_list args)
{
	return 0;
}

int cmd_check(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "json", 'j', 0, 0, "Print schema \"" CHECK_SCHEMA "\"", 0 },
		{ 0 },
	};
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.doc = "Says what this machine can do, what is missing and how to get it.\v"
		       "Status: 0 it can record, 4 it cannot.",
	};
	const char *backend;
	bool as_json = false;
	int errors = 0;

	argp_err_exit_status = EXIT_USAGE;
	options_parse(&argp, argc, argv, &as_json);
	libbpf_set_print(print_nothing);
	if (as_json)
		errors = print_json(&backend);
	else {
		backend = ask_all(NULL, &errors);
		printf("\nThis machine can%s record%s.\n", backend ? "" : "not",
		       backend && !strcmp(backend, "ftrace") ? ", by ftrace" : "");
	}
	if (errors || fflush(stdout) || ferror(stdout))
		return fail(EXIT_FAILED, "is the disk full, or the reader gone?",
			    "the answer could not be written");
	return backend ? EXIT_GOOD : EXIT_CANNOT;
}
