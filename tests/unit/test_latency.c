/* SPDX-License-Identifier: MIT */
/* Run-queue latency, in drawings whose waits are counted by hand. */
#include "common/histogram.h"
#include "drawn_trace.h"

static void check_latency(const struct latency_summary *l, struct latency_summary expected)
{
	CHECK_EQ(l->count, expected.count);
	CHECK_EQ(l->p50, expected.p50);
	CHECK_EQ(l->p90, expected.p90);
	CHECK_EQ(l->p99, expected.p99);
	CHECK_EQ(l->max, expected.max);
}

/* After wakings 300, 50, 300; after a preemption 100. */
TEST(wakings_and_preemptions_are_apart)
{
	struct summary s;

	CHECK_OR_RETURN(drawn_fixture("waking", &s));
	check_latency(&s.latency_wakeup, (struct latency_summary){ 300, 300, 300, 300, 3 });
	check_latency(&s.latency_preempt, (struct latency_summary){ 100, 100, 100, 100, 1 });
	check_latency(&s.tasks[0].runq_latency, (struct latency_summary){ 100, 300, 300, 300, 4 });
	summary_free(&s);
}

/* 101 after wakings: 200 from 1100 on, with a migration; 100 from 2400 on; after preemptions 400,
 * 200 from 2800 on. 100: preempted, 300.
 */
TEST(a_wait_goes_on_in_another_queue)
{
	struct summary s;

	CHECK_OR_RETURN(drawn_fixture("placement", &s));
	check_latency(&s.latency_wakeup, (struct latency_summary){ 100, 200, 200, 200, 2 });
	check_latency(&s.latency_preempt, (struct latency_summary){ 300, 400, 400, 400, 3 });
	check_latency(&drawn_task(&s, 101)->runq_latency,
		      (struct latency_summary){ 200, 400, 400, 400, 4 });
	check_latency(&drawn_task(&s, 100)->runq_latency,
		      (struct latency_summary){ 300, 300, 300, 300, 1 });
	summary_free(&s);
}

/* Both begin at t0 (1000): 300 before it 7's wait; 100 waited from its exec on, never seen to come
 * in by the end. A wait that has not ended is none.
 */
TEST(what_the_window_cuts_counts_for_its_part_or_not_at_all)
{
	struct summary s;

	CHECK_OR_RETURN(drawn_analyze("target pids 100\nattached 1000\nended 3000\n"
				      "task 100 100 own\ntask 7 7 other\n"
				      " 900 0 switch 100 7 R preempt\n"
				      "1400 0 switch 7 100 R preempt\n"
				      "2500 0 switch 100 7 R preempt\n",
				      &s));
	check_latency(&s.latency_preempt, (struct latency_summary){ 400, 400, 400, 400, 1 });
	CHECK_EQ(s.latency_wakeup.count, 0);
	CHECK_EQ(drawn_task(&s, 100)->wait_preempt_ns, 900);
	summary_free(&s);
}

/* 103 waits 100 for its first run and 101 10 for its second; 104, a helper, waits 50. */
TEST(who_is_only_shown_beside_the_program_has_its_own_latency_alone)
{
	struct summary s;

	CHECK_OR_RETURN(drawn_fixture("started", &s));
	check_latency(&s.latency_wakeup, (struct latency_summary){ 10, 100, 100, 100, 2 });
	CHECK_OR_RETURN(drawn_task(&s, 104));
	check_latency(&drawn_task(&s, 104)->runq_latency,
		      (struct latency_summary){ 50, 50, 50, 50, 1 });
	summary_free(&s);
}

static void draw_waits(FILE *out, int count)
{
	uint64_t now = 2000;

	fprintf(out, "command 100\n900 0 switch 0 100 R\n1000 0 exec 100\n");
	for (int i = 1; i <= count; i++) {
		fprintf(out, "%lu 0 switch 100 0 S syscall=read\n", now);
		fprintf(out, "%lu 0 waking 100 irq\n", now + 10);
		fprintf(out, "%lu 0 switch 0 100 R\n", now + 10 + i * 1000);
		now += 20 + i * 1000;
	}
	fprintf(out, "%lu 0 last 100 0\n", now);
}

/* Waits of 1 to 40 us. */
TEST(many_waits_are_told_within_a_sixteenth)
{
	const struct latency_summary *l;
	char *text = NULL;
	struct summary s;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	draw_waits(out, 40);
	fclose(out);
	CHECK_OR_RETURN(drawn_analyze(text, &s));
	l = &s.tasks[0].runq_latency;
	CHECK_EQ(l->count, 40);
	CHECK_NEAR(l->p50, 20000, 20000 * HISTOGRAM_ERROR);
	CHECK_NEAR(l->p90, 36000, 36000 * HISTOGRAM_ERROR);
	CHECK_NEAR(l->p99, 40000, 40000 * HISTOGRAM_ERROR);
	CHECK_EQ(l->max, 40000);
	check_latency(&s.latency_wakeup, *l);
	CHECK_EQ(s.latency_preempt.count, 0);
	summary_free(&s);
	free(text);
}

int main(void)
{
	RUN(wakings_and_preemptions_are_apart);
	RUN(a_wait_goes_on_in_another_queue);
	RUN(what_the_window_cuts_counts_for_its_part_or_not_at_all);
	RUN(who_is_only_shown_beside_the_program_has_its_own_latency_alone);
	RUN(many_waits_are_told_within_a_sixteenth);
	return check_done("latency");
}
