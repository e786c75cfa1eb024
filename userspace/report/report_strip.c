/* SPDX-License-Identifier: MIT */
/* One row a CPU in 80 columns: who ran, over the time of the window. */
#include <string.h>
#include "common/text_clean.h"
#include "common/text_format.h"
#include "common/text_section.h"
#include "report_text_parts.h"

/* Seconds as --from takes them, with as many digits as a window of that length needs. */
static struct text time_of(uint64_t ns, uint64_t wall_ns)
{
	int digits = wall_ns >= 1000000000 ? 3 : wall_ns >= 1000000 ? 6 : 9;

	return format_number((double)ns / 1e9, digits);
}

/* The line of time above the rows: where the window begins and ends. */
static void print_axis(const struct summary *s, FILE *out)
{
	struct text from = time_of(s->window.from_ns, s->program.wall_ns);
	struct text to = time_of(s->window.to_ns, s->program.wall_ns);
	int gap = (int)s->strip.columns - (int)strlen(from.s) - (int)strlen(" s") * 2;

	fprintf(out, " cpu %s s%*s s\n", from.s, gap > (int)strlen(to.s) ? gap : 0, to.s);
}

/* "spin: A 1234  B 1235  xz: C 1236 ...", as many in a line as fit: a name stands for all that
 * follow. */
static void print_legend(const struct summary *s, FILE *out)
{
	const char *last = NULL;
	size_t column = 0;

	for (size_t i = 0; i < s->strip.legend_count; i++) {
		const struct strip_legend *row = &s->strip.legend[i];
		bool named = !last || memcmp(last, row->comm, COMM_SIZE) != 0;
		char comm[4 * COMM_SIZE + 1], entry[sizeof(comm) + 32];
		size_t width;

		text_clean(comm, sizeof(comm), row->comm, COMM_SIZE);
		width = (size_t)snprintf(entry, sizeof(entry), "%s%s%c %u", named ? comm : "",
					 named ? ": " : "", row->letter, row->tid);
		if (column && column + 2 + width > STRIP_WIDTH) {
			fputc('\n', out);
			column = 0;
		}
		column += (size_t)fprintf(out, "%s%s", column ? "  " : "", entry);
		last = row->comm;
	}
	if (column)
		fputc('\n', out);
}

int print_strip(const struct summary *s, FILE *out, bool color)
{
	struct text column;

	if (!s->strip.columns)
		return 0;
	column = format_duration(s->program.wall_ns / s->strip.columns);
	print_title(out, color, "Strip: who had most of each %s", column.s);
	print_axis(s, out);
	for (size_t i = 0; i < s->cpu_count; i++)
		if (s->cpus[i].allowed && s->cpus[i].cells)
			fprintf(out, "%4d %s\n", s->cpus[i].cpu, s->cpus[i].cells);
	print_legend(s, out);
	print_note(out, color,
		   "A letter: that task had most of it; + one without, . idle, # other tasks, ~ "
		   "unknown, blank offline.");
	return 0;
}
