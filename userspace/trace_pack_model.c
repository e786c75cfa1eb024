/* SPDX-License-Identifier: MIT */
#include "trace_pack_model.h"

#define FIELD(stage, code, type, member)                                                          \
	{                                                                                         \
		offsetof(struct type, member), sizeof(((struct type *)0)->member), STAGE_##stage, \
			CODE_##code                                                               \
	}
/* All three kinds of switch begin with a struct switch_event. */
#define SWITCH_BY_CPU \
	FIELD(CPU, AHEAD, switch_event, head.seq), FIELD(CPU, VALUE, switch_event, prev)
#define SWITCH_BY_TASK                                                                             \
	FIELD(TASK, VALUE, switch_event, next), FIELD(TASK, VALUE, switch_event, head.flags),      \
		FIELD(TASK, VALUE, switch_event, prev_state),                                      \
		FIELD(TASK, VALUE, switch_event, syscall), FIELD(TASK, VALUE, switch_event, mask), \
		FIELD(TASK, VALUE, switch_event, mask_size)
#define SWITCH_BY_RECORD                                         \
	FIELD(RECORD, STEP, switch_event, run_ns),               \
		FIELD(RECORD, STEP, switch_event, next_run_low), \
		FIELD(RECORD, STEP, switch_event, nvcsw)

const struct pack_field pack_fields[SHAPE_COUNT][PACK_FIELDS_MAX] = {
	[SHAPE_SWITCH] = { SWITCH_BY_CPU, SWITCH_BY_TASK, SWITCH_BY_RECORD },
	[SHAPE_SWITCH_FUTEX] = { SWITCH_BY_CPU, SWITCH_BY_TASK,
				 FIELD(TASK, VALUE, switch_futex_event, address),
				 FIELD(TASK, VALUE, switch_futex_event, op),
				 FIELD(TASK, VALUE, switch_futex_event, val), SWITCH_BY_RECORD },
	[SHAPE_SWITCH_LAST] = { SWITCH_BY_CPU, SWITCH_BY_TASK, SWITCH_BY_RECORD,
				FIELD(RECORD, STEP, switch_last_event, counters.run_ns),
				FIELD(RECORD, VALUE, switch_last_event, counters.run_delay_ns),
				FIELD(RECORD, STEP, switch_last_event, counters.nvcsw),
				FIELD(RECORD, VALUE, switch_last_event, counters.nivcsw),
				FIELD(RECORD, VALUE, switch_last_event, pid),
				FIELD(RECORD, VALUE, switch_last_event, pad) },
	[SHAPE_WAKING] = { FIELD(CPU, AHEAD, waking_event, head.seq),
			   FIELD(CPU, VALUE, waking_event, tid),
			   FIELD(TASK, VALUE, waking_event, waker),
			   FIELD(TASK, VALUE, waking_event, head.flags),
			   FIELD(TASK, VALUE, waking_event, cpu),
			   FIELD(TASK, VALUE, waking_event, pad) },
	[SHAPE_MIGRATE] = { FIELD(CPU, AHEAD, migrate_event, head.seq),
			    FIELD(CPU, VALUE, migrate_event, tid),
			    FIELD(TASK, VALUE, migrate_event, head.flags),
			    FIELD(TASK, VALUE, migrate_event, cpu) },
};

const uint8_t pack_shape_of_type[UINT8_MAX + 1] = {
	[EVENT_SWITCH] = SHAPE_SWITCH,		 [EVENT_SWITCH_FUTEX] = SHAPE_SWITCH_FUTEX,
	[EVENT_SWITCH_LAST] = SHAPE_SWITCH_LAST, [EVENT_WAKING] = SHAPE_WAKING,
	[EVENT_WAKEUP_NEW] = SHAPE_WAKING,	 [EVENT_MIGRATE] = SHAPE_MIGRATE,
};
