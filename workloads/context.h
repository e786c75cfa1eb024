/* SPDX-License-Identifier: MIT */
#ifndef CONTEXT_H
#define CONTEXT_H

#include <stddef.h>

/*
 * A stack and where execution on it stands. The only file that knows Boost.Context (its plain C
 * symbols make_fcontext and jump_fcontext: an assembler routine of about 10 ns, no system call) is
 * context.c.
 */
struct context {
	void *position;
	struct context *from; /* who switched here last */
	void (*run)(void *argument);
	void *argument;
	/* The sanitizers must be told of every change of stack: of addresses, of threads. */
	const void *stack_bottom;
	size_t stack_bytes;
	void *fake_stack;
	void *fiber;
	int ended;
};

/*
 * `run` begins at the first switch to it and must never return; the stack is [bottom, bottom +
 * bytes).
 */
void context_make(struct context *context, void *bottom, size_t bytes, void (*run)(void *argument),
		  void *argument);

/*
 * Leaves `from`, whose own stack this is, and continues `to`; returns when somebody switches back.
 */
void context_switch(struct context *from, struct context *to);

/* The same from a context that is never continued. */
void context_switch_last(struct context *from, struct context *to) __attribute__((noreturn));

/*
 * Room for `count` stacks, in mappings of 1024 that the kernel joins: 100,000 separate ones would
 * pass its vm.max_map_count. They are mapped as they are taken.
 */
#define STACKS_A_MAPPING 1024

/* Below each stack, address space only: a library's frame must not reach over it. */
#define STACK_GUARD_BYTES (16 * 1024)

struct stacks {
	char **mappings;
	unsigned a_mapping; /* stacks in each */
	size_t slot_bytes;  /* guard included */
	size_t guard_bytes;
	unsigned count;
	unsigned guarded; /* those whose overflow faults rather than corrupts: all, where the kernel
			     can */
	int by_mprotect;  /* it cannot without mappings of their own */
};

/* 0, or -1 with errno. */
int stacks_init(struct stacks *stacks, unsigned count, size_t bytes);

/* Before the first is taken: a mapping and a guard each, as other runtimes have it. 0, or -1. */
int stacks_map_apart(struct stacks *stacks);

/*
 * The bottom of a stack that was not yet taken. NULL with errno: ENOMEM where the address space,
 * the mappings or the memory are not to be had.
 */
void *stacks_take(struct stacks *stacks, unsigned index);
void stacks_unmap(struct stacks *stacks);
size_t stacks_usable(const struct stacks *stacks);

#endif
