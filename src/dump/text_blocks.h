/* SPDX-License-Identifier: MIT */
/* The threads of a process as they are shown: equal ones together, in the block of their first. */
#ifndef PYPROF_DUMP_TEXT_BLOCKS_H
#define PYPROF_DUMP_TEXT_BLOCKS_H

#include "dump/text.h"

struct blocks {
	struct str *notes; /* of each thread: its state, and what changed */
	bool *unchanged;   /* its stack is as in the look before: not shown again */
	size_t *order;	   /* threads, equal ones beside each other */
	size_t *size; /* of the block that a thread is the first of; 0: in another's */
	size_t *at;   /* where that begins in order */
	size_t n;
};

/* The owner calls blocks_deinit(), also where it failed. False: no memory. */
bool blocks_init(struct blocks *blocks, const struct text *text);
void blocks_deinit(struct blocks *blocks);

#endif
