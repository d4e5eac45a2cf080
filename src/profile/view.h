/* SPDX-License-Identifier: MIT */
/*
 * A view: how a profile's stacks are shown, whatever the format: which frames, how they are
 * named. One place decides, so that folded text and picture always agree.
 *
 * The texts of a frame:
 *   by line:      "qualname (file:line)"
 *   by function:  "qualname (file)"
 *   a process:    "process PID (COMMAND)", below the root
 *   a thread:     "thread TID (NAME)", below its process, or the root
 *   truncated:    "[truncated]", a leaf frame below what was proven
 * What is not known is left out: "qualname (file)" without a line, "qualname" without a file
 * and a line, "thread TID" without a name; "thread ?" without an id.
 *
 * Two frames of one text under one parent are one node, whatever functions they were; only
 * the truncation mark never joins with a function of that name. Texts are as the target
 * has them: any character may be in a name, newlines and lone surrogates (in three-byte
 * form) included, so who writes them escapes them.
 *
 * A view belongs to the caller (view_destroy()) and is immutable; the profile must live
 * longer and not be fed meanwhile.
 */
#ifndef PYPROF_PROFILE_VIEW_H
#define PYPROF_PROFILE_VIEW_H

#include "base/str.h"
#include "profile/profile.h"

struct view_opts {
	bool by_process;  /* a frame per process at the root */
	bool by_thread;	  /* a frame per thread at the root, or below its process */
	bool by_function; /* merge lines of one function */
	bool full_path;	  /* whole file names */
	bool all_metrics; /* show what has a value in any metric, not only in the one */
	size_t metric;	  /* whose values self and total are: an index; default 0 */
};

struct view;

/*
 * Builds the tree of what has a value other than 0 in the metric (or in any); time and memory
 * are linear in the frames shown, whatever their depth. `opts` may be NULL: the defaults.
 * Errors: USAGE (no such metric), NOMEM.
 */
enum pyprof_status view_create(struct view **out, const struct profile *profile,
			       const struct view_opts *opts, struct pyprof_error *err);
void view_destroy(struct view *view); /* NULL is fine */

/*
 * The tree as shown. Node 0 is the root, whose text is empty; parents come before children.
 * Children are sorted by the bytes of their text, the truncation mark behind its namesake.
 * self is what was seen with this frame as the leaf, total adds the children's (saturating).
 */
struct view_node {
	uint32_t parent; /* PROFILE_NONE: the root's */
	uint32_t text;	 /* into view_text() */
	uint32_t first_child, next_sibling; /* PROFILE_NONE: none */
	uint64_t self, total;
};
const struct view_node *view_nodes(const struct view *view, size_t *n);

/* The leaf that each sample of the profile is shown at, by its index; PROFILE_NONE: it is not. */
const uint32_t *view_leaves(const struct view *view);

/* What it was built with. */
const struct view_opts *view_opts(const struct view *view);

enum view_kind {
	VIEW_ROOT = 0,
	VIEW_FUNCTION,
	VIEW_PROCESS,
	VIEW_THREAD,
	VIEW_TRUNCATED,
};

/*
 * A text and its parts: its first name_len bytes are the name; where has_file, there follow
 * " (", file_len bytes of file name (for a thread its name, for a process its command), ":line" where line is not 0,
 * and ")".
 */
struct view_text {
	const char *bytes; /* len of them, NUL-terminated; the view's */
	size_t len, name_len, file_len;
	int32_t line;
	enum view_kind kind;
	bool has_file;
	uint32_t function; /* one that it names; PROFILE_NONE where it names none */
	uint32_t location; /* the same, where it has a line */
};
size_t view_text_count(const struct view *view);
struct view_text view_text_parts(const struct view *view, uint32_t text);
const char *view_text(const struct view *view, uint32_t text, size_t *len);

/* What the frame is, for colours: the function, or PROFILE_NONE (root, thread, truncated). */
uint32_t view_node_function(const struct view *view, uint32_t node);

/*
 * A file name as shown without full_path, appended to *out: what lies below the last
 * site-packages, dist-packages or lib/pythonX.Y (lib64 alike) in it; else what lies below
 * `cwd` (may be NULL); else the path as it is, as are names in angle brackets (<string>,
 * <frozen os>). Shortening a short path changes nothing.
 */
void view_short_path(struct str *out, const char *path, const char *cwd);

/* The same, as a part of `path`: its end. */
const char *view_short_path_of(const char *path, const char *cwd);

#endif
