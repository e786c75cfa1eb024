/* SPDX-License-Identifier: MIT */
#include "../../workloads/hash.h"
#include "check.h"

/* The vectors of its authors. */
TEST(the_hash_is_fnv_1a)
{
	CHECK(hash_bytes(HASH_START, "", 0) == 0xcbf29ce484222325ull);
	CHECK(hash_bytes(HASH_START, "a", 1) == 0xaf63dc4c8601ec8cull);
	CHECK(hash_bytes(HASH_START, "foobar", 6) == 0x85944171f73967e8ull);
	CHECK(hash_bytes(hash_bytes(HASH_START, "foo", 3), "bar", 3) == 0x85944171f73967e8ull);
}

/* The first three numbers of splitmix64 from state 0, as its reference code prints them. */
TEST(the_mix_is_splitmix64s)
{
	const uint64_t step = 0x9e3779b97f4a7c15ull;

	CHECK(hash_mix(step) == 0xe220a8397b1dcdafull);
	CHECK(hash_mix(2 * step) == 0x6e789e6aa1b965f4ull);
	CHECK(hash_mix(3 * step) == 0x06c45d188009454full);
}

int main(void)
{
	RUN(the_hash_is_fnv_1a);
	RUN(the_mix_is_splitmix64s);
	return check_done("hash");
}
