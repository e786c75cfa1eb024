/* SPDX-License-Identifier: MIT */
/* How results are judged and printed; running them needs root and is tested by lab.bats. */
#include "check.h"
#include <stdlib.h>
#include "common/failure.h"
#include "lab/lab_rounds.h"

static json_t *parse(const char *text)
{
	char *quoted = strdup(text);
	json_t *json;

	for (char *c = quoted; *c; c++)
		if (*c == '\'')
			*c = '"';
	json = json_loads(quoted, 0, NULL);
	free(quoted);
	CHECK(json);
	return json;
}

static const char experiment_text[] =
	"{'claim': 'two run at once', 'decides': {'label': 'tlp', 'value': 'two.program.tlp'},"
	" 'provided': ['two.program.wall_s >= 0.5'],"
	" 'rule': ['two.program.tlp > 1.9', 'also.program.tlp > 1.9'], 'verdict': '%s',"
	" 'why': 'It ran {two.program.tlp:1} on {n}; walls "
	"{count(two.repeats[].program.wall_s)}.'}";

/* The result of an experiment with one variant, whose rounds came to `rounds`, judged. */
static json_t *judged_with(const char *rounds, const char *if_holds, const char *tlp, double wall_s,
			   const char *marks)
{
	char text[1000];
	json_t *experiment, *result;

	snprintf(text, sizeof(text), experiment_text, if_holds);
	experiment = parse(text);
	snprintf(text, sizeof(text),
		 "{'name': 'x', 'claim': 'two run at once', 'expected': 'supported', 'question': "
		 "'q',"
		 " 'next': 'n', 'rounds': %s, 'rounds_planned': 1, 'columns': [{'label': 'tlp', "
		 "'value': 'program.tlp', 'digits': 2},"
		 "                          {'label': 'gone', 'value': 'cost.switch_ns'}],"
		 " 'variants': [{'name': 'two', 'also': ['also'], 'workload': 'spin', 'as': "
		 "'threads',"
		 "  'repeats': [{'warmup': true, 'marks': ['noisy']},"
		 "              {'set_aside': true, 'marks': ['noisy'], 'program': {'wall_s': 9}},"
		 "              {'warmup': false, 'marks': %s, 'program': {'wall_s': 1}}],"
		 "  'report': {'run': {'units': 2, 'model': 'threads'}, 'cost': null,"
		 "             'program': {'tlp': %s, 'wall_s': %g, 'sentence': 'They ran.'}}}]}",
		 rounds, marks, tlp, wall_s);
	result = parse(text);
	lab_judge(result, experiment, 2);
	json_decref(experiment);
	return result;
}

/* All three rounds came to what is written in `rounds`. */
static json_t *judged(const char *rounds, const char *if_holds, const char *tlp, double wall_s,
		      const char *marks)
{
	char list[100];

	snprintf(list, sizeof(list), "['%s', '%s', '%s']", rounds, rounds, rounds);
	return judged_with(list, if_holds, tlp, wall_s, marks);
}

static const char *text_of(const json_t *result, const char *key)
{
	const char *text = json_string_value(json_object_get(result, key));

	return text ? text : "";
}

TEST(a_rule_that_holds_gives_the_experiments_verdict)
{
	json_t *result = judged("supported", "supported", "1.98", 1, "[]");

	CHECK_STR(text_of(result, "verdict"), "supported");
	CHECK_STR(text_of(result, "why"), "It ran 2.0 on 2; walls 1.");
	CHECK_NEAR(json_number_value(json_object_get(result, "value")), 1.98, 0);
	json_decref(result);
	result = judged("refuted", "refuted", "1.98", 1, "[]");
	CHECK_STR(text_of(result, "verdict"), "refuted");
	json_decref(result);
}

TEST(a_rule_that_fails_gives_the_other_verdict_and_says_what_failed)
{
	json_t *result = judged("refuted", "supported", "1.5", 1, "[]");

	CHECK_STR(text_of(result, "verdict"), "refuted");
	CHECK_STR(text_of(result, "failed"), "two.program.tlp > 1.9; also.program.tlp > 1.9");
	CHECK_STR(text_of(result, "why"), "This did not hold: two.program.tlp > 1.9; "
					  "also.program.tlp > 1.9.");
	json_decref(result);
	result = judged("supported", "refuted", "1.5", 1, "[]");
	CHECK_STR(text_of(result, "verdict"), "supported");
	json_decref(result);
}

TEST(every_condition_is_kept_with_what_it_compares)
{
	json_t *result = judged("refuted", "supported", "1.5", 1, "[]");
	const json_t *conditions = json_object_get(result, "conditions");
	char *text = json_dumps(json_array_get(conditions, 1),
				JSON_COMPACT | JSON_REAL_PRECISION(3) | JSON_SORT_KEYS);

	CHECK_EQ(json_array_size(conditions), 3);
	CHECK_STR(text_of(json_array_get(conditions, 0), "of"), "provided");
	CHECK(json_is_true(json_object_get(json_array_get(conditions, 0), "holds")));
	CHECK_STR(text, "{\"comparisons\":[{\"left\":1.5,\"op\":\">\",\"right\":1.9}],"
			"\"holds\":false,\"of\":\"rule\","
			"\"text\":\"two.program.tlp > 1.9\"}");
	free(text);
	json_decref(result);
}

