/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "trace/work_identity.h"

/* The identity of a truth in which one key has another value, or of the plain one. */
static const char *identity_with(const char *key, const char *value)
{
	static char text[2][40];
	static int turn;
	json_t *truth =
		json_loads("{\"body\": \"codec\", \"version\": 0, \"n\": 2, \"work\": 3, "
			   "\"parameters\": {\"size\": 1}, \"build\": {\"flags\": \"-O2\"}, "
			   "\"result\": {\"checksum\": \"a\"}, \"model\": \"threads\"}",
			   0, NULL);
	json_t *identity;

	CHECK(truth);
	if (key)
		json_object_set_new(truth, key, json_loads(value, JSON_DECODE_ANY, NULL));
	identity = work_identity_of_truth(truth);
	turn = !turn;
	snprintf(text[turn], sizeof(text[turn]), "%s", json_string_value(identity));
	json_decref(identity);
	json_decref(truth);
	return text[turn];
}

TEST(whatever_makes_the_work_changes_its_identity_and_the_model_does_not)
{
	static const char *const changes[][2] = {
		{ "body", "\"image\"" },
		{ "version", "1" },
		{ "n", "3" },
		{ "work", "4" },
		{ "parameters", "{\"size\": 2}" },
		{ "build", "{\"flags\": \"-O3\"}" },
		{ "result", "{\"checksum\": \"b\"}" },
	};

	CHECK(!strncmp(identity_with(NULL, NULL), "work:", 5));
	CHECK_STR(identity_with("model", "\"serial\""), identity_with(NULL, NULL));
	for (size_t i = 0; i < sizeof(changes) / sizeof(*changes); i++)
		CHECK(strcmp(identity_with(changes[i][0], changes[i][1]),
			     identity_with(NULL, NULL)));
}

TEST(a_command_is_its_words_and_not_their_bytes)
{
	char *const two[] = { "a", "b", NULL }, *const one[] = { "ab", NULL };
	json_t *of_two = work_identity_of_command(two), *of_one = work_identity_of_command(one);

	CHECK(!json_equal(of_two, of_one));
	CHECK(!strncmp(json_string_value(of_two), "argv:", 5));
	json_decref(of_two);
	json_decref(of_one);
}

int main(void)
{
	RUN(whatever_makes_the_work_changes_its_identity_and_the_model_does_not);
	RUN(a_command_is_its_words_and_not_their_bytes);
	return check_done("work_identity");
}
