/* SPDX-License-Identifier: MIT */
#include "compare_sentence.h"
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "common/text_clean.h"

/* A ratio nearer to 1 than this is never called a difference; METRICS.md. */
#define SAME_RATIO 0.02
#define REPEATS_FOR_A_CLAIM 5

struct factor {
	const char *name;
	double value;
};

/* The farthest from 1 first: twice and half as much count the same. */
static int by_weight(const void *a, const void *b)
{
	double x = fabs(log(((const struct factor *)a)->value));
	double y = fabs(log(((const struct factor *)b)->value));

	return (x < y) - (x > y);
}

static bool is_same(double ratio)
{
	return fabs(ratio - 1) <= SAME_RATIO;
}

static void describe_split(const struct compare_pair *p, char *out, size_t size)
{
	const char *explains = is_same(p->ratio) ? "" : " explains a factor of";
	struct factor factors[] = {
		{ "parallelism", p->split.parallelism },
		{ "core speed", p->split.core_speed },
		{ "idle time", p->split.idle },
	};

	qsort(factors, 3, sizeof(*factors), by_weight);
	snprintf(out, size, "%s%s %.2f, %s %.2f, %s %.2f (tlp %.2f against %.2f)", factors[0].name,
		 explains, factors[0].value, factors[1].name, factors[1].value, factors[2].name,
		 factors[2].value, p->b->tlp, p->a->tlp);
}

/* Long paths differ at their end. */
static void label(const char *path, char out[81])
{
	size_t len = strlen(path);

	text_clean(out, 81, path + (len > 60 ? len - 60 : 0), len);
}

void compare_sentence(struct compare_pair *p)
{
	const char *claim = p->a->repeats == 1 || p->b->repeats == 1 ? "one run, no claim"
			    : p->a->repeats < REPEATS_FOR_A_CLAIM ||
					    p->b->repeats < REPEATS_FOR_A_CLAIM
				    ? "few runs, no claim"
				    : "no interval, no claim";
	char baseline[81], other[81], name[81] = "", split[160] = "no split", ratio[64];

	label(p->baseline->path, baseline);
	label(p->other->path, other);
	if (p->a->variant) {
		char experiment[39], variant[39];

		snprintf(name, sizeof(name), "%s %s: ",
			 text_clean(experiment, sizeof(experiment), p->a->experiment, SIZE_MAX),
			 text_clean(variant, sizeof(variant), p->a->variant, SIZE_MAX));
	}
	if (is_same(p->ratio))
		snprintf(ratio, sizeof(ratio), "took as long as");
	else
		snprintf(ratio, sizeof(ratio), "took %.2f times as long as", p->ratio);
	if (p->split.known)
		describe_split(p, split, sizeof(split));
	else if (!p->same_work)
		snprintf(split, sizeof(split), "a different build of the work (%s), so no split",
			 p->build_differs);
	snprintf(p->sentence, sizeof(p->sentence), "%s%s %s %s: %s; %s.", name, other, ratio,
		 baseline, split, claim);
}
