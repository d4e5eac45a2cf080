/* SPDX-License-Identifier: MIT */
/*
 * A profile watched while it grows: what was added over the last interval, and all there is; by
 * function or line, by thread or process. The model behind pyprof_live_* (libpyprof.h says what the
 * questions mean); it reads the profile alone, so any profile will do.
 *
 * An update takes in the samples that were touched since the one before (profile_watch()), at
 * the cost of their frames and not of the profile. Between two updates the profile may be fed:
 * answers are about the last update. Tables of sums are made when they are first asked for, in one
 * pass over the tree, and kept up to date from then on: two at a time, so that memory is bounded by
 * the profile's own size.
 *
 * The owner calls live_destroy(); the profile outlives it, and has one watcher at a time.
 */
#ifndef PYPROF_PROFILE_LIVE_H
#define PYPROF_PROFILE_LIVE_H

#include "profile/profile.h"

struct live;

/* What the profile holds already is recent at the first update. Errors: NOMEM. */
enum pyprof_status live_create(struct live **out, struct profile *profile,
			       struct pyprof_error *err);
void live_destroy(struct live *live); /* NULL is fine */

/* The functions of libpyprof.h without their prefix. Queries are whole: of our own size. */
enum pyprof_status live_update(struct live *live, struct pyprof_error *err);
enum pyprof_status live_reset(struct live *live, struct pyprof_error *err);

enum pyprof_status live_rows(struct live *live, const struct pyprof_live_query *query,
			     struct pyprof_live_row *rows, size_t max, size_t *n, size_t *of,
			     uint64_t *whole, struct pyprof_error *err);

enum pyprof_status live_one(struct live *live, const struct pyprof_live_query *query, uint32_t id,
			    struct pyprof_live_row *row, uint64_t *whole,
			    struct pyprof_error *err);

/* Callers, or else callees. */
enum pyprof_status live_calls(struct live *live, const struct pyprof_live_query *query,
			      uint32_t id, bool callers, struct pyprof_live_row *rows, size_t max,
			      size_t *n, size_t *of, struct pyprof_error *err);

/* Those that had something recently first, then by their ids. They cannot fail. */
void live_threads(const struct live *live, struct pyprof_live_thread *threads, size_t max,
		  size_t *n, size_t *of);
void live_processes(const struct live *live, struct pyprof_live_thread *processes, size_t max,
		    size_t *n, size_t *of);

/* As profile/view.h shortens it. */
const char *live_short_path(const struct live *live, const char *file);

enum pyprof_status live_flame(struct live *live, const struct pyprof_live_query *query, int span,
			      uint32_t under, uint64_t least, struct pyprof_live_box *boxes,
			      size_t max, size_t *n, uint64_t *whole, struct pyprof_error *err);

#endif
