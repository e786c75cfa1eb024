/* SPDX-License-Identifier: MIT */
/*
 * What all sums over time are made of: how long the program as a whole was in each state that it
 * was ever in. A trace has far fewer such states than instants, so an instant only adds its length
 * to its state's, and the arithmetic is done once a state (parallelism.h, accounting.h).
 */
#ifndef MOMENTS_H
#define MOMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a blocked task waits for; all but the last are causes of idle CPUs. */
enum block_kind {
	BLOCK_LOCK,
	BLOCK_CONDITION,
	BLOCK_IO,
	BLOCK_SLEEP,
	BLOCK_OTHER,
	BLOCK_UNKNOWN, /* whether it is blocked at all is unknown */
	BLOCK_CHILD,
	BLOCK_KIND_COUNT
};

enum cpu_state { CPU_UNKNOWN, CPU_IDLE, CPU_OTHER, CPU_WORKLOAD, CPU_OFFLINE, CPU_STATE_COUNT };

enum moment_flags {
	MOMENT_SLICED = 1 << 0,	       /* a task of W waits where another one runs */
	MOMENT_BIRTHS_LOST = 1 << 1,   /* there may be tasks of W that nobody knows of */
	MOMENT_ALL_IN_FLIGHT = 1 << 2, /* every unit has started, and none has finished */
};

#define MOMENT_WORDS 8
#define MOMENT_SLOT_BITS 11

/*
 * Counters only. They are changed by moment_add(), by whole words, as which they are compared: a
 * word that is read after a part of it was written waits until that has come to the cache.
 */
struct moment {
	union {
		struct {
			uint32_t running; /* tasks of W */
			uint32_t waiting, in_flight;
			uint32_t flags;
			uint32_t blocked[BLOCK_KIND_COUNT]; /* tasks of W; the state of
							     * BLOCK_UNKNOWN ones is */
			/* Allowed CPUs; their sum is n, but for those idle ones that have a cause
			 * already, one waiting task each (claims_account()) */
			uint32_t cpus[CPU_STATE_COUNT];
		};
		uint64_t words[MOMENT_WORDS];
	};
};

_Static_assert(sizeof(struct moment) == 8 * MOMENT_WORDS, "a new counter may need one more word");
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the even counters are the low halves");

struct accounting;
struct parallelism;

struct moments {
	struct moment_time {
		struct moment moment;
		uint64_t ns;
	} * slots; /* one for each hash: what is in its way is done with first */
	struct accounting *accounting;
	struct parallelism *parallelism;
	uint64_t n;	    /* CPUs that W may use */
	uint64_t masked_ns; /* CPUs idled beside tasks whose masks forbade them; of CAUSE_NO_TASK */
};

/* False out of memory. */
bool moments_open(struct moments *m);
/* What was so far is of no interest. */
void moments_forget(struct moments *m);
/* Settles with what is in the slot. False out of memory. */
bool moments_replace(struct moments *m, struct moment_time *slot, const struct moment *moment,
		     uint64_t ns);

/* Odd numbers whose bits look random: each word moves the high bits of the sum. */
static const uint64_t moment_factors[] = {
	0x9e3779b97f4a7c15, 0xbf58476d1ce4e5b9, 0x94d049bb133111eb, 0xff51afd7ed558ccd,
	0xc4ceb9fe1a85ec53, 0x87c37b91114253d5, 0x4cf5ad432745937f, 0xd6e8feb86659fd93,
	0xa0761d6478bd642f, 0xe7037ed1a0b428db, 0x8ebc6af09c88c6e3, 0x589965cc75374cc3
};

_Static_assert(MOMENT_WORDS <= sizeof(moment_factors) / sizeof(moment_factors[0]),
	       "a factor for each word");

/* Of which the hash of a moment is made. */
static inline uint64_t moment_sum(const struct moment *m)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < MOMENT_WORDS; i++)
		sum += m->words[i] * moment_factors[i];
	return sum;
}

/* A moment that changes by a few counters at a time, and so does its sum. */
struct moment_now {
	struct moment moment;
	uint64_t sum;
};

#define MOMENT_COUNTER(name) (offsetof(struct moment, name) / sizeof(uint32_t))

/* `counter`: MOMENT_COUNTER(), which does not become negative. */
static inline void moment_add(struct moment_now *now, size_t counter, int change)
{
	uint64_t part = (uint64_t)change << counter % 2 * 32;

	now->moment.words[counter / 2] += part;
	now->sum += part * moment_factors[counter / 2];
}

static inline bool moment_equal(const struct moment *a, const struct moment *b)
{
	uint64_t differ = 0;

#pragma GCC unroll 12
	for (size_t i = 0; i < MOMENT_WORDS; i++)
		differ |= a->words[i] ^ b->words[i];
	return !differ;
}

/* It lasted for so long. False out of memory. */
static inline bool moments_add_now(struct moments *m, const struct moment_now *now, uint64_t ns)
{
	struct moment_time *slot = &m->slots[now->sum >> (64 - MOMENT_SLOT_BITS)];

	if (!moment_equal(&now->moment, &slot->moment))
		return moments_replace(m, slot, &now->moment, ns);
	slot->ns += ns;
	return true;
}

static inline bool moments_add(struct moments *m, const struct moment *moment, uint64_t ns)
{
	struct moment_now now = { *moment, moment_sum(moment) };

	return moments_add_now(m, &now, ns);
}

/* Does the arithmetic for all that is left. False out of memory. */
bool moments_close(struct moments *m);
void moments_free(struct moments *m);

#endif
