/* SPDX-License-Identifier: MIT */
#include "drawn_trace.h"
#include "trace/event_order.h"

/* Calls `see` for each event of the drawing in order. */
static struct order_counts walk(const char *text, void (*see)(void *, const struct ordered_event *),
				void *ctx)
{
	char path[] = "/tmp/drawn-XXXXXX";
	struct order_counts counts = {};
	struct event_order *order;
	struct ordered_event *event;
	struct trace t;

	close(mkstemp(path));
	if (CHECK(drawn_write(text, path)) && CHECK_EQ(trace_open(&t, path), 0)) {
		order = event_order_open(&t);
		if (CHECK(order)) {
			while (event_order_next(order, &event) > 0)
				if (see)
					see(ctx, event);
			counts = *event_order_counts(order);
			event_order_close(order);
		}
		trace_release(&t);
	}
	unlink(path);
	return counts;
}

struct seen {
	uint64_t ts[32], lost[32], since[32];
	int cpu[32], type[32];
	size_t count;
};

static void note(void *ctx, const struct ordered_event *event)
{
	struct seen *seen = ctx;
	size_t i = seen->count;

	if (i == 32)
		return;
	seen->ts[i] = event->ts;
	seen->cpu[i] = event->cpu;
	seen->type[i] = event->event->type;
	seen->lost[i] = event->lost;
	seen->since[i] = event->lost ? event->lost_since : 0;
	seen->count++;
}

TEST(events_come_by_time_then_cpu_then_births_first)
{
	struct seen seen = {};

	walk("cpus 3\n"
	     "command 100\n"
	     "300 2 waking 100 irq\n"
	     "200 1 waking 100 irq\n"
	     "200 0 new 100\n"
	     "200 0 newtask 101 101 100\n"
	     "100 2 waking 100 irq\n", /* after 300 on its CPU: it counts as 300 */
	     note, &seen);
	CHECK_EQ(seen.count, 5);
	CHECK_EQ(seen.type[0], EVENT_NEWTASK);
	CHECK_EQ(seen.type[1], EVENT_WAKEUP_NEW);
	CHECK_EQ(seen.cpu[2], 1);
	CHECK_EQ(seen.ts[2], 200);
	CHECK_EQ(seen.ts[3], 300);
	CHECK_EQ(seen.ts[4], 300);
}

TEST(a_hole_in_a_sequence_is_a_loss_with_its_place)
{
	struct seen seen = {};
	struct order_counts counts = walk("cpus 2\n"
					  "command 100\n"
					  "100 0 waking 100 irq\n"
					  "lose 0 5\n"
					  "400 0 waking 100 irq\n"
					  "500 1 waking 100 irq\n"
					  "lose 1 2\n",
					  note, &seen);

	CHECK_EQ(counts.events, 3);
	CHECK_EQ(counts.lost, 7); /* two of them after CPU 1's last record */
	CHECK_EQ(seen.lost[0], 0);
	CHECK_EQ(seen.lost[1], 5);
	CHECK_EQ(seen.since[1], 100);
	CHECK_EQ(seen.lost[2], 0);
}

TEST(a_cpu_of_which_nothing_is_left_has_lost_all)
{
	struct order_counts counts = walk("cpus 3\n"
					  "command 100\n"
					  "100 0 waking 100 irq\n"
					  "lose 2 4\n",
					  NULL, NULL);

	CHECK_EQ(counts.lost, 4);
	/* And where no record at all is left. */
	counts = walk("cpus 1\ncommand 100\ndrop 100 0 waking 100 irq\n", NULL, NULL);
	CHECK_EQ(counts.lost, 1);
}

TEST(births_have_a_sequence_of_their_own)
{
	struct order_counts counts = walk("command 100\n"
					  "100 0 waking 100 irq\n"
					  "drop 150 0 newtask 101 101 100\n"
					  "200 0 waking 100 irq\n"
					  "300 0 newtask 102 102 100\n",
					  NULL, NULL);

	CHECK_EQ(counts.lost, 1);
	CHECK_EQ(counts.events, 3);
}

