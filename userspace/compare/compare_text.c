/* SPDX-License-Identifier: MIT */
#include "compare.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "common/text_clean.h"
#include "common/text_format.h"
#include "common/text_table.h"

static struct text seconds(double s)
{
	/* What is no span of time that any run can have is shown as the number it is. */
	return s < 1e9 ? format_duration((uint64_t)(s * 1e9 + 0.5)) : format_number(s, 3);
}

static void row(struct text_table *t, const char *what, struct text a, struct text b, double factor,
		const char *meaning)
{
	text_table_row(t);
	text_table_cell(t, 0, what);
	text_table_cell(t, 1, a.s);
	text_table_cell(t, 2, b.s);
	text_table_cell(t, 3, format_number(factor, 3).s);
	text_table_cell(t, 4, meaning);
}

static int print_pair(const struct compare_pair *p, FILE *out)
{
	static const struct text_column columns[] = {
		{ "", COLUMN_BAR, NULL },	   { "baseline", COLUMN_NUMBER, NULL },
		{ "other", COLUMN_NUMBER, NULL },  { "factor", COLUMN_NUMBER, NULL },
		{ "in words", COLUMN_TEXT, NULL },
	};
	const struct compare_split *s = &p->split;
	const struct result_entry *a = p->a, *b = p->b;
	struct compare_row more[COMPARE_ROWS];
	size_t count = compare_rows(p, more);
	struct text_table t;

	print_wrapped(out, p->sentence, 0);
	text_table_open(&t, out, false, columns, sizeof(columns) / sizeof(*columns));
	row(&t, "wall time", seconds(a->wall_s), seconds(b->wall_s), p->ratio,
	    s->known ? "the product of the three below" : "");
	row(&t, "CPU time", seconds(a->cpu_s), seconds(b->cpu_s), s->known ? s->core_speed : NAN,
	    "core speed: CPU time for the same work");
	row(&t, "tlp", format_number(a->tlp, 2), format_number(b->tlp, 2),
	    s->known ? s->parallelism : NAN, "parallelism: CPUs at work at the same instant");
	row(&t, "idle time", seconds(a->idle_s), seconds(b->idle_s), s->known ? s->idle : NAN,
	    "idle: wall time in which none worked");
	for (size_t i = 0; i < count; i++)
		row(&t, more[i].title, seconds(more[i].a_s), seconds(more[i].b_s), NAN,
		    more[i].words);
	if (text_table_close(&t))
		return -1;
	for (int side = 0; side < 2; side++)
		for (unsigned int mark = MARK_LOSSY; mark < MARK_END; mark <<= 1)
			if (p->marks[side] & mark)
				fprintf(out, "mark: the %s had %s\n", side ? "other" : "baseline",
					compare_mark_name(mark));
	fputc('\n', out);
	return 0;
}

static void value_cell(struct text_table *t, size_t column, const json_t *value)
{
	char *dump = json_is_string(value) ? NULL : json_dumps(value, JSON_ENCODE_ANY);
	const char *text = json_is_null(value) ? "-" : dump ? dump : json_string_value(value);

	if (text)
		text_table_cell(t, column, text);
	else
		t->failed = true;
	free(dump);
}

static int print_differing(const struct comparison *c, bool machines, FILE *out)
{
	struct text_column *columns = calloc(c->result_count + 1, sizeof(*columns));
	json_t *rows = compare_differing_rows(c, machines), *item;
	struct text_table t;
	size_t i;

	if (!columns || !rows) {
		free(columns);
		json_decref(rows);
		return -1;
	}
	columns[0] = (struct text_column){ machines ? "machine" : "run", COLUMN_TEXT, NULL };
	for (i = 1; i <= c->result_count; i++)
		columns[i] =
			(struct text_column){ i == 1 ? "baseline" : "other", COLUMN_TEXT, NULL };
	text_table_open(&t, out, false, columns, c->result_count + 1);
	json_array_foreach(rows, i, item) {
		text_table_row(&t);
		text_table_cell(&t, 0, json_string_value(json_object_get(item, "row")));
		for (size_t k = 0; k < c->result_count; k++)
			value_cell(&t, k + 1, json_array_get(json_object_get(item, "values"), k));
	}
	if (!json_array_size(rows) && machines)
		fputs("The machines are alike.\n", out);
	free(columns);
	json_decref(rows);
	return text_table_close(&t);
}

int compare_text(const struct comparison *c, FILE *out)
{
	for (size_t i = 0; i < c->pair_count; i++)
		if (print_pair(&c->pairs[i], out))
			return -1;
	if (print_differing(c, true, out))
		return -1;
	if (!c->results[0].entries[0].experiment && print_differing(c, false, out))
		return -1;
	return fflush(out) || ferror(out) ? -1 : 0;
}
