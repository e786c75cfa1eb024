/* SPDX-License-Identifier: MIT */
/*
 * Which switches are in both accounts where a snapshot's row was read while tasks ran on. Drawn for
 * 100, which runs on CPU 0 and is recorded from 20000 to 90000:
 *
 *	  row read                                               row read
 *	  10000 - 12000            20000                 90000   91000 - 93000
 *	------|---|-- switch? --------| window ------------|--------|---|-- switch?
 */
#include "drawn_trace.h"

static const char living[] = "target pids 100\nattached 20000\nended 90000\n"
			     "rows 10000 12000\nrows_end 91000 93000\ntask 7 7 other state=S\n";

/* What is drawn, of the task by `row`; the sums of both accounts are to be `switches`. */
static void check_counts(const char *row, const char *records, uint64_t switches)
{
	char text[1024];
	struct summary s;

	snprintf(text, sizeof(text), "%stask 100 100 own state=R on_cpu %s\n%s", living, row,
		 records);
	CHECK_OR_RETURN(drawn_analyze(text, &s));
	CHECK_EQ(s.trust.checked_tasks, 1);
	CHECK_EQ(s.trust.switches, switches);
	CHECK_EQ(s.trust.kernel_switches, switches);
	CHECK_EQ(s.trust.verdict, TRUST_WHOLE);
	for (size_t i = 0; i < s.trust.warning_count; i++)
		CHECK_STR(s.trust.warnings[i], "");
	drawn_sums_hold(&s);
	summary_free(&s);
}

/* The kernel's own number in each record tells whether the row has it, even shortly after it. */
TEST(a_block_that_a_row_has_counted_is_counted_by_it_alone)
{
	check_counts("nvcsw=3 row_nvcsw=5",
		     "9000 0 switch 0 100 R\n11000 0 switch 100 0 S syscall=read\n"
		     "11500 0 waking 100 irq\n11600 0 switch 0 100 R\n"
		     "12500 0 switch 100 0 S syscall=read\n13000 0 waking 100 irq\n"
		     "13500 0 switch 0 100 R\n30000 0 switch 100 0 S syscall=read\n"
		     "31000 0 waking 100 irq\n31500 0 switch 0 100 R\n",
		     1);
	check_counts("", "9000 0 switch 0 100 R\n94000 0 switch 100 0 S\n", 1);
}

/* While a row is read nobody can say whether it has a preemption: as the kernel counts, it is. */
TEST(a_preemption_while_a_row_is_read_is_counted_as_the_row_has_it)
{
	static const char *const during = "9000 0 switch 0 100 R\n"
					  "11000 0 switch 100 7 R preempt\n"
					  "13000 0 switch 7 100 S\n";

	check_counts("row_nivcsw=1", during, 0);
	check_counts("row_nivcsw=0", during, 1);
	check_counts("",
		     "9000 0 switch 0 100 R\n40000 0 switch 100 7 R preempt\n"
		     "50000 0 switch 7 100 S\n92000 0 switch 100 7 R preempt\n",
		     2);
}

int main(void)
{
	RUN(a_block_that_a_row_has_counted_is_counted_by_it_alone);
	RUN(a_preemption_while_a_row_is_read_is_counted_as_the_row_has_it);
	return check_done("timeline counts");
}
