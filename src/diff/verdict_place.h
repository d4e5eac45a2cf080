/* SPDX-License-Identifier: MIT */
/*
 * Where in the repository a finding is: for annotations, whose files are below its folder. What does
 * not surely lie there has no place: an annotation at a wrong line is worse than one at none.
 */
#ifndef PYPROF_DIFF_VERDICT_PLACE_H
#define PYPROF_DIFF_VERDICT_PLACE_H

#include "base/str.h"
#include "diff/verdict_say.h"

/* The repository's folder, as it was given, made absolute, and with its symbolic links followed. */
struct place_root {
	char *given, *real; /* NULL: cannot be found out */
};

/* `folder` NULL or "": the current one. place_root_deinit() it, also after a failure. Errors: NOMEM. */
enum pyprof_status place_root_init(struct place_root *root, const char *folder,
				   struct pyprof_error *err);
void place_root_deinit(struct place_root *root);

/*
 * Appends the file of a function, relative to the root: valid UTF-8 without control characters. False,
 * and nothing, where it has none there: a module, the total; a function that the head does not have; a
 * file outside, of the standard library or an installed package; code that is in no file; a relative
 * name whose folder is not known.
 */
bool place_find(struct str *out, const struct place_root *root,
		const struct verdict_say_opts *opts, const struct runs_item *item);

/*
 * Appends 32 hexadecimal digits that stand for a finding: FNV-1a of 128 bits (IETF draft-eastlake-fnv)
 * of `check` and the i-th item's kind, name and file, each ended by a NUL, and of words_nth() as a
 * decimal number where it is not 0. It stays the same when lines move.
 */
void place_fingerprint(struct str *out, const char *check, const struct verdict *verdict, size_t i);

#endif
