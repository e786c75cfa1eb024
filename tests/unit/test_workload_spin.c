/* SPDX-License-Identifier: MIT */
#include "../../workloads/body_spin.h"
#include "check.h"

TEST(assembly_and_c_compute_the_same)
{
	static const uint64_t counts[] = { 0, 1, 2, 3, 1000, 1000000 };

	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
		CHECK(spin_steps(1, counts[i]) == spin_steps_portable(1, counts[i]));
		CHECK(spin_steps(UINT64_MAX, counts[i]) ==
		      spin_steps_portable(UINT64_MAX, counts[i]));
	}
}

TEST(the_first_step_is_the_generator_s)
{
	CHECK(spin_steps(0, 1) == 1442695040888963407ull);
	CHECK(spin_steps(1, 1) == 6364136223846793005ull + 1442695040888963407ull);
}

TEST(turns_add_up_to_one_run)
{
	CHECK(spin_steps(spin_steps(5, 300), 700) == spin_steps(5, 1000));
}

int main(void)
{
	RUN(assembly_and_c_compute_the_same);
	RUN(the_first_step_is_the_generator_s);
	RUN(turns_add_up_to_one_run);
	return check_done("workload_spin");
}
