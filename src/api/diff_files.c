/* SPDX-License-Identifier: MIT */
#include "api/diff_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "api/diff_fold.h"
#include "api/write.h"
#include "base/array.h"
#include "base/cleanup.h"
#include "base/str.h"
#include "format/format.h"
#include "format/input.h"

#define PASSED_NAMED  3 /* of what is passed over */
#define FOLDERS_NAMED 20 /* of what is within */

void diff_files_deinit(struct diff_files *files)
{
	for (size_t i = 0; i < files->n; i++)
		free(files->files[i].path);
	free(files->files);
	str_deinit(&files->passed);
	*files = (struct diff_files){ 0 };
}

/* ---- which ------------------------------------------------------------------------- */

static bool ends_in(const char *name, size_t len, const char *ending)
{
	size_t ending_len = strlen(ending);

	return len > ending_len && !strncasecmp(name + len - ending_len, ending, ending_len);
}

enum likelihood { NO_PROFILE, UNSURE, SURE };

/* Without .gz. */
static enum likelihood likelihood_of(const char *name, size_t len)
{
	static const char *const unsure[] = { ".txt", ".jsonl", ".ndjson" };

	for (size_t i = 0; i < ARRAY_SIZE(unsure); i++)
		if (ends_in(name, len, unsure[i]))
			return UNSURE;
	for (const struct format *const *f = formats; *f; f++)
		for (size_t i = 0; (*f)->read && (*f)->endings && (*f)->endings[i]; i++)
			if (ends_in(name, len, (*f)->endings[i]))
				return SURE;
	return ends_in(name, len, ".json") ? UNSURE : NO_PROFILE;
}

static enum likelihood is_profile(const char *name)
{
	size_t len = strlen(name);
	enum likelihood as_it_is = likelihood_of(name, len);

	return as_it_is || !ends_in(name, len, ".gz") ? as_it_is :
							likelihood_of(name, len - strlen(".gz"));
}

static void pass_over(struct diff_files *files, const char *path)
{
	if (files->n_passed++ < PASSED_NAMED)
		str_printf(&files->passed, "%s%.200s", files->passed.len ? ", " : "", path);
}

static enum pyprof_status add(struct diff_files *files, char *path, bool unsure,
			      struct pyprof_error *err)
{
	if (!path)
		return error_nomem(err);
	if (files->n == DIFF_FILES_MAX) {
		free(path);
		return error_set(err, PYPROF_ERR_LIMIT, "a side has more than %d files",
				 DIFF_FILES_MAX);
	}
	if (!array_grow(files->files, files->n, files->cap)) {
		free(path);
		return error_nomem(err);
	}
	files->files[files->n++] = (struct diff_file){ path, unsure };
	return PYPROF_OK;
}

static bool is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* One of a folder; what may be none comes last. */
static int by_name(const void *a, const void *b)
{
	const struct diff_file *x = a, *y = b;

	return x->unsure != y->unsure ? x->unsure - y->unsure : strcmp(x->path, y->path);
}