TEST(what_cannot_be_judged_is_inconclusive_and_says_why)
{
	json_t *result = judged("inconclusive", "supported", "null", 1, "[]");

	CHECK_STR(text_of(result, "verdict"), "inconclusive");
	CHECK_STR(text_of(result, "why"), "two.program.tlp > 1.9: two.program.tlp is unknown");
	json_decref(result);
	result = judged("inconclusive", "supported", "1.98", 0.1, "[]");
	CHECK_STR(text_of(result, "verdict"), "inconclusive");
	CHECK_STR(text_of(result, "why"), "The run does not show what it should have: "
					  "two.program.wall_s >= 0.5 does not hold.");
	json_decref(result);
	result = judged("supported", "supported", "1.98", 1, "['the record is lossy']");
	CHECK_STR(text_of(result, "verdict"), "inconclusive");
	CHECK(strstr(text_of(result, "why"),
		     "Every run of two was disturbed; in the last, the record is lossy."));
	json_decref(result);
}

TEST(rounds_that_do_not_agree_are_inconclusive)
{
	json_t *result = judged_with("['supported', 'refuted', 'inconclusive', 'refuted']",
				     "supported", "1.98", 1, "[]");

	CHECK_STR(text_of(result, "verdict"), "inconclusive");
	CHECK_STR(text_of(result, "why"),
		  "The rounds do not agree: judged one by one, 1 supported, "
		  "2 refuted, 1 inconclusive.");
	json_decref(result);
}

static bool agree(const char *text, unsigned planned, const char *verdict)
{
	json_t *rounds = parse(text);
	bool answer = lab_rounds_agree(rounds, planned, verdict, "supported");

	json_decref(rounds);
	return answer;
}

TEST(a_verdict_needs_a_lead_of_the_planned_rounds_and_the_unexpected_one_of_3)
{
	CHECK(agree("['supported']", 1, "supported"));
	CHECK(!agree("['refuted']", 1, "refuted"));
	CHECK(!agree("['refuted', 'refuted']", 1, "refuted"));
	CHECK(agree("['refuted', 'refuted', 'refuted']", 1, "refuted"));
	CHECK(!agree("['refuted', 'supported']", 1, "supported"));
	CHECK(agree("['refuted', 'supported', 'supported']", 1, "supported"));
	CHECK(!agree("['supported', 'supported', 'inconclusive']", 3, "supported"));
	CHECK(agree("['supported', 'supported', 'inconclusive', 'supported']", 3, "supported"));
	CHECK(!agree("['supported', 'supported', 'refuted', 'supported']", 3, "supported"));
	CHECK(agree("['supported', 'supported', 'refuted', 'supported', 'supported']", 10,
		    "supported"));
	CHECK(!agree("['inconclusive']", 1, "supported"));
}

/* The status of a lab whose experiments came out as in `verdicts`. */
static int status_of(const char *verdicts, bool interrupted)
{
	json_t *experiments = json_array(), *lab;
	int status;

	for (; *verdicts; verdicts++)
		json_array_append_new(experiments,
				      json_pack("{s:s, s:s}", "expected", "supported", "verdict",
						*verdicts == 's'   ? VERDICT_SUPPORTED
						: *verdicts == 'r' ? VERDICT_REFUTED
						: *verdicts == 'i' ? VERDICT_INCONCLUSIVE
								   : VERDICT_NOT_SHOWN));
	lab = json_pack("{s:o, s:b}", "experiments", experiments, "interrupted", interrupted);
	status = lab_status(lab);
	json_decref(lab);
	return status;
}

TEST(the_exit_status_is_the_worst_of_the_verdicts)
{
	CHECK_EQ(status_of("ss", false), EXIT_GOOD);
	CHECK_EQ(status_of("sn", false), EXIT_GOOD);
	CHECK_EQ(status_of("sir", false), EXIT_FAILED);
	CHECK_EQ(status_of("si", false), EXIT_NOT_WHOLE);
	CHECK_EQ(status_of("s", true), EXIT_NOT_WHOLE);
	CHECK_EQ(status_of("nn", false), EXIT_CANNOT);
}

TEST(a_result_is_printed_in_order_and_in_100_columns)
{
	static const char *const order[] = { "== x",
					     "Question: q",
					     "variant",
					     "two",
					     "2 x spin, threads",
					     "1.98",
					     "two: They ran.",
					     "Rounds: 4, judged one by one: 3 supported, 1 refuted",
					     "Verdict: supported: two run at once",
					     "Why: It ran",
					     "Next: n",
					     NULL };
	json_t *result = judged_with("['supported', 'refuted', 'supported', 'supported']",
				     "supported", "1.98", 1, "[]");
	size_t size, longest = 0;
	char *text, *at;
	FILE *out = open_memstream(&text, &size);

	lab_report_experiment(result, out);
	fclose(out);
	at = text;
	for (int i = 0; order[i]; i++) {
		char *found = strstr(at, order[i]);

		if (!CHECK(found))
			printf("# '%s' is missing, or not in its place, in:\n%s", order[i], text);
		else
			at = found;
	}
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		longest = strlen(line) > longest ? strlen(line) : longest;
	CHECK(longest <= 100);
	free(text);
	json_decref(result);
}

int main(void)
{
	RUN(a_rule_that_holds_gives_the_experiments_verdict);
	RUN(a_rule_that_fails_gives_the_other_verdict_and_says_what_failed);
	RUN(every_condition_is_kept_with_what_it_compares);
	RUN(what_cannot_be_judged_is_inconclusive_and_says_why);
	RUN(rounds_that_do_not_agree_are_inconclusive);
	RUN(a_verdict_needs_a_lead_of_the_planned_rounds_and_the_unexpected_one_of_3);
	RUN(the_exit_status_is_the_worst_of_the_verdicts);
	RUN(a_result_is_printed_in_order_and_in_100_columns);
	return check_done("lab");
}
