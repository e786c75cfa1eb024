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

/* Odd numbers whose bits look random (splitmix64): each word moves the high bits of the sum. */
static uint64_t hash(const union moment_words *moment)
{
	uint64_t sum = 0, factor = 0x9e3779b97f4a7c15ull;

	for (size_t i = 0; i < WORDS; i++) {
		sum += moment->words[i] * factor;
		factor = (factor ^ factor >> 31) * 0xbf58476d1ce4e5b9ull | 1;
	}
	return sum >> (64 - SLOT_BITS);
}

static bool equal(const union moment_words *a, const union moment_words *b)
{
	uint64_t differ = 0;

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
