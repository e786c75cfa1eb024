/* SPDX-License-Identifier: MIT */
#include "common/heap_room.h"
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include "check.h"

#define ROOM (2u << 20)
#define BLOCK (512u << 10) /* more than malloc() takes from its heap by itself */
#define PAGE 4096u

static long faults(void)
{
	struct rusage usage;

	CHECK_EQ(getrusage(RUSAGE_SELF, &usage), 0);
	return usage.ru_minflt;
}

/* Since 5.14; and a sanitizer's malloc() is one of its own. */
static bool can_be_had(void)
{
#if !defined(MADV_POPULATE_WRITE) || defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	return false;
#else
	void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	bool had = page != MAP_FAILED && !madvise(page, PAGE, MADV_POPULATE_WRITE);

	if (page != MAP_FAILED)
		munmap(page, PAGE);
	return had;
#endif
}

TEST(what_was_taken_faults_in_no_page_however_often_it_is_freed)
{
	long before;

	if (!can_be_had())
		return;
	heap_room_take(ROOM);
	before = faults();
	for (int round = 0; round < 3; round++) {
		char *block = malloc(BLOCK);

		CHECK(block);
		memset(block, round + 1, BLOCK);
		/* The compiler sees no reader of it. */
		__asm__ volatile("" : : "r"(block) : "memory");
		free(block);
	}
	CHECK(faults() - before < BLOCK / PAGE / 4);
	heap_room_return();
}

int main(void)
{
	RUN(what_was_taken_faults_in_no_page_however_often_it_is_freed);
	return check_done("heap room");
}
