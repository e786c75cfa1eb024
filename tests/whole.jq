# A recording by $way in which nothing is missing: what the tests demand of it on any kernel.
.run.backend == $way and .run.exit_status == 0 and .trust.verdict == "whole" and .trust.lost == 0
and .trust.untraced == 0 and .trust.conflicts == 0 and .trust.out_of_order == 0
and (.trust.unknown_s == 0 or $way == "ftrace")
and ($way == "ftrace" or (.trust.crosscheck | .switches == .kernel_switches and .checked_tasks > 0))
