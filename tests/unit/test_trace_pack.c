/* SPDX-License-Identifier: MIT */
/* Packed records come back bit for bit, whatever they hold; hostile packing harms nobody. */
#include <stdlib.h>
#include <string.h>
#include "check.h"
#include "trace/trace_pack.h"
#include "trace/trace_unpack.h"

#define SECTION_BYTES (64u << 10)

static struct packer *packer;
static struct unpacker *unpacker;
static ZSTD_CCtx *zstd;
static char frame[8 * SECTION_BYTES];
static uint64_t seed;

static uint64_t next_random(void)
{
	seed = seed * 6364136223846793005ull + 1442695040888963407ull;
	return seed >> 11 ^ seed << 31;
}

/* Exactly as long as it is used, so that a sanitizer sees a byte too far. */
struct records {
	char *at;
	size_t size;
};

static struct records records_make(size_t size)
{
	return (struct records){ malloc(size + 1), size };
}

static size_t pack(const struct records *r)
{
	return pack_records(packer, zstd, r->at, r->size, frame, sizeof(frame));
}

static bool unpack(const void *packed, size_t packed_size, struct records *out)
{
	unsigned long long size = ZSTD_getFrameContentSize(packed, packed_size);
	char *exact;
	bool good;

	if (size > 1 << 24) /* no size at all is the highest of numbers */
		return false;
	exact = malloc(size);
	good = exact && ZSTD_decompress(exact, size, packed, packed_size) == size &&
	       unpack_all(unpacker, exact, size, out->at, out->size);
	free(exact);
	return good;
}

/* Bytes that it takes packed; 0: it did not come back as it was. */
static size_t round_trip(const struct records *r)
{
	struct records back = records_make(r->size);
	size_t packed = pack(r);
	bool same = packed && unpack(frame, packed, &back) && !memcmp(back.at, r->at, r->size);

	free(back.at);
	return same ? packed : 0;
}

