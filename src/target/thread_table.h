/* SPDX-License-Identifier: MIT */
/*
 * Threads as they were recorded in an image, or thread ids seen in a nested PID namespace.
 * Private to the room.
 */
#ifndef PYPROF_TARGET_THREAD_TABLE_H
#define PYPROF_TARGET_THREAD_TABLE_H

#include "target/target.h"

#define THREAD_COMM_MAX 64 /* the kernel's own limit is 16 for user threads */

struct thread_entry {
	pid_t tid;
	pid_t ns_tid;
	char state;
	char comm[THREAD_COMM_MAX];
};

struct thread_table {
	struct thread_entry *entries;
	size_t n, cap;
};

struct thread_table *thread_table_create(void);
void thread_table_destroy(struct thread_table *table); /* NULL is fine */

/* Parses the note "threads". Errors: CORRUPT (naming the line), NOMEM. */
enum pyprof_status thread_table_parse(struct thread_table *table, const char *text, size_t len,
				      struct pyprof_error *err);

/* Appends that note's text for the threads that `target` has now. Errors: GONE, NOMEM. */
enum pyprof_status target_format_threads(const struct target *target, struct str *out,
					 struct pyprof_error *err);

#endif
