/* SPDX-License-Identifier: MIT */
#include "context.h"
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef __SANITIZE_THREAD__
#include <sanitizer/tsan_interface.h>
#endif

/* Between the announcement of a switch and the switch nothing may be instrumented. */
#define SWITCHES __attribute__((no_sanitize_thread))

/* boost/context/detail/fcontext.hpp, which only a C++ compiler reads. */
struct transfer {
	void *position, *data;
};
struct transfer jump_fcontext(void *to, void *data);
void *make_fcontext(void *stack_top, size_t bytes, void (*run)(struct transfer));

/* madvise(2), Linux 6.13: a guard that needs no mapping of its own. */
#define GUARD_INSTALL 102

/* An older kernel's guard page splits the mapping in two; vm.max_map_count is 65530 by default. */
#define GUARDS_BY_MPROTECT_MAX 16384

SWITCHES static inline void switch_begins(struct context *from, struct context *to, int for_ever)
{
#ifdef __SANITIZE_ADDRESS__
	__sanitizer_start_switch_fiber(for_ever ? NULL : &from->fake_stack, to->stack_bottom,
				       to->stack_bytes);
#endif
#ifdef __SANITIZE_THREAD__
	if (!from->fiber)
		from->fiber = __tsan_get_current_fiber(); /* a thread's own stack */
	if (!to->fiber)
		to->fiber = __tsan_create_fiber(0);
	__tsan_switch_to_fiber(to->fiber, 0);
#endif
	from->ended = for_ever;
	to->from = from;
}

/* On the new stack. A thread's own stack is learnt by the first context it switches to. */
SWITCHES static inline void switch_ended(struct context *self, struct transfer came)
{
#ifdef __SANITIZE_ADDRESS__
	const void *bottom;
	size_t bytes;

	__sanitizer_finish_switch_fiber(self->fake_stack, &bottom, &bytes);
	if (!self->from->stack_bottom) {
		self->from->stack_bottom = bottom;
		self->from->stack_bytes = bytes;
	}
#endif
#ifdef __SANITIZE_THREAD__
	if (self->from->ended) {
		__tsan_destroy_fiber(self->from->fiber);
		self->from->fiber = NULL;
	}
#endif
	self->from->position = came.position;
}

SWITCHES static void begin(struct transfer came)
{
	struct context *self = came.data;

	switch_ended(self, came);
	self->run(self->argument);
	abort();
}

void context_make(struct context *context, void *bottom, size_t bytes, void (*run)(void *argument),
		  void *argument)
{
	*context = (struct context){
		.run = run, .argument = argument, .stack_bottom = bottom, .stack_bytes = bytes
	};
	context->position = make_fcontext((char *)bottom + bytes, bytes, begin);
}

SWITCHES void context_switch(struct context *from, struct context *to)
{
	switch_begins(from, to, 0);
	switch_ended(from, jump_fcontext(to->position, to));
}

SWITCHES void context_switch_last(struct context *from, struct context *to)
{
	switch_begins(from, to, 1);
	jump_fcontext(to->position, to);
	abort();
}

static void guard_stacks(struct stacks *stacks)
{
	int by_mapping = 0;

	for (unsigned i = 0; i < stacks->count; i++) {
		char *guard = stacks->base + i * stacks->slot_bytes;

		if (!by_mapping && madvise(guard, stacks->page_bytes, GUARD_INSTALL))
			by_mapping = 1;
		if (by_mapping &&
		    (i >= GUARDS_BY_MPROTECT_MAX || mprotect(guard, stacks->page_bytes, PROT_NONE)))
			return;
		stacks->guarded++;
	}
}

int stacks_map(struct stacks *stacks, unsigned count, size_t bytes)
{
	size_t page = sysconf(_SC_PAGESIZE), slot = (bytes + page - 1) / page * page + page;

	*stacks = (struct stacks){ .slot_bytes = slot, .page_bytes = page, .count = count };
	stacks->base = mmap(NULL, count * slot, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
	if (stacks->base == MAP_FAILED) {
		stacks->base = NULL;
		return -1;
	}
	/* A huge page would back some sixty stacks that touch a page each. */
	madvise(stacks->base, count * slot, MADV_NOHUGEPAGE);
	guard_stacks(stacks);
	return 0;
}

void stacks_unmap(struct stacks *stacks)
{
	if (stacks->base)
		munmap(stacks->base, stacks->count * stacks->slot_bytes);
	stacks->base = NULL;
}

void *stacks_bottom(const struct stacks *stacks, unsigned index)
{
	return stacks->base + index * stacks->slot_bytes + stacks->page_bytes;
}

size_t stacks_usable(const struct stacks *stacks)
{
	return stacks->slot_bytes - stacks->page_bytes;
}