static const struct {
	uint8_t type;
	uint16_t size;
} kinds[] = {
	{ EVENT_SWITCH, sizeof(struct switch_event) },
	{ EVENT_SWITCH_FUTEX, sizeof(struct switch_futex_event) },
	{ EVENT_SWITCH_LAST, sizeof(struct switch_last_event) },
	{ EVENT_WAKING, sizeof(struct waking_event) },
	{ EVENT_WAKEUP_NEW, sizeof(struct waking_event) },
	{ EVENT_MIGRATE, sizeof(struct migrate_event) },
	{ EVENT_SWITCH, sizeof(struct switch_event) + 8 }, /* of a newer probe */
	{ EVENT_RENAME, sizeof(struct rename_event) },	   /* not packed */
	{ 200, sizeof(struct event_head) },		   /* not known */
	{ 0, 64 },
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* Records of all kinds, each byte from `fill`. */
static struct records records_of(size_t count, uint8_t (*fill)(void))
{
	struct records r = records_make(count * sizeof(struct switch_last_event));

	r.size = 0;
	for (size_t i = 0; i < count; i++) {
		size_t kind = next_random() % KINDS;
		struct event_head *head = (void *)(r.at + r.size);

		for (size_t at = 0; at < kinds[kind].size; at++)
			r.at[r.size + at] = fill();
		head->type = kinds[kind].type;
		head->size = kinds[kind].size;
		r.size += kinds[kind].size;
	}
	return r;
}

static uint8_t any_byte(void)
{
	return next_random();
}

static uint8_t zero_byte(void)
{
	return 0;
}

static uint8_t full_byte(void)
{
	return 0xff;
}

/* Numbers from few, so that what was predicted is met, and missed. */
static uint8_t rare_byte(void)
{
	return next_random() % 8 ? 0 : next_random() % 4;
}

/* Two threads on one CPU, each waking the other: what a pipe makes of them. */
static struct records ping_pong(size_t rounds)
{
	struct records r = records_make(rounds * 144);
	uint64_t ts = 1000000000, run[2] = { 5000000, 6000000 };
	uint32_t seq = 7, voluntary = 0;
	char *at = r.at;

	for (size_t i = 0; i < rounds; i++) {
		struct waking_event *waking = (void *)at;
		struct switch_event *sw = (void *)(at + sizeof(*waking));

		*waking = (struct waking_event){ .tid = 1001, .waker = 1000, .cpu = 1 };
		ts += 3300 + next_random() % 64;
		waking->head = (struct event_head){ ts, seq++, EVENT_WAKING, 0, sizeof(*waking) };
		ts += 650 + next_random() % 64;
		run[0] += 3950 + next_random() % 64;
		sw[0] = (struct switch_event){ .prev = 1000,
					       .next = 1001,
					       .nvcsw = 3,
					       .run_ns = run[0],
					       .mask = 2,
					       .mask_size = 1,
					       .syscall = 1,
					       .next_run_low = run[1] };
		sw[0].head = (struct event_head){ ts, seq++, EVENT_SWITCH, 0, sizeof(*sw) };
		ts += 3560 + next_random() % 64;
		run[1] += 3560 + next_random() % 64;
		sw[1] = (struct switch_event){ .prev = 1001,
					       .next = 1000,
					       .prev_state = 1,
					       .nvcsw = ++voluntary,
					       .run_ns = run[1],
					       .mask = 2,
					       .mask_size = 1,
					       .next_run_low = run[0] };
		sw[1].head = (struct event_head){ ts, seq++, EVENT_SWITCH, 0, sizeof(*sw) };
		at += sizeof(*waking) + 2 * sizeof(*sw);
	}
	return r;
}

/* ---- the table ----------------------------------------------------------------------------------
 */

TEST(every_byte_of_a_record_is_in_one_field)
{
	for (unsigned type = 0; type <= UINT8_MAX; type++) {
		unsigned shape = pack_shape_of_type[type], stage = STAGE_CPU;
		char seen[sizeof(union pack_record)] = {};

		if (!shape)
			continue;
		for (const struct pack_field *field = pack_fields[shape]; field->width; field++) {
			CHECK(field < pack_fields[shape] + PACK_FIELDS_MAX - 1);
			CHECK(field->stage >= stage);
			stage = field->stage;
			for (unsigned i = 0; i < field->width; i++)
				seen[field->offset + i]++;
		}
		for (size_t at = 0; at < sizeof(seen); at++) {
			bool of_all = at < offsetof(struct event_head, seq) ||
				      at == offsetof(struct event_head, type) ||
				      (at >= offsetof(struct event_head, size) &&
				       at < sizeof(struct event_head));

			CHECK_EQ(seen[at], !of_all && at < pack_shape_size(shape));
		}
	}
	CHECK(PACK_COLUMN_FIELD + PACK_FIELDS_MAX <= PACK_COLUMNS_PER_SHAPE);
}

/* ---- there and back -----------------------------------------------------------------------------
 */

TEST(a_ping_pong_comes_back_and_takes_few_bytes_a_switch)
{
	struct records r = ping_pong(400);
	size_t packed = round_trip(&r);

	CHECK(packed > 0);
	CHECK(packed < 4 * 800);
	free(r.at);
}

TEST(no_record_at_all_comes_back)
{
	struct records none = records_make(0);

	CHECK(round_trip(&none) > 0);
	free(none.at);
}

TEST(records_of_any_bytes_come_back)
{
	uint8_t (*const fills[])(void) = { any_byte, zero_byte, full_byte, rare_byte };

	for (int round = 0; round < 400; round++) {
		struct records r = records_of(1 + round % 300, fills[round % 4]);

		CHECK(round_trip(&r) > 0);
		free(r.at);
	}
}

/* The clock steps back, sequences have holes and wrap around, tasks come from everywhere. */
TEST(extreme_values_come_back)
{
	static const uint64_t extremes[] = { 0,		1,	    UINT64_MAX,	     UINT64_MAX - 1,
					     INT64_MAX, 1ull << 63, UINT32_MAX,	     1ull << 32,
					     255,	256,	    247 * 256 + 255, 248 * 256 };
	const size_t count = sizeof(extremes) / sizeof(extremes[0]);
	struct records r = records_make(count * count * sizeof(struct switch_event));

	for (size_t i = 0; i < count * count; i++) {
		uint64_t is = extremes[i % count], other = extremes[i / count];

		((struct switch_event *)r.at)[i] = (struct switch_event){
			.head = { is, other, EVENT_SWITCH, is, sizeof(struct switch_event) },
			.prev = other,
			.next = is,
			.prev_state = is,
			.nvcsw = other,
			.run_ns = is,
			.mask = other,
			.mask_size = is,
			.syscall = other,
			.next_run_low = is,
		};
	}
	CHECK(round_trip(&r) > 0);
	free(r.at);
}

TEST(more_tasks_than_are_remembered_come_back)
{
	struct records r = records_make(SECTION_BYTES / 56 * 56);

	for (size_t i = 0; i < r.size / 56; i++)
		((struct switch_event *)r.at)[i] =
			(struct switch_event){ .head = { i * 100, i, EVENT_SWITCH, 0, 56 },
					       .prev = i * 7919,
					       .next = (i + 1) * 7919,
					       .run_ns = i << 33,
					       .nvcsw = i };
	CHECK(round_trip(&r) > 0);
	free(r.at);
}

TEST(what_is_no_row_of_records_is_not_packed)
{
	struct records r = records_of(20, any_byte);
	struct event_head *head = (void *)r.at;
	uint16_t size = head->size;
	const uint16_t wrong[] = { 0, 8, 15, 57, 65528 };

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		head->size = wrong[i];
		CHECK_EQ(pack(&r), 0);
	}
	head->size = size;
	CHECK(pack(&r) > 0);
	r.size -= 8;
	CHECK_EQ(pack(&r), 0);
	r.size += 8;
	CHECK_EQ(pack_records(packer, zstd, r.at, r.size, frame, 64), 0); /* no room */
	CHECK_EQ(pack_records(packer, zstd, r.at, SECTION_BYTES + 8, frame, sizeof(frame)), 0);
	CHECK(round_trip(&r) > 0); /* none of that is remembered */
	free(r.at);
}

