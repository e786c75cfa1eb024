/* SPDX-License-Identifier: MIT */
#include "compare.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "common/failure.h"
#include "compare_sentence.h"

/* A share of other tasks, of steal, of throttling above this marks a run; METRICS.md "Repeats and
 * comparison". */
#define OTHER_SHARE_MAX 0.02

void compare_split_walls(struct compare_pair *p)
{
	const struct result_entry *a = p->a, *b = p->b;
	double busy_a = a->wall_s - a->idle_s, busy_b = b->wall_s - b->idle_s;

	p->ratio = b->wall_s / a->wall_s;
	p->split = (struct compare_split){ 0 };
	if (!p->same_work || !(busy_a > 0 && busy_b > 0 && a->cpu_s > 0 && b->cpu_s > 0) ||
	    isnan(a->tlp) || isnan(b->tlp))
		return;
	p->split.known = true;
	p->split.core_speed = b->cpu_s / a->cpu_s;
	/* tlp = C / (T - I) anew: what a report rounded must not show in the product. */
	p->split.parallelism = (a->cpu_s / busy_a) / (b->cpu_s / busy_b);
	p->split.idle = (b->wall_s / busy_b) / (a->wall_s / busy_a);
}

static const json_t *known(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	return json_is_null(value) ? NULL : value;
}

/*
 * Whether two runs agree in one row. Ground truth knows what a default came to, so it is asked
 * where both have it; a command has only what was recorded.
 */
static bool same_row(const struct result_entry *a, const struct result_entry *b,
		     const char *run_key, const char *truth_key)
{
	const json_t *x = known(a->truth, truth_key), *y = known(b->truth, truth_key);

	if (!x || !y) {
		x = known(a->run, run_key);
		y = known(b->run, run_key);
	}
	return (!x && !y) || (x && y && json_equal(x, y));
}

/*
 * Whether two commands are one. The hash of all arguments is in anonymous reports too, which name
 * only the program; only where a report is without it do the arguments themselves decide.
 */
static bool same_command(const struct result_entry *a, const struct result_entry *b)
{
	const json_t *x = known(a->run, "work_identity"), *y = known(b->run, "work_identity");

	return x && y ? json_equal(x, y) : same_row(a, b, "command", "command");
}

