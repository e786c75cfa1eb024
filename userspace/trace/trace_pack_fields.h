/* SPDX-License-Identifier: MIT */
/*
 * The fields of a packed record. It is the file format: what is here is never changed; a new record
 * type gets a shape, and a line for each of its fields.
 */
#ifndef TRACE_PACK_FIELDS_H
#define TRACE_PACK_FIELDS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include "sched_event.h"

/* Numbers in the file. RAW: of none of the others, or of another size; stored whole. */
enum pack_shape_id {
	SHAPE_RAW = 0,
	SHAPE_SWITCH = 1,
	SHAPE_SWITCH_FUTEX = 2,
	SHAPE_SWITCH_LAST = 3,
	SHAPE_WAKING = 4, /* of EVENT_WAKEUP_NEW too */
	SHAPE_MIGRATE = 5,
	SHAPE_COUNT,
};

/* How a value that is not as predicted is written. */
enum pack_code {
	CODE_VALUE, /* as it is */
	CODE_AHEAD, /* less the prediction; wraps around */
	CODE_STEP,  /* the same as a signed number, zigzag: 0, -1, 1, -2, 2 ... */
};

/* What a prediction is made from; the fields of a shape are in this order. */
enum pack_stage {
	STAGE_CPU,    /* what the CPU did last */
	STAGE_TASK,   /* the last such record of the same task, which is known by now */
	STAGE_RECORD, /* that, and the record's own fields so far */
	STAGE_COUNT,
};

struct pack_field {
	uint8_t offset, width; /* bytes; width is 1, 2, 4 or 8, and 0 after the last field */
	uint8_t stage, code;
};

#define PACK_FIELDS_MAX 24

#define PACK_FIELD(stage, code, type, member)                                                     \
	{                                                                                         \
		offsetof(struct type, member), sizeof(((struct type *)0)->member), STAGE_##stage, \
			CODE_##code                                                               \
	}
/* All three kinds of switch begin with a struct switch_event. */
#define PACK_SWITCH_BY_CPU \
	PACK_FIELD(CPU, AHEAD, switch_event, head.seq), PACK_FIELD(CPU, VALUE, switch_event, prev)
#define PACK_SWITCH_BY_TASK                                        \
	PACK_FIELD(TASK, VALUE, switch_event, next),               \
		PACK_FIELD(TASK, VALUE, switch_event, head.flags), \
		PACK_FIELD(TASK, VALUE, switch_event, prev_state), \
		PACK_FIELD(TASK, VALUE, switch_event, syscall),    \
		PACK_FIELD(TASK, VALUE, switch_event, mask),       \
		PACK_FIELD(TASK, VALUE, switch_event, mask_size)
#define PACK_SWITCH_BY_RECORD                                         \
	PACK_FIELD(RECORD, STEP, switch_event, run_ns),               \
		PACK_FIELD(RECORD, STEP, switch_event, next_run_low), \
		PACK_FIELD(RECORD, STEP, switch_event, nvcsw)

/*
 * By enum pack_shape_id. Time, type and size are no fields: each record has them. Seen by the
 * compiler wherever it is used: unpacking has no loop over it left.
 */
static const struct pack_field pack_fields[SHAPE_COUNT][PACK_FIELDS_MAX] = {
	[SHAPE_SWITCH] = { PACK_SWITCH_BY_CPU, PACK_SWITCH_BY_TASK, PACK_SWITCH_BY_RECORD },
	[SHAPE_SWITCH_FUTEX] = { PACK_SWITCH_BY_CPU, PACK_SWITCH_BY_TASK,
				 PACK_FIELD(TASK, VALUE, switch_futex_event, address),
				 PACK_FIELD(TASK, VALUE, switch_futex_event, op),
				 PACK_FIELD(TASK, VALUE, switch_futex_event, val),
				 PACK_SWITCH_BY_RECORD },
	[SHAPE_SWITCH_LAST] = { PACK_SWITCH_BY_CPU, PACK_SWITCH_BY_TASK, PACK_SWITCH_BY_RECORD,
				PACK_FIELD(RECORD, STEP, switch_last_event, counters.run_ns),
				PACK_FIELD(RECORD, VALUE, switch_last_event, counters.run_delay_ns),
				PACK_FIELD(RECORD, STEP, switch_last_event, counters.nvcsw),
				PACK_FIELD(RECORD, VALUE, switch_last_event, counters.nivcsw),
				PACK_FIELD(RECORD, VALUE, switch_last_event, pid),
				PACK_FIELD(RECORD, VALUE, switch_last_event, pad) },
	[SHAPE_WAKING] = { PACK_FIELD(CPU, AHEAD, waking_event, head.seq),
			   PACK_FIELD(CPU, VALUE, waking_event, tid),
			   PACK_FIELD(TASK, VALUE, waking_event, waker),
			   PACK_FIELD(TASK, VALUE, waking_event, head.flags),
			   PACK_FIELD(TASK, VALUE, waking_event, cpu),
			   PACK_FIELD(TASK, VALUE, waking_event, pad) },
	[SHAPE_MIGRATE] = { PACK_FIELD(CPU, AHEAD, migrate_event, head.seq),
			    PACK_FIELD(CPU, VALUE, migrate_event, tid),
			    PACK_FIELD(TASK, VALUE, migrate_event, head.flags),
			    PACK_FIELD(TASK, VALUE, migrate_event, cpu) },
};

/* By enum event_type. */
extern const uint8_t pack_shape_of_type[UINT8_MAX + 1];

/* Bytes of such a record; 0 for SHAPE_RAW. */
static inline size_t pack_shape_size(enum pack_shape_id shape)
{
	switch (shape) {
	case SHAPE_SWITCH:
		return sizeof(struct switch_event);
	case SHAPE_SWITCH_FUTEX:
		return sizeof(struct switch_futex_event);
	case SHAPE_SWITCH_LAST:
		return sizeof(struct switch_last_event);
	case SHAPE_WAKING:
		return sizeof(struct waking_event);
	case SHAPE_MIGRATE:
		return sizeof(struct migrate_event);
	default:
		return 0;
	}
}

/* The number of `width` bytes at `at`. */
static inline uint64_t pack_load(const void *at, unsigned width)
{
	uint16_t two;
	uint32_t four;
	uint64_t eight;

	switch (width) {
	case 1:
		return *(const uint8_t *)at;
	case 2:
		memcpy(&two, at, sizeof(two));
		return two;
	case 4:
		memcpy(&four, at, sizeof(four));
		return four;
	}
	memcpy(&eight, at, sizeof(eight));
	return eight;
}

static inline void pack_store(void *at, unsigned width, uint64_t value)
{
	switch (width) {
	case 1:
		memcpy(at, &value, 1);
		return;
	case 2:
		memcpy(at, &value, 2);
		return;
	case 4:
		memcpy(at, &value, 4);
		return;
	}
	memcpy(at, &value, 8);
}

#endif
