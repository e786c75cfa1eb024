/* SPDX-License-Identifier: MIT */
/* That only changes which make a difference are matched anew. */
#include "check.h"
#include "timeline/claims.h"
#include <stdlib.h>
#include <string.h>

#define CROWD 40
#define CROWD_CPUS 70 /* more than a word */
#define FEW 5	      /* tasks, of which each may use two CPUs that lie side by side */
#define FEW_CPUS 6
#define MASKS 5

struct crowd { /* tasks come, go and move while CPUs go idle and busy */
	struct claims c;
	struct accounting a;
	struct task_state tasks[CROWD];
	uint32_t waiting[CROWD];
	size_t count;
	unsigned queued[CROWD_CPUS], idle, tasks_count, cpus_count;
	uint64_t matched;
};

static unsigned random_number(void)
{
	static uint64_t state = 3;

	state = state * 6364136223846793005ull + 1442695040888963407ull;
	return state >> 33;
}

static void crowd_leave(struct crowd *w, uint32_t index)
{
	struct task_state *task = &w->tasks[index];
	uint32_t last = w->waiting[--w->count];

	claims_leave(&w->c, task, claims_has(w->c.idle, task->cpu));
	w->waiting[task->waiting_at] = last;
	w->tasks[last].waiting_at = task->waiting_at;
	claims_set_queued(&w->c, task->cpu, --w->queued[task->cpu]);
	task->state = STATE_RUNNING;
}

static void crowd_join(struct crowd *w, uint32_t index, int cpu, uint64_t now, bool woken)
{
	struct task_state *task = &w->tasks[index];

	task->cpu = cpu;
	task->since = now;
	task->state = woken ? STATE_WAIT_WAKEUP : STATE_WAIT_PREEMPT;
	task->waiting_at = w->count;
	w->waiting[w->count++] = index;
	claims_join(&w->c, task, index, claims_has(w->c.idle, cpu));
	w->queued[cpu]++;
	claims_set_queued(&w->c, cpu, true);
}

/* The same change of both. */
static void crowd_change(struct crowd *w, unsigned what, unsigned who, unsigned where, uint64_t now)
{
	uint32_t index = who % w->tasks_count;
	struct task_state *task = &w->tasks[index];
	int cpu = where % w->cpus_count;
	bool idle = claims_has(w->c.idle, cpu), waits = state_waits(task->state);

	if (what < 3 && w->idle - idle < 8) {
		w->idle += idle ? -1 : 1;
		claims_set_idle(&w->c, cpu, !idle);
	} else if (what < 6 && waits) {
		crowd_leave(w, index);
	} else if (!waits) {
		crowd_join(w, index, cpu, now, what & 1);
	}
}

static void crowd_account(struct crowd *w, uint64_t from, uint64_t to, bool anew)
{
	struct claims_span span = { from, to, w->idle, w->waiting, w->count, w->tasks };

	if (!w->count || !w->idle)
		return;
	w->c.stale |= anew;
	w->matched += w->c.stale;
	claims_account(&w->c, &w->a, &span);
}

static void crowd_start(struct crowd *w, unsigned masks)
{
	static const uint64_t kinds[] = { UINT64_MAX, 0xff, 0xf0, 1ull << 40 };
	bool few = masks == MASKS;

	w->tasks_count = few ? FEW : CROWD;
	w->cpus_count = few ? FEW_CPUS : CROWD_CPUS;
	CHECK(claims_open(&w->c, CROWD_CPUS));
	for (unsigned i = 0; i < CROWD; i++) {
		w->tasks[i].state = STATE_RUNNING;
		w->tasks[i].mask = few ? 3ull << i % FEW : kinds[i % masks];
		w->tasks[i].mask_size = few || i % masks ? 64 : 128;
	}
}

static void crowd_compare(struct crowd *kept, struct crowd *anew)
{
	claims_close(&kept->c, &kept->a);
	claims_close(&anew->c, &anew->a);
	CHECK(!memcmp(kept->a.ns, anew->a.ns, sizeof(kept->a.ns)));
	CHECK(!memcmp(&kept->c.violations.sums, &anew->c.violations.sums,
		      sizeof(kept->c.violations.sums)));
	CHECK_EQ(kept->c.violations.listed, anew->c.violations.listed);
	for (size_t i = 0; i < anew->c.violations.listed && !check_failures; i++) {
		const struct violation *a = &kept->c.violations.longest[i];
		const struct violation *b = &anew->c.violations.longest[i];

		CHECK(a->from == b->from && a->ns == b->ns && a->task == b->task &&
		      a->cpu == b->cpu && a->cause == b->cause);
	}
	CHECK(anew->a.ns[CAUSE_VIOLATION] && anew->a.ns[CAUSE_BEING_WOKEN]);
	claims_free(&kept->c);
	claims_free(&anew->c);
}

TEST(what_changes_nothing_is_accounted_for_as_if_all_were_matched_anew)
{
	for (unsigned masks = 1; masks <= MASKS && !check_failures; masks++) {
		struct crowd kept = {}, anew = {};
		uint64_t now = 1000000;

		crowd_start(&kept, masks);
		crowd_start(&anew, masks);
		for (int i = 0; i < 20000; i++) {
			unsigned what = random_number() % 12, who = random_number();
			unsigned where = random_number();
			uint64_t to = now + 1 + random_number() % 300000;

			crowd_change(&kept, what, who, where, now);
			crowd_change(&anew, what, who, where, now);
			crowd_account(&kept, now, to, false);
			crowd_account(&anew, now, to, true);
			now = to;
		}
		CHECK(kept.matched < anew.matched * 9 / 10);
		crowd_compare(&kept, &anew);
	}
}

int main(void)
{
	RUN(what_changes_nothing_is_accounted_for_as_if_all_were_matched_anew);
	return check_done("claims");
}