const char *compare_work_row(const struct result_entry *a, const struct result_entry *b)
{
	static const char *const rows[][2] = {
		{ "workload", "body" },	      { "model", "model" },    { "units", "n" },
		{ "work", "work" },	      { "set", "parameters" }, { "threads", "threads" },
		{ "processes", "processes" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (!same_row(a, b, rows[i][0], rows[i][1]))
			return rows[i][0];
	/* A bundled workload's argv also says where it ran; a command has nothing else to say. */
	return known(a->run, "workload") || same_command(a, b) ? NULL : "command";
}

/* An anonymous report of a command: neither the host nor an argument is named. */
static bool is_anonymous_command(const struct result_entry *e)
{
	return !known(e->run, "workload") && !known(e->machine, "hostname") &&
	       json_array_size(json_object_get(e->run, "command")) <= 1;
}

bool compare_work_hidden(const struct result_entry *a, const struct result_entry *b)
{
	if (known(a->run, "work_identity") && known(b->run, "work_identity"))
		return false;
	return is_anonymous_command(a) || is_anonymous_command(b);
}

/* Of the core-seconds that were there: what other tasks, quotas and the host took of them. */
struct disturbance {
	double other, throttled, steal;
};

static struct disturbance disturbance_of(const struct result_entry *e)
{
	double steal = json_number_value(json_object_get(e->run, "steal_s"));
	double other = 0, throttled = 0, whole = 0;
	const json_t *row;
	size_t i;

	json_array_foreach((json_t *)e->accounting, i, row) {
		const char *cause = json_string_value(json_object_get(row, "cause"));
		double core_s = json_number_value(json_object_get(row, "core_s"));

		whole += core_s;
		if (cause && !strncmp(cause, "other_", 6) && strcmp(cause, "other_block"))
			other += core_s;
		if (cause && !strcmp(cause, "throttled"))
			throttled += core_s;
	}
	if (whole <= 0)
		return (struct disturbance){};
	return (struct disturbance){ other / whole, throttled / whole, steal / whole };
}

static unsigned int marks_of(const struct result_entry *e)
{
	const char *verdict = json_string_value(json_object_get(e->trust, "verdict"));
	struct disturbance share = disturbance_of(e);
	unsigned int marks = 0;

	if (verdict && !strcmp(verdict, "lossy"))
		marks |= MARK_LOSSY;
	if (verdict && !strcmp(verdict, "broken"))
		marks |= MARK_BROKEN;
	if (share.other > OTHER_SHARE_MAX)
		marks |= MARK_OTHER_TASKS;
	if (share.steal > OTHER_SHARE_MAX)
		marks |= MARK_STEAL;
	if (share.throttled > OTHER_SHARE_MAX)
		marks |= MARK_THROTTLED;
	return marks;
}

const char *compare_mark_name(enum compare_mark mark)
{
	switch (mark) {
	case MARK_LOSSY:
		return "records lost";
	case MARK_BROKEN:
		return "sums broken";
	case MARK_OTHER_TASKS:
		return "other tasks above 2 %";
	case MARK_STEAL:
		return "steal above 2 %";
	case MARK_THROTTLED:
		return "throttling above 2 %";
	case MARK_END:
		break;
	}
	return "";
}

static const struct result_entry *partner_of(const struct result_entry *a,
					     const struct result *other)
{
	for (size_t i = 0; i < other->count; i++) {
		const struct result_entry *b = &other->entries[i];

		if (!a->experiment && !b->experiment)
			return b;
		if (a->experiment && b->experiment && !strcmp(a->experiment, b->experiment) &&
		    !strcmp(a->variant, b->variant))
			return b;
	}
	return NULL;
}

/*
 * Whether a and b can't be compared, with the reason printed: a failure of plain reports, a warning
 * in a lab, whose other variants are compared all the same.
 */
static bool refused(const struct comparison *c, const struct result_entry *a,
		    const struct result_entry *b, const char *other_path)
{
	const char *row = compare_work_row(a, b);
	bool hidden = !row && compare_work_hidden(a, b);

	if (a->experiment && row)
		warn("%s %s left out, the work is different: %s differs", a->experiment, a->variant,
		     row);
	else if (a->experiment && hidden)
		warn("%s %s left out, an anonymous report hides what ran", a->experiment,
		     a->variant);
	else if (row)
		fail(EXIT_FAILED, "compare runs of the same workload, model, units and work",
		     "%s and %s did different work: %s differs", c->results->path, other_path, row);
	else if (hidden)
		fail(EXIT_FAILED, "record both again: this schedlab keeps a hash of the command",
		     "%s and %s may be different work: an anonymous report hides what ran",
		     c->results->path, other_path);
	return row || hidden;
}

/* Adds the pair of `a` with its partner in `other`. 0, or EXIT_FAILED with the reason printed. */
static int add_pair(struct comparison *c, const struct result_entry *a, const struct result *other)
{
	const struct result_entry *b = partner_of(a, other);
	struct compare_pair *p = &c->pairs[c->pair_count];

	if (!b)
		return 0;
	if (refused(c, a, b, other->path))
		return a->experiment ? 0 : EXIT_FAILED;
	*p = (struct compare_pair){ .baseline = c->results, .other = other, .a = a, .b = b };
	p->same_work = compare_same_build(a, b, p->build_differs);
	p->marks[0] = marks_of(a);
	p->marks[1] = marks_of(b);
	c->not_whole |= ((p->marks[0] | p->marks[1]) & (MARK_LOSSY | MARK_BROKEN)) != 0;
	compare_split_walls(p);
	compare_sentence(p);
	c->pair_count++;
	return 0;
}

int compare_results(const struct result *results, size_t count, struct comparison *out)
{
	const struct result *first = results;

	*out = (struct comparison){ .results = results, .result_count = count };
	out->pairs = calloc(first->count * count + 1, sizeof(*out->pairs));
	if (!out->pairs)
		return fail_memory();
	for (size_t r = 1; r < count; r++) {
		size_t before = out->pair_count;

		for (size_t i = 0; i < first->count; i++)
			if (add_pair(out, &first->entries[i], &results[r]))
				return EXIT_FAILED;
		if (out->pair_count == before)
			return fail(EXIT_FAILED,
				    "compare a report with reports, a lab's folder with folders",
				    "%s and %s have no work in common", first->path,
				    results[r].path);
	}
	return 0;
}

void comparison_free(struct comparison *c)
{
	free(c->pairs);
	*c = (struct comparison){ 0 };
}