/* ---- damaged and hostile ------------------------------------------------------------------------
 */

TEST(what_is_cut_short_is_damaged)
{
	struct records r = records_of(60, rare_byte), back = records_make(r.size);
	size_t packed = pack(&r);

	CHECK(packed > 0);
	for (size_t size = 0; size < packed; size++)
		CHECK(!unpack(frame, size, &back));
	CHECK(unpack(frame, packed, &back));
	back.size -= 8;
	CHECK(!unpack(frame, packed, &back));
	free(back.at);
	back = records_make(r.size + 8);
	CHECK(!unpack(frame, packed, &back));
	free(r.at);
	free(back.at);
}

TEST(no_flipped_bit_gives_other_records)
{
	struct records r = ping_pong(20), back = records_make(r.size);
	size_t packed = pack(&r), silent = 0;

	for (size_t bit = 0; bit < 8 * packed; bit++) {
		frame[bit / 8] ^= 1 << bit % 8;
		if (unpack(frame, packed, &back)) {
			silent++;
			CHECK(!memcmp(back.at, r.at, r.size));
		}
		frame[bit / 8] ^= 1 << bit % 8;
	}
	CHECK(silent < 16); /* bits that zstd gives no meaning */
	free(r.at);
	free(back.at);
}

/* A frame with the right checksum, made by an enemy. Good or damaged, it stays within its bounds.
 */
static bool unpack_made(const void *columns, size_t size, struct records *back)
{
	static char made[8 * SECTION_BYTES];

	return unpack(made, ZSTD_compress2(zstd, made, sizeof(made), columns, size), back);
}

TEST(hostile_columns_harm_nobody)
{
	static char columns[4 * SECTION_BYTES], spoilt[sizeof(columns)];
	size_t damaged = 0;

	for (int round = 0; round < 6000; round++) {
		struct records r = records_of(1 + round % 64, round % 2 ? rare_byte : any_byte);
		struct records back = records_make(r.size);
		size_t size = ZSTD_decompress(columns, sizeof(columns), frame, pack(&r));

		memcpy(spoilt, columns, size);
		for (int i = round % 3; i >= 0; i--) { /* mostly in the heads */
			size_t at = next_random() % (next_random() % 2 ? size : 256) % size & ~3ul;
			uint32_t value = next_random() % 2 ? next_random() : next_random() % 9 - 4;

			if (next_random() % 2)
				spoilt[at] ^= 1 << next_random() % 8;
			else
				memcpy(spoilt + at, &value, size - at < 4 ? size - at : 4);
		}
		if (round % 5 == 0)
			size = next_random() % size;
		damaged += !unpack_made(spoilt, size, &back);
		free(r.at);
		free(back.at);
	}
	CHECK(damaged > 1000);
}

int main(void)
{
	packer = packer_new(SECTION_BYTES);
	unpacker = unpacker_new();
	zstd = ZSTD_createCCtx();
	ZSTD_CCtx_setParameter(zstd, ZSTD_c_checksumFlag, 1);
	RUN(every_byte_of_a_record_is_in_one_field);
	RUN(a_ping_pong_comes_back_and_takes_few_bytes_a_switch);
	RUN(no_record_at_all_comes_back);
	RUN(records_of_any_bytes_come_back);
	RUN(extreme_values_come_back);
	RUN(more_tasks_than_are_remembered_come_back);
	RUN(what_is_no_row_of_records_is_not_packed);
	RUN(what_is_cut_short_is_damaged);
	RUN(no_flipped_bit_gives_other_records);
	RUN(hostile_columns_harm_nobody);
	packer_free(packer);
	unpacker_free(unpacker);
	ZSTD_freeCCtx(zstd);
	return check_done("trace_pack");
}
