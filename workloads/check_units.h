/* SPDX-License-Identifier: MIT */
#ifndef CHECK_UNITS_H
#define CHECK_UNITS_H

#include "workload.h"

/* What several bodies ask of their units' results; a body's check may be one of these. */

/* result.checksum, as sixteen hexadecimal digits. */
void result_checksum(json_t *result, uint64_t checksum);

/* All units computed the same: that is the checksum. 0, or -1 after complaining. */
int check_units_equal(const struct workload *workload, json_t *result);

/* Each unit computed a part of the whole, whose checksum is the sum modulo 2^64. Always 0. */
int check_units_sum(const struct workload *workload, json_t *result);

#endif
