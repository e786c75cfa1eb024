/* SPDX-License-Identifier: MIT */
#include "text_format.h"
#include <langinfo.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>
#include <wchar.h>

/* Whether LC_CTYPE's character set, as main() took it from the environment, is UTF-8. */
static bool locale_is_utf8(void)
{
	return !strcmp(nl_langinfo(CODESET), "UTF-8");
}

__attribute__((format(printf, 1, 2))) static struct text text_of(const char *format, ...)
{
	struct text text;
	va_list args;

	va_start(args, format);
	vsnprintf(text.s, sizeof(text.s), format, args);
	va_end(args);
	return text;
}

struct text format_duration(uint64_t ns)
{
	double us = (double)ns / 1e3, ms = (double)ns / 1e6, s = (double)ns / 1e9;

	if (ns < 1000)
		return text_of("%u ns", (unsigned int)ns);
	if (ns < 999500) /* which is "1000" of these, and is one of the next */
		return text_of("%.*f %s", us < 9.95 ? 1 : 0, us, locale_is_utf8() ? "µs" : "us");
	if (ns < 999500000)
		return text_of("%.*f ms", ms < 9.995 ? 2 : ms < 99.95 ? 1 : 0, ms);
	if (s < 10000)
		return text_of("%.*f s", s < 100 ? 3 : 1, s);
	return text_of("%.1f h", s / 3600);
}

struct text format_count(uint64_t count)
{
	static const char units[] = "MGTPE";
	double scaled = (double)count / 1e6;
	unsigned int unit = 0;

	if (count < 1000000)
		return text_of("%u", (unsigned int)count);
	for (; scaled >= 999.95; unit++)
		scaled /= 1e3;
	return text_of("%.1f%c", scaled, units[unit]);
}

const char *plural(uint64_t count)
{
	return count == 1 ? "" : "s";
}

struct text format_percent(uint64_t part, uint64_t whole)
{
	return whole ? text_of("%.1f", 100.0 * (double)part / (double)whole) : text_of("-");
}

struct text format_number(double value, int decimals)
{
	if (!isfinite(value))
		return text_of("-");
	/* Sums of what a damaged trace claims may be absurd, but must not widen a line. */
	return fabs(value) < 1e9 ? text_of("%.*f", decimals, value) : text_of("%.2e", value);
}

struct text format_bar(uint64_t part, uint64_t whole, unsigned int width)
{
	static const char *const eighths[] = { "▏", "▎", "▍", "▌", "▋", "▊", "▉" };
	bool utf8 = locale_is_utf8();
	unsigned int filled;
	struct text bar = { "" };
	double length;

	if (!whole)
		return bar;
	length = fmin((double)part / (double)whole, 1.0) * width;
	/* What exists is seen: the thinnest bar stands for anything above nothing. */
	if (part && length < 0.125)
		length = 0.125;
	filled = (unsigned int)(utf8 ? length : length + 0.5);
	for (unsigned int i = 0; i < filled; i++)
		strcat(bar.s, utf8 ? "█" : "#");
	if (utf8 && (length - filled) * 8 >= 1)
		strcat(bar.s, eighths[(unsigned int)((length - filled) * 8) - 1]);
	return bar;
}

/* `part` of `whole` in steps of which `steps` are the whole, rounded. */
static unsigned int steps_of(uint64_t part, uint64_t whole, unsigned int steps)
{
	return (unsigned int)(fmin((double)part / (double)whole, 1.0) * steps + 0.5);
}

struct text format_bar_between(uint64_t from, uint64_t to, uint64_t whole, unsigned int width)
{
	bool utf8 = locale_is_utf8();
	unsigned int fine = utf8 ? 2 : 1, begin, end; /* half a column, by the two half blocks */
	struct text bar = { "" };

	if (!whole || to <= from)
		return bar;
	begin = steps_of(from, whole, fine * width);
	end = steps_of(to, whole, fine * width);
	if (begin == end && begin)
		begin--;
	else if (begin == end)
		end++;
	for (unsigned int at = 0; at < end; at += fine) {
		bool left = at >= begin, right = at + fine > begin && at + fine <= end;

		if (!left && !right)
			strcat(bar.s, " ");
		else if (!utf8)
			strcat(bar.s, "#");
		else
			strcat(bar.s, left && right ? "█" : left ? "▌" : "▐");
	}
	return bar;
}

struct text format_cpu_list(const int *cpus, size_t count)
{
	struct text list = { "" };
	size_t used = 0;

	for (size_t i = 0, end; i < count; i = end) {
		for (end = i + 1; end < count && cpus[end] == cpus[end - 1] + 1; end++)
			;
		if (used > sizeof(list.s) - 32) {
			snprintf(list.s + used, sizeof(list.s) - used, ",...");
			break;
		}
		used += (size_t)snprintf(list.s + used, sizeof(list.s) - used, "%s%d",
					 used ? "," : "", cpus[i]);
		if (end - i > 1)
			used += (size_t)snprintf(list.s + used, sizeof(list.s) - used, "-%d",
						 cpus[end - 1]);
	}
	return list;
}

/* The columns of the character at `s` and its bytes; a byte that is no character counts as one. */
static unsigned int character_width(const char *s, size_t *bytes)
{
	mbstate_t state = { 0 };
	wchar_t wide;
	size_t len = mbrtowc(&wide, s, strlen(s), &state);
	int width;

	*bytes = 1;
	if (len == 0 || len == (size_t)-1 || len == (size_t)-2)
		return 1;
	*bytes = len;
	width = wcwidth(wide);
	return width < 0 ? 1 : (unsigned int)width;
}

/* The columns of the word at `s`, which ends at a space or at the end; *bytes gets its length. */
static unsigned int word_width(const char *s, size_t *bytes)
{
	unsigned int width = 0;
	size_t at = 0, step;

	for (; s[at] && s[at] != ' '; at += step)
		width += character_width(s + at, &step);
	*bytes = at;
	return width;
}

/* Prints one word from `column` on, broken where a line is full. Returns the column after it. */
static unsigned int print_word(FILE *out, const char *s, size_t bytes, unsigned int column,
			       unsigned int indent)
{
	for (size_t at = 0, step; at < bytes; at += step) {
		unsigned int width = character_width(s + at, &step);

		if (column + width > REPORT_COLUMNS) {
			fprintf(out, "\n%*s", (int)indent, "");
			column = indent;
		}
		fwrite(s + at, 1, step, out);
		column += width;
	}
	return column;
}

void print_wrapped(FILE *out, const char *text, unsigned int indent)
{
	unsigned int column = 0;
	size_t bytes;

	for (; *text; text += bytes) {
		unsigned int width;

		text += strspn(text, " ");
		width = word_width(text, &bytes);
		if (column && column + 1 + width > REPORT_COLUMNS) {
			fprintf(out, "\n%*s", (int)indent, "");
			column = indent;
		} else if (column && bytes) {
			fputc(' ', out);
			column++;
		}
		column = print_word(out, text, bytes, column, indent);
	}
	fputc('\n', out);
}
