/* SPDX-License-Identifier: MIT */
/* What a signal that ends schedlab must not leave behind: a scratch trace, a trace of no run. */
#ifndef LEFTOVER_H
#define LEFTOVER_H

/*
 * From now on SIGINT, SIGTERM, SIGHUP and SIGQUIT, where they would end schedlab, first remove the
 * file and, if not NULL, the folder that is then empty. The texts are copied. Does nothing while
 * others are kept in mind already; returns whether it did.
 */
int leftover_keep_in_mind(const char *file, const char *folder);

/* They are gone, or worth keeping. */
void leftover_forget(void);

#endif
