/* SPDX-License-Identifier: MIT */
#include "compare.h"
#include <math.h>
#include <string.h>
#include "common/text_clean.h"

/*
 * A text field: quoted, quotes doubled, and where a spreadsheet would take it for a formula, led by
 * an apostrophe (OWASP, CSV injection). Control bytes are escaped, so no field holds a line's end.
 */
static void put_text(FILE *out, const char *text, char after)
{
	char clean[1024];

	if (!text)
		text = "";
	text_clean(clean, sizeof(clean), text, sizeof(clean));
	fputc('"', out);
	if (*clean && strchr("=+-@", *clean))
		fputc('\'', out);
	for (const char *c = clean; *c; c++) {
		if (*c == '"')
			fputc('"', out);
		fputc(*c, out);
	}
	fprintf(out, "\"%c", after);
}

/* A number field, empty where it is not known. */
static void put_number(FILE *out, double value)
{
	if (isfinite(value))
		fprintf(out, "%.15g", value);
	fputc(',', out);
}

static void put_marks(FILE *out, const struct compare_pair *p)
{
	char marks[512] = "";

	for (int side = 0; side < 2; side++)
		for (unsigned int mark = MARK_LOSSY; mark < MARK_END; mark <<= 1) {
			size_t used = strlen(marks);

			if (p->marks[side] & mark)
				snprintf(marks + used, sizeof(marks) - used, "%s%s: %s",
					 used ? "; " : "", side ? "other" : "baseline",
					 compare_mark_name(mark));
		}
	put_text(out, marks, ',');
}

static void put_pair(FILE *out, const struct compare_pair *p)
{
	bool split = p->split.known;

	put_text(out, p->baseline->path, ',');
	put_text(out, p->other->path, ',');
	put_text(out, p->a->experiment, ',');
	put_text(out, p->a->variant, ',');
	fprintf(out, "wall_s,%zu,%zu,", p->a->repeats, p->b->repeats);
	put_number(out, p->ratio);
	/* No interval and no p value before there are repeats to make them from. */
	fputs(",,,", out);
	put_marks(out, p);
	put_number(out, split ? p->split.core_speed : NAN);
	put_number(out, split ? p->split.parallelism : NAN);
	put_number(out, split ? p->split.idle : NAN);
	fprintf(out, "false,%s,", p->same_work ? "true" : "false");
	put_text(out, p->sentence, '\n');
}

int compare_csv(const struct comparison *c, FILE *out)
{
	fputs("baseline,other,experiment,variant,metric,n_baseline,n_other,ratio,interval_low,"
	      "interval_high,p_value,marks,core_speed,parallelism,idle,different,same_work,"
	      "sentence\n",
	      out);
	for (size_t i = 0; i < c->pair_count; i++)
		put_pair(out, &c->pairs[i]);
	return fflush(out) || ferror(out) ? -1 : 0;
}
