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
	int ended;
	/* The sanitizers must be told of every change of stack: of addresses, of threads. */
	const void *stack_bottom;
	size_t stack_bytes;
	void *fake_stack;
	void *fiber;
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

/* count stacks in one mapping: 100,000 separate ones would pass the kernel's vm.max_map_count. */
struct stacks {
	char *base;
	size_t slot_bytes; /* guard page included */
	size_t page_bytes;
	unsigned count;
	unsigned guarded; /* those whose overflow faults rather than corrupts: all, where the kernel
			     can */
};

/* 0, or -1 with errno: ENOMEM where the address space or the memory is not to be had. */
int stacks_map(struct stacks *stacks, unsigned count, size_t bytes);
void stacks_unmap(struct stacks *stacks);
void *stacks_bottom(const struct stacks *stacks, unsigned index);
size_t stacks_usable(const struct stacks *stacks);

#endif
