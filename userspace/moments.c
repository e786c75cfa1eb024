/* SPDX-License-Identifier: MIT */
#include "moments.h"
#include <stdlib.h>
#include "accounting.h"
#include "parallelism.h"

#define SLOT_BITS 11
#define WORDS (sizeof(struct moment) / sizeof(uint64_t))

union moment_words {
	struct moment moment;
	uint64_t words[WORDS];
};

bool moments_open(struct moments *m)
{
	m->slots = calloc(1 << SLOT_BITS, sizeof(*m->slots));
	return m->slots;
}

static bool settle(struct moments *m, const struct moment_time *slot)
{
	accounting_add(m->accounting, &slot->moment, slot->ns);
	return parallelism_add(m->parallelism, &slot->moment, m->n - slot->moment.cpus[CPU_OFFLINE],
			       slot->ns);
}

/* Odd numbers whose bits look random: each word moves the high bits of the sum. */
static const uint64_t factors[] = { 0x9e3779b97f4a7c15, 0xbf58476d1ce4e5b9, 0x94d049bb133111eb,
				    0xff51afd7ed558ccd, 0xc4ceb9fe1a85ec53, 0x87c37b91114253d5,
				    0x4cf5ad432745937f, 0xd6e8feb86659fd93, 0xa0761d6478bd642f,
				    0xe7037ed1a0b428db, 0x8ebc6af09c88c6e3, 0x589965cc75374cc3 };

_Static_assert(WORDS <= sizeof(factors) / sizeof(factors[0]), "a factor for each word");

static inline uint64_t hash(const union moment_words *moment)
{
	uint64_t sum = 0;

#pragma GCC unroll 12
	for (size_t i = 0; i < WORDS; i++)
		sum += moment->words[i] * factors[i];
	return sum >> (64 - SLOT_BITS);
}

static inline bool equal(const union moment_words *a, const union moment_words *b)
{
	uint64_t differ = 0;

#pragma GCC unroll 12
	for (size_t i = 0; i < WORDS; i++)
		differ |= a->words[i] ^ b->words[i];
	return !differ;
}

bool moments_add(struct moments *m, const struct moment *moment, uint64_t ns)
{
	const union moment_words *words = (const void *)moment;
	struct moment_time *slot = &m->slots[hash(words)];
	bool good = true;

	if (equal(words, (const void *)&slot->moment)) {
		slot->ns += ns;
		return true;
	}
	if (slot->ns)
		good = settle(m, slot);
	*slot = (struct moment_time){ *moment, ns };
	return good;
}

bool moments_close(struct moments *m)
{
	bool good = true;

	for (size_t i = 0; i < 1 << SLOT_BITS && good; i++)
		if (m->slots[i].ns)
			good = settle(m, &m->slots[i]);
	return good;
}

void moments_free(struct moments *m)
{
	free(m->slots);
}