/* Beside surely profiles, what may be none is none. */
static void drop_unsure(struct diff_files *files, size_t first)
{
	size_t n = first;

	for (size_t i = first; i < files->n; i++)
		n += !files->files[i].unsure;
	if (n == first)
		return;
	for (size_t i = n; i < files->n; i++) {
		pass_over(files, files->files[i].path);
		free(files->files[i].path);
	}
	files->n = n;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The folders within: of one that has no profiles they may be the sides. */
struct within {
	char **names;
	size_t n, cap;
};

static void within_deinit(struct within *within)
{
	for (size_t i = 0; i < within->n; i++)
		free(within->names[i]);
	free(within->names);
}

static bool within_add(struct within *within, const char *name)
{
	char *copy;

	if (within->n == FOLDERS_NAMED)
		return true;
	copy = strdup(name);
	if (!copy || !array_grow(within->names, within->n, within->cap)) {
		free(copy);
		return false;
	}
	within->names[within->n++] = copy;
	return true;
}

static bool within_has(const struct within *within, const char *name)
{
	for (size_t i = 0; i < within->n; i++)
		if (!strcmp(within->names[i], name))
			return true;
	return false;
}

static enum pyprof_status say_no_profile(const char *path, struct within *within,
					 struct pyprof_error *err)
{
	_cleanup_(str_deinit) struct str names = STR_INIT;
	int len = (int)strnlen(path, 200);

	while (len > 1 && path[len - 1] == '/')
		len--;
	if (within->n)
		qsort(within->names, within->n, sizeof(*within->names), by_text);
	for (size_t i = 0; i < within->n; i++)
		str_printf(&names, "%s%.80s", i ? ", " : "", within->names[i]);
	if (names.failed)
		return error_nomem(err);
	error_set(err, PYPROF_ERR_USAGE, "%.*s: there is no profile in this folder%s%s", len, path,
		  within->n ? "; within are the folders " : "", str_cstr(&names));
	if (within_has(within, "base") && within_has(within, "head"))
		error_hint(err, "did you mean: pyprof diff %.*s/base %.*s/head", len, path, len, path);
	else if (within->n)
		error_hint(err, "name the folder that the runs of a side are in, as %.*s/%.80s", len,
			   path, within->names[0]);
	else
		error_hint(err, "in a folder a profile is known by its ending, as .pb.gz or .folded; "
				"files of other endings have to be named");
	return PYPROF_ERR_USAGE;
}

static void close_folder(DIR **folder)
{
	if (*folder)
		closedir(*folder);
}

static enum pyprof_status add_folder(struct diff_files *files, const char *path,
				     struct pyprof_error *err)
{
	_cleanup_(close_folder) DIR *folder = opendir(path);
	_cleanup_(within_deinit) struct within within = { 0 };
	size_t first = files->n, len = strlen(path);
	enum pyprof_status status = PYPROF_OK;
	struct dirent *entry;

	if (!folder)
		return error_set_errno(err, PYPROF_ERR_IO, errno, "cannot look into %.200s", path);
	while (!status && (errno = 0, entry = readdir(folder))) {
		_cleanup_(str_deinit) struct str file = STR_INIT;
		enum likelihood likelihood = is_profile(entry->d_name);

		if (entry->d_name[0] == '.')
			continue;
		str_printf(&file, "%s%s%s", path, len && path[len - 1] == '/' ? "" : "/",
			   entry->d_name);
		if (file.failed)
			status = error_nomem(err);
		else if (is_folder(str_cstr(&file)))
			status = within_add(&within, entry->d_name) ? PYPROF_OK : error_nomem(err);
		else if (likelihood)
			status = add(files, str_take(&file), likelihood == UNSURE, err);
	}
	if (!status && errno)
		return error_set_errno(err, PYPROF_ERR_IO, errno, "cannot read the folder %.200s",
				       path);
	if (!status && files->n == first)
		return say_no_profile(path, &within, err);
	if (files->n > first)
		qsort(files->files + first, files->n - first, sizeof(*files->files), by_name);
	drop_unsure(files, first);
	return status;
}

enum pyprof_status diff_files_find(struct diff_files *files, const char *const *paths, size_t n,
				   struct pyprof_error *err)
{
	enum pyprof_status status = PYPROF_OK;

	*files = (struct diff_files){ 0 };
	if (!n)
		return error_set(err, PYPROF_ERR_USAGE, "a side has no profile");
	for (size_t i = 0; !status && i < n; i++) {
		struct stat st;

		if (strcmp(paths[i], "-") != 0 && stat(paths[i], &st) == 0 && S_ISDIR(st.st_mode))
			status = add_folder(files, paths[i], err);
		else
			status = add(files, strdup(paths[i]), false, err);
	}
	return status;
}

/* ---- what is in them ----------------------------------------------------------------- */

/* Times of one name are one metric, whatever they are counted in. */
static const struct {
	const char *unit;
	uint64_t ns;
} units[] = { { "microseconds", 1000 },	   { "us", 1000 },	   { "milliseconds", 1000000 },
	      { "ms", 1000000 },	   { "seconds", 1000000000 }, { "s", 1000000000 },
	      { "ns", 1 } };

static bool count_in_nanoseconds(struct profile *profile)
{
	for (size_t m = 0; m < profile->n_metrics; m++) {
		struct profile_metric *metric = &profile->metrics[m];

		for (size_t u = 0; u < ARRAY_SIZE(units); u++) {
			char *unit;

			if (strcmp(metric->unit, units[u].unit) != 0)
				continue;
			unit = strdup("nanoseconds");
			if (!unit)
				return false;
			free((char *)(uintptr_t)metric->unit);
			metric->unit = unit;
			for (size_t i = 0; i < profile->n_samples; i++) {
				uint64_t *value = &profile->values[i * profile->n_metrics + m];

				if (__builtin_mul_overflow(*value, units[u].ns, value))
					*value = UINT64_MAX;
			}
			break;
		}
	}
	return true;
}

/* A recording that has nothing of what is asked for: a side may be without it, as of what is new. */
static enum pyprof_status make_empty(struct profile **out, const struct profile *of,
				     struct pyprof_error *err)
{
	enum pyprof_status status = profile_create(out, of->metrics, of->n_metrics, err);

	if (status)
		return status;
	(*out)->default_metric = of->default_metric;
	if (profile_info_copy(&(*out)->info, &of->info))
		return PYPROF_OK;
	profile_destroy(*out);
	*out = NULL;
	return error_nomem(err);
}

enum pyprof_status diff_take_part(struct profile **profile, const struct pyprof_filter *filter,
				  const struct profile_part *parts, bool *empty,
				  struct pyprof_error *err)
{
	enum pyprof_granularity granularity = filter ? filter->granularity : PYPROF_LINES;
	struct profile *part = NULL;
	enum pyprof_status status = parts ? take_folded_part(&part, *profile, filter, parts, err) :
					    take_part(&part, *profile, filter, granularity, err);

	/* That the expressions can be read has been found out before. */
	*empty = status == PYPROF_ERR_USAGE;
	if (*empty)
		status = make_empty(&part, *profile, err);
	if (part) {
		profile_destroy(*profile);
		*profile = part;
	}
	return status;
}

static enum pyprof_status read_one(struct profile **out, const char *path, bool *empty,
				   const struct pyprof_diff_opts *opts, struct pyprof_error *err)
{
	enum pyprof_status status = input_read(out, path, opts->format, err);

	if (status)
		return status;
	if (!count_in_nanoseconds(*out)) {
		status = error_nomem(err);
	} else if (!diff_folds(opts->filter)) {
		status = diff_take_part(out, opts->filter, NULL, empty, err);
		if (status)
			error_prefix(err, "%.100s", path);
	}
	if (status) {
		profile_destroy(*out);
		*out = NULL;
	} else {
		profile_shrink(*out);
	}
	return status;
}

/* May it be that this is no profile? */
static bool is_unreadable(const struct diff_file *file, enum pyprof_status status)
{
	return file->unsure && (status == PYPROF_ERR_CORRUPT || status == PYPROF_ERR_USAGE);
}

static enum pyprof_status tell_passed(struct diff_runs *runs, struct diff_files *files,
				      struct pyprof_error *err)
{
	if (!files->n_passed)
		return PYPROF_OK;
	if (!runs->n)
		return error_set(err, PYPROF_ERR_USAGE, "%s: no profile can be read from %s",
				 str_cstr(&files->passed), files->n_passed > 1 ? "them" : "it");
	if (files->n_passed > PASSED_NAMED)
		str_printf(&files->passed, " and %zu more", files->n_passed - PASSED_NAMED);
	str_add_cstr(&files->passed, files->n_passed > 1 ? " are not taken for runs" :
							   " is not taken for a run");
	str_add_cstr(&files->passed, ": such endings may be anything's");
	if (files->passed.failed)
		return error_nomem(err);
	runs->passed = str_take(&files->passed);
	return runs->passed ? PYPROF_OK : error_nomem(err);
}

enum pyprof_status diff_files_read(struct diff_runs *runs, struct diff_files *files,
				   const struct pyprof_diff_opts *opts, struct pyprof_error *err)
{
	enum pyprof_status status = PYPROF_OK;

	runs->profiles = calloc(files->n, sizeof(struct profile *));
	runs->names = calloc(files->n, sizeof(*runs->names));
	if (!runs->profiles || !runs->names)
		return error_nomem(err);
	for (size_t i = 0; !status && i < files->n; i++) {
		const struct diff_file *file = &files->files[i];
		bool empty = false;

		status = read_one(&runs->profiles[runs->n], file->path, &empty, opts, err);
		if (is_unreadable(file, status)) {
			pass_over(files, file->path);
			status = PYPROF_OK;
			continue;
		}
		if (status)
			break;
		runs->names[runs->n++] = strdup(file->path);
		if (!runs->names[runs->n - 1])
			status = error_nomem(err);
		runs->n_empty += empty;
	}
	return status ? status : tell_passed(runs, files, err);
}