TEST(copies_of_last_switches_are_not_seen_twice)
{
	struct seen seen = {};

	walk("command 100\n100 0 switch 0 100 R\n200 0 last 100 0\n", note, &seen);
	CHECK_EQ(seen.count, 2);
	CHECK_EQ(seen.type[1], EVENT_SWITCH_LAST);
}

TEST(a_time_before_its_predecessors_is_counted)
{
	struct summary s;
	const struct task_summary *task;

	CHECK_OR_RETURN(drawn_fixture("out_of_order", &s));
	task = drawn_task(&s, 100);
	CHECK_EQ(s.trust.out_of_order, 1);
	CHECK_OR_RETURN(task);
	CHECK_EQ(task->run_ns, 700);
	CHECK_EQ(task->blocked_ns, 200);
	CHECK_EQ(task->wait_wakeup_ns, 100);
	drawn_sums_hold(&s);
	summary_free(&s);
}

/* ---- many records ------------------------------------------------------------------------------
 */

#define CROWD_CPUS 150

static uint64_t crowd_seed;

static uint64_t crowd_random(uint64_t below)
{
	crowd_seed = crowd_seed * 6364136223846793005ull + 1442695040888963407ull;
	return (crowd_seed >> 33) % below;
}

static uint64_t hash_of(int cpu, const struct event_head *head)
{
	uint64_t parts[] = { cpu, head->ts, head->seq, head->type, head->size }, hash = 0;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		hash = (hash ^ parts[i]) * 1099511628211ull;
	return hash ^ hash >> 32;
}

/*
 * Records of many CPUs at few times, so that they meet; a third of all on one CPU, so that it runs
 * on alone; with holes, births, and clocks that step back. The sum of their hashes; 0: not written.
 */
static uint64_t crowd_write(const char *path, int cpus, uint32_t records)
{
	uint64_t ts[CROWD_CPUS] = {}, sum = 0;
	uint32_t seq[CROWD_CPUS][STREAM_COUNT] = {};
	struct trace_writer *w;

	crowd_seed = 1;
	if (trace_create(&w, path, cpus))
		return 0;
	trace_write_section(w, SECTION_MACHINE, "{}", 2);
	trace_write_section(w, SECTION_RUN, "{}", 2);
	for (uint32_t i = 0; i < records; i++) {
		int cpu = crowd_random(3) ? crowd_random(cpus) : 0;
		struct newtask_event birth = { .parent = i };
		struct waking_event waking = { .tid = i };
		bool born = !crowd_random(9);
		struct event_head *head = born ? &birth.head : &waking.head;

		ts[cpu] += crowd_random(40) - !crowd_random(50);
		seq[cpu][born] += 1 + (crowd_random(99) ? 0 : crowd_random(5));
		*head = (struct event_head){ ts[cpu], seq[cpu][born] - 1,
					     born ? EVENT_NEWTASK : EVENT_WAKING, 0,
					     born ? sizeof(birth) : sizeof(waking) };
		sum += hash_of(cpu, head);
		trace_append(w, born ? SECTION_LIFECYCLE : SECTION_SCHED, cpu, head);
	}
	return trace_close(w) ? 0 : sum;
}

struct crowd_walk {
	uint64_t sum, misplaced;
	struct order_counts counts;
};

static bool is_misplaced(const struct ordered_event *o, const struct ordered_event *before,
			 bool was_birth)
{
	bool birth = o->event->type == EVENT_NEWTASK;

	if (o->ts != before->ts)
		return o->ts < before->ts;
	return o->cpu < before->cpu || (o->cpu == before->cpu && birth && !was_birth);
}

/* What lies ahead of the event in hand, which is *ctx. */
struct crowd_ahead {
	uint64_t ts, told, odd;
};

