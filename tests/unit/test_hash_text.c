/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "common/hash_text.h"

/* Published values of FNV-1a, 64 bits. */
TEST(a_hash_is_that_of_the_published_function)
{
	CHECK(hash_text(HASH_START, "", 0) == 0xcbf29ce484222325ull);
	CHECK(hash_text(HASH_START, "a", 1) == 0xaf63dc4c8601ec8cull);
	CHECK(hash_text(HASH_START, "foobar", 6) == 0x85944171f73967e8ull);
	CHECK(hash_text(hash_text(HASH_START, "foo", 3), "bar", 3) == 0x85944171f73967e8ull);
}

int main(void)
{
	RUN(a_hash_is_that_of_the_published_function);
	return check_done("hash_text");
}
