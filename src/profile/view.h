/* SPDX-License-Identifier: MIT */
/*
 * A view: how a profile's stacks are shown, whatever the format: which frames, how they are
 * named. One place decides, so that folded text and picture always agree.
 *
 * The texts of a frame:
 *   by line:      "qualname (file:line)"
 *   by function:  "qualname (file)"
 *   a thread:     "thread TID (NAME)"
 *   truncated:    "[truncated]", a leaf frame below what was proven
 */
#ifndef PYPROF_PROFILE_VIEW_H
#define PYPROF_PROFILE_VIEW_H

#include "base/str.h"
#include "profile/profile.h"

struct view_opts {
	bool by_thread;	  /* a frame per thread at the root */
	bool by_function; /* merge lines of one function */
	bool full_path;	  /* whole file names */
	size_t metric;	  /* index; default 0 */
};

struct view; /* opts and caches for one profile */

enum pyprof_status view_create(struct view **out, const struct profile *profile,
			       const struct view_opts *opts, struct pyprof_error *err);
void view_destroy(struct view *view);

/* The tree as shown. Node 0 is the root; parents come before children. */
struct view_node {
	uint32_t parent;
	uint32_t text;	/* into view_text() */
	uint32_t first_child, next_sibling; /* PROFILE_NONE: none; children sorted by text */
	uint64_t self, total;
};
const struct view_node *view_nodes(const struct view *view, size_t *n);
const char *view_text(const struct view *view, uint32_t text, size_t *len);

/* What the frame is, for colours: the function, or PROFILE_NONE (thread, truncated). */
uint32_t view_node_function(const struct view *view, uint32_t node);

/*
 * A file name as shown without full_path, appended to *out: what lies below site-packages,
 * dist-packages or lib/pythonX.Y, else below `cwd`, else the path as it is.
 */
void view_short_path(struct str *out, const char *path, const char *cwd);

#endif
