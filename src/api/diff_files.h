/* SPDX-License-Identifier: MIT */
/*
 * The files of one side: each that is named is a run, and of a folder each profile in it, in the
 * order of their names. A profile is what ends as one of a format that can be read, gzipped or not;
 * hidden files and folders within are passed over. Some endings may be anything's: .txt, .json, .jsonl,
 * .ndjson. Files of these count only where the folder has no others, and only if they can be read as a
 * profile; else they are passed over, which is to be said.
 */
#ifndef PYPROF_API_DIFF_FILES_H
#define PYPROF_API_DIFF_FILES_H

#include "api/diff.h"
#include "profile/filter.h"

#define DIFF_FILES_MAX 10000 /* of one side */

struct diff_file {
	char *path;
	bool unsure; /* it may be no profile */
};

struct diff_files {
	struct diff_file *files;
	size_t n, cap;
	struct str passed; /* "a/README.txt, b/x.json": that were passed over */
	size_t n_passed;
};

/* diff_files_deinit() it, also after a failure. Errors: IO (a folder), USAGE (a folder without
 * profiles; nothing at all), LIMIT, NOMEM. */
enum pyprof_status diff_files_find(struct diff_files *files, const char *const *paths, size_t n,
				   struct pyprof_error *err);
void diff_files_deinit(struct diff_files *files);

/*
 * Puts the filter's part (NULL: all) in the place of the profile, where it is another; *empty: there is
 * nothing in it. `parts`: which files or modules there are (profile/filter.h); NULL: as their paths say.
 * Where it fails the profile is as it was. Errors: those of take_part(), but for that.
 */
enum pyprof_status diff_take_part(struct profile **profile, const struct pyprof_filter *filter,
				  const struct profile_part *parts, bool *empty,
				  struct pyprof_error *err);

/*
 * Reads them, with what is passed over, and takes the filter's part of each, unless rows are files or
 * modules: then that is diff_fold()'s. Errors: those of input_read() and take_part().
 */
enum pyprof_status diff_files_read(struct diff_runs *runs, struct diff_files *files,
				   const struct pyprof_diff_opts *opts, struct pyprof_error *err);

#endif
