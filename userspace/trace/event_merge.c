/* SPDX-License-Identifier: MIT */
#include "event_merge.h"
#include <stdlib.h>

#define MERGE_MANY 16u

static bool is_before(struct merge_key a, struct merge_key b)
{
	return ((unsigned __int128)a.ts << 64 | a.rank) < ((unsigned __int128)b.ts << 64 | b.rank);
}

/* Nothing is as late as a source that has ended, whatever times its records had. */
static struct merge_key key_of(const struct event_source *s, uint64_t rank)
{
	return s->at < s->end ? (struct merge_key){ s->at->ts, rank }
			      : (struct merge_key){ UINT64_MAX, rank | MERGE_ENDED };
}

/* Who wins below `node`; fills the losers there. Leaf i is node count + i. */
static struct merge_key build(struct event_merge *m, size_t node)
{
	struct merge_key a, b;

	if (node >= m->count)
		return key_of(m->sources[node - m->count], node - m->count);
	a = build(m, 2 * node);
	b = build(m, 2 * node + 1);
	m->tree[node] = is_before(a, b) ? b : a;
	return is_before(a, b) ? a : b;
}

bool event_merge_start(struct event_merge *m, struct trace *t, struct event_source *sources,
		       size_t count)
{
	*m = (struct event_merge){ .trace = t, .winner_before = UINT64_MAX };
	m->sources = calloc(count + 1, sizeof(struct event_source *));
	m->tree = calloc(count + 1, sizeof(*m->tree));
	if (!m->sources || !m->tree)
		return false;
	for (size_t i = 0; i < count; i++)
		if (event_source_refill(&sources[i], t))
			m->sources[m->count++] = &sources[i];
	if (t->out_of_memory)
		return false;
	m->tree[0] = m->count ? build(m, 1) : (struct merge_key){ UINT64_MAX, MERGE_ENDED };
	return true;
}

void event_merge_release(struct event_merge *m)
{
	free(m->sources);
	free(m->tree);
}

/* `key` is its source's new one, which was the winner. */
static void replay(struct event_merge *m, struct merge_key key)
{
	struct merge_key *tree = m->tree;

	for (size_t node = (m->count + (uint32_t)key.rank) / 2; node; node /= 2) {
		struct merge_key other = tree[node];
		/* Who comes first is anybody's guess: masks, for a branch would be a wrong one. */
		uint64_t loses = -(uint64_t)is_before(other, key);
		uint64_t ts = (key.ts ^ other.ts) & loses, rank = (key.rank ^ other.rank) & loses;

		tree[node] = (struct merge_key){ other.ts ^ ts, other.rank ^ rank };
		key = (struct merge_key){ key.ts ^ ts, key.rank ^ rank };
	}
	tree[0] = key;
}

/* The first of the others: it has lost to the winner itself. */
static struct merge_key runner_up(const struct event_merge *m)
{
	struct merge_key first = { UINT64_MAX,
				   MERGE_ENDED - 1 }; /* the winner's end comes after it */

	for (size_t node = (m->count + (uint32_t)m->tree[0].rank) / 2; node; node /= 2)
		if (is_before(m->tree[node], first))
			first = m->tree[node];
	return first;
}

/* With many sources the others' events push all that a source's needs out of the caches. */
static inline void look_ahead(const struct event_merge *m, const struct event_source *s)
{
	if (m->count < MERGE_MANY || s->at == s->end)
		return;
	__builtin_prefetch((const char *)s->at + 128);
	__builtin_prefetch((const char *)s->at + 192);
	if (m->look_ahead)
		m->look_ahead(m->look_ctx, s->at,
			      event_after(s->at) < s->end ? event_after(s->at) : NULL);
}

struct event_source *event_merge_turn(struct event_merge *m, struct ordered_event *taken,
				      uint64_t *until)
{
	struct event_source *s = m->in_hand;
	struct merge_key other;
	uint64_t rank = m->tree[0].rank;

	if (s) {
		s->at = taken;
		if (s->at == s->end)
			event_source_refill(s, m->trace);
		look_ahead(m, s);
		m->winner_before = rank;
		replay(m, key_of(s, rank));
		rank = m->tree[0].rank;
	}
	if (rank >= MERGE_ENDED)
		return NULL;
	m->in_hand = m->sources[rank];
	*until = 0;
	/* Who won twice running may go on: only then is it worth to ask for how long. */
	if (rank == m->winner_before) {
		other = runner_up(m);
		*until = other.ts + (other.ts < UINT64_MAX && rank < other.rank);
	}
	return m->in_hand;
}
