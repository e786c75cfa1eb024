/* SPDX-License-Identifier: MIT */
/* What the report is of: the command or what ran already, and how it ended. */
#include <string.h>
#include "common/text_clean.h"
#include "common/text_format.h"
#include "report_text_parts.h"

#define SUBJECT_SIZE 400
#define PLAIN "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789%+,-./:=@_"

struct subject {
	char text[SUBJECT_SIZE];
	size_t used;
};

/* False where it does not fit, which leaves out the whole word. */
static bool add(struct subject *s, const char *word)
{
	size_t len = strlen(word);

	if (s->used + len >= sizeof(s->text) - sizeof(" ..."))
		return false;
	memcpy(s->text + s->used, word, len + 1);
	s->used += len;
	return true;
}

/* In quotes where it is not plain; what no terminal should get is escaped. */
static bool add_argument(struct subject *s, const char *argument)
{
	bool plain = *argument && !argument[strspn(argument, PLAIN)];
	char clean[SUBJECT_SIZE], quoted[SUBJECT_SIZE + 8];

	text_clean(clean, sizeof(clean), argument, strlen(argument));
	snprintf(quoted, sizeof(quoted), "%s%s%s%s", s->used ? " " : "", plain ? "" : "'", clean,
		 plain ? "" : "'");
	return add(s, quoted);
}

static void add_command(struct subject *s, const json_t *command)
{
	const json_t *word;
	size_t i;

	json_array_foreach((json_t *)command, i, word) {
		const char *argument = json_string_value(word);

		if (argument && !add_argument(s, argument)) {
			strcpy(s->text + s->used, " ...");
			return;
		}
	}
}

static void add_living(struct subject *s, const json_t *target)
{
	const char *kind = json_string_value(json_object_get(target, "kind"));

	if (!kind || !strcmp(kind, "command"))
		return;
	add(s, !strcmp(kind, "all")	 ? "every task"
	       : !strcmp(kind, "cgroup") ? "the tasks of a cgroup"
	       : !strcmp(kind, "pids")	 ? "processes that ran already"
					 : "what ran already");
}

void print_subject(const struct summary *s, FILE *out)
{
	const struct run_summary *r = &s->run_result;
	char line[SUBJECT_SIZE + 64];
	struct subject subject = { .used = 0 };

	add_command(&subject, json_object_get(s->run, "command"));
	if (!subject.used)
		add_living(&subject, json_object_get(s->run, "target"));
	if (!subject.used)
		return;
	if (s->trust.ended && r->signal)
		snprintf(line, sizeof(line), "Of: %s (signal %d)", subject.text, r->signal);
	else if (s->trust.ended && r->exit_status >= 0)
		snprintf(line, sizeof(line), "Of: %s (status %d)", subject.text, r->exit_status);
	else
		snprintf(line, sizeof(line), "Of: %s", subject.text);
	fputc('\n', out);
	print_wrapped(out, line, 4);
}
