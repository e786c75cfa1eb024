/* SPDX-License-Identifier: MIT */
/* Signals that schedlab itself ignores or that its threads take, and that its command gets as the
 * caller gave them. */
#ifndef COMMAND_SIGNALS_H
#define COMMAND_SIGNALS_H

/* First of all: remembers what the caller ignores. A closed pipe or a file that may not grow is
 * from then on a failed write, said in words. */
void command_signals_take(void);

/* In the command's process, before its exec. */
void command_signals_give_back(void);

#endif