static void look_ahead(void *ctx, const struct ordered_event *soon,
		       const struct ordered_event *later)
{
	struct crowd_ahead *ahead = ctx;

	ahead->told++;
	ahead->odd += soon->ts < ahead->ts ||
		      (later && (later->ts < soon->ts || later->cpu != soon->cpu));
}

static struct crowd_walk crowd_pass(struct trace *t)
{
	struct crowd_ahead ahead = {};
	struct ordered_event before = { .cpu = -1 }, *event;
	struct crowd_walk walked = {};
	struct event_order *order;
	bool was_birth = false;

	order = event_order_open(t);
	if (!CHECK(order))
		return walked;
	event_order_look_ahead(order, look_ahead, &ahead);
	while (event_order_next(order, &event) > 0) {
		ahead.ts = event->ts;
		walked.sum += hash_of(event->cpu, event->event);
		walked.misplaced += is_misplaced(event, &before, was_birth);
		was_birth = event->event->type == EVENT_NEWTASK;
		before = *event;
	}
	walked.counts = *event_order_counts(order);
	CHECK_EQ(ahead.odd, 0);
	CHECK_EQ(ahead.told > 0, t->cpu_count == CROWD_CPUS); /* only where there are many */
	event_order_close(order);
	return walked;
}

TEST(each_event_comes_once_and_in_its_place_in_every_pass)
{
	static const struct {
		int cpus;
		uint32_t records;
	} crowds[] = { { 1, 1 }, { 1, 5000 }, { 2, 40000 }, { 7, 30000 }, { CROWD_CPUS, 60000 } };
	char path[] = "/tmp/schedlab-unit-XXXXXX";

	close(mkstemp(path));
	for (size_t i = 0; i < sizeof(crowds) / sizeof(crowds[0]); i++) {
		uint64_t sum = crowd_write(path, crowds[i].cpus, crowds[i].records);
		struct crowd_walk first, second;
		struct trace t;

		if (!CHECK(sum) || !CHECK_EQ(trace_open(&t, path), 0))
			break;
		first = crowd_pass(&t);
		second = crowd_pass(&t);
		CHECK_EQ(first.misplaced, 0);
		CHECK_EQ(first.counts.events, crowds[i].records);
		CHECK_EQ(first.sum, sum);
		CHECK(i < 2 || first.counts.lost);
		CHECK(i < 2 || first.counts.out_of_order);
		CHECK_EQ(second.sum, sum);
		CHECK_EQ(second.misplaced, 0);
		CHECK(!memcmp(&first.counts, &second.counts, sizeof(first.counts)));
		trace_release(&t);
	}
	unlink(path);
}

TEST(one_may_stop_before_the_end)
{
	static const uint64_t taken[] = { 0, 1, 100, 9000 };
	char path[] = "/tmp/schedlab-unit-XXXXXX";

	close(mkstemp(path));
	CHECK(crowd_write(path, 3, 40000));
	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
		struct event_order *order;
		struct ordered_event *event;
		struct trace t;

		CHECK_OR_RETURN(trace_open(&t, path) == 0);
		order = event_order_open(&t);
		CHECK_OR_RETURN(order);
		for (uint64_t n = 0; n < taken[i]; n++)
			CHECK_EQ(event_order_next(order, &event), 1);
		event_order_close(order);
		trace_release(&t);
	}
	unlink(path);
}

int main(void)
{
	RUN(events_come_by_time_then_cpu_then_births_first);
	RUN(a_hole_in_a_sequence_is_a_loss_with_its_place);
	RUN(a_cpu_of_which_nothing_is_left_has_lost_all);
	RUN(births_have_a_sequence_of_their_own);
	RUN(copies_of_last_switches_are_not_seen_twice);
	RUN(a_time_before_its_predecessors_is_counted);
	RUN(each_event_comes_once_and_in_its_place_in_every_pass);
	RUN(one_may_stop_before_the_end);
	return check_done("event_order");
}
