/* SPDX-License-Identifier: MIT */
#include "context.h"
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
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

/* An older kernel's guard splits the mapping in two; vm.max_map_count is 65530 by default. */
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
	from->ended = for_ever;
	__tsan_switch_to_fiber(to->fiber, 0);
#endif
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

int stacks_init(struct stacks *stacks, unsigned count, size_t bytes)
{
	size_t page = sysconf(_SC_PAGESIZE);
	size_t guard = (STACK_GUARD_BYTES + page - 1) / page * page;

	*stacks = (struct stacks){ .slot_bytes = (bytes + page - 1) / page * page + guard,
				   .guard_bytes = guard,
				   .count = count,
				   .a_mapping = STACKS_A_MAPPING };
	stacks->mappings = calloc(count / STACKS_A_MAPPING + 1, sizeof(*stacks->mappings));
	return stacks->mappings ? 0 : -1;
}

int stacks_map_apart(struct stacks *stacks)
{
	char **mappings = calloc(stacks->count, sizeof(*mappings));

	if (!mappings)
		return -1;
	free(stacks->mappings);
	stacks->mappings = mappings;
	stacks->a_mapping = 1;
	return 0;
}

static char *map(const struct stacks *stacks)
{
	size_t bytes = stacks->a_mapping * stacks->slot_bytes;
	char *mapping = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);

	if (mapping == MAP_FAILED)
		return NULL;
	/* A huge page would back some sixty stacks that touch a page each. */
	if (stacks->a_mapping > 1)
		madvise(mapping, bytes, MADV_NOHUGEPAGE);
#ifdef __SANITIZE_ADDRESS__
	/* Stacks here before may have been left in the middle of their functions. */
	ASAN_UNPOISON_MEMORY_REGION(mapping, bytes);
#endif
	return mapping;
}

/* Those of large mappings do without where the guards would use up the kernel's mappings. */
static int guard(struct stacks *stacks, char *slot)
{
	if (stacks->a_mapping == 1) {
		if (mprotect(slot, stacks->guard_bytes, PROT_NONE))
			return -1;
		stacks->guarded++;
		return 0;
	}
	if (!stacks->by_mprotect && madvise(slot, stacks->guard_bytes, GUARD_INSTALL))
		stacks->by_mprotect = 1;
	if (!stacks->by_mprotect || (stacks->guarded < GUARDS_BY_MPROTECT_MAX &&
				     !mprotect(slot, stacks->guard_bytes, PROT_NONE)))
		stacks->guarded++;
	return 0;
}

void *stacks_take(struct stacks *stacks, unsigned index)
{
	char **mapping = &stacks->mappings[index / stacks->a_mapping];
	char *slot;

	if (!*mapping)
		*mapping = map(stacks);
	if (!*mapping)
		return NULL;
	slot = *mapping + index % stacks->a_mapping * stacks->slot_bytes;
	return guard(stacks, slot) ? NULL : slot + stacks->guard_bytes;
}

void stacks_unmap(struct stacks *stacks)
{
	for (unsigned i = 0; stacks->mappings && i < stacks->count; i += stacks->a_mapping)
		if (stacks->mappings[i / stacks->a_mapping])
			munmap(stacks->mappings[i / stacks->a_mapping],
			       stacks->a_mapping * stacks->slot_bytes);
	free(stacks->mappings);
	stacks->mappings = NULL;
}

size_t stacks_usable(const struct stacks *stacks)
{
	return stacks->slot_bytes - stacks->guard_bytes;
}
