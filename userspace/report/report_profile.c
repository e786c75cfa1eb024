/* SPDX-License-Identifier: MIT */
/* How many ran at once, and how many wanted to. */
#include "common/text_format.h"
#include "common/text_section.h"
#include "common/text_table.h"
#include "report_text_parts.h"

#define PROFILE_BAR 34
#define PROFILE_BINS 16

/* Which levels a row stands for: all from low to high. */
struct bin {
	size_t low, high;
	bool open; /* and whatever is above */
};

/* Row 0 is k = 0; n levels share BINS rows of equal width; one more row holds all demand above. */
static struct bin bin_of(const struct summary *s, size_t row)
{
	size_t step = (s->n + PROFILE_BINS - 1) / PROFILE_BINS;
	size_t top = s->program.level_count > s->n ? s->program.level_count - 1 : s->n;
	struct bin bin = { 0, 0, false };

	if (!row)
		return bin;
	step = step ? step : 1;
	bin.low = (row - 1) * step + 1;
	bin.high = row * step < top ? row * step : top;
	bin.open = row == PROFILE_BINS + 1 && bin.high < top;
	if (bin.open)
		bin.high = top;
	return bin;
}

static bool has_row(const struct summary *s, size_t row)
{
	struct bin bin = bin_of(s, row);

	return row <= PROFILE_BINS + 1 && bin.low <= bin.high;
}

static uint64_t bin_ns(const uint64_t *ns, size_t count, const struct bin *bin)
{
	uint64_t sum = 0;

	for (size_t k = bin->low; k <= bin->high && k < count; k++)
		sum += ns[k];
	return sum;
}

static void profile_row(struct text_table *t, const struct program_summary *p,
			const struct bin *bin)
{
	uint64_t ran = bin_ns(p->parallelism_ns, p->level_count, bin);
	uint64_t wanted = bin_ns(p->demand_ns, p->level_count, bin);
	char level[48];

	if (bin->open)
		snprintf(level, sizeof(level), "%zu+", bin->low);
	else if (bin->low < bin->high)
		snprintf(level, sizeof(level), "%zu-%zu", bin->low, bin->high);
	else
		snprintf(level, sizeof(level), "%zu", bin->low);
	text_table_row(t);
	text_table_cell(t, 0, level);
	text_table_cell(t, 1, format_percent(ran, p->wall_ns).s);
	text_table_cell(t, 2, format_bar(ran, p->wall_ns, PROFILE_BAR).s);
	text_table_cell(t, 3, format_percent(wanted, p->wall_ns).s);
	text_table_cell(t, 4, format_bar(wanted, p->wall_ns, PROFILE_BAR).s);
}

int print_profile(const struct summary *s, FILE *out, bool color)
{
	static const struct text_column columns[] = {
		{ "k", COLUMN_NUMBER, NULL }, { "ran %", COLUMN_NUMBER, NULL },
		{ "", COLUMN_BAR, "green" },  { "wanted %", COLUMN_NUMBER, NULL },
		{ "", COLUMN_BAR, "yellow" },
	};
	const struct program_summary *p = &s->program;
	struct text_table t;

	print_title(out, color,
		    "Profile: %s of wall time, %s of CPU time, %s cores busy on average",
		    format_duration(p->wall_ns).s, format_duration(p->cpu_ns).s,
		    format_number(p->average_cores, 2).s);
	text_table_open(&t, out, color, columns, sizeof(columns) / sizeof(*columns));
	for (size_t row = 0; has_row(s, row); row++) {
		struct bin bin = bin_of(s, row);

		profile_row(&t, p, &bin);
	}
	if (text_table_close(&t))
		return -1;
	print_note(out, color,
		   "Share of wall time with k tasks running, and with k wanting to run: the gap is "
		   "waiting "
		   "for a CPU.");
	return 0;
}
