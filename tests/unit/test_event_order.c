/* SPDX-License-Identifier: MIT */
#include "drawn_trace.h"
#include "event_order.h"

/* Calls `see` for each event of the drawing in order. */
static struct order_counts walk(const char *text, void (*see)(void *, const struct ordered_event *),
				void *ctx)
{
	char path[] = "/tmp/drawn-XXXXXX";
	struct order_counts counts = {};
	struct event_order *order;
	struct ordered_event event;
	struct trace t;

	close(mkstemp(path));
	if (CHECK(drawn_write(text, path)) && CHECK_EQ(trace_open(&t, path), 0)) {
		if (CHECK_EQ(event_order_open(&order, &t), 0)) {
			while (event_order_next(order, &event) > 0)
				if (see)
					see(ctx, &event);
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
	seen->since[i] = event->lost_since;
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

int main(void)
{
	RUN(events_come_by_time_then_cpu_then_births_first);
	RUN(a_hole_in_a_sequence_is_a_loss_with_its_place);
	RUN(a_cpu_of_which_nothing_is_left_has_lost_all);
	RUN(births_have_a_sequence_of_their_own);
	RUN(copies_of_last_switches_are_not_seen_twice);
	RUN(a_time_before_its_predecessors_is_counted);
	return check_done("event_order");
}
