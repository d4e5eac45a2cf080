/* SPDX-License-Identifier: MIT */
/* Threads that wait for each other: circles in who waits for what whom holds. */
#ifndef PYPROF_DUMP_DEADLOCK_H
#define PYPROF_DUMP_DEADLOCK_H

#include "base/str.h"
#include "dump/snapshot.h"

/*
 * Fills in snapshot->cycles from its threads' waits, each circle once, and which of the locks waited
 * for are called alike. False: no memory.
 */
bool deadlock_find(struct snapshot *snapshot);

/*
 * One sentence on cycle `i`: "deadlock: thread 'a' (12) waits for lock_b, held by thread 'b' (13),
 * which waits for lock_a, held by thread 'a'".
 */
void deadlock_sentence(const struct snapshot *snapshot, size_t i, struct str *out);

#endif
