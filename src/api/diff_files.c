/* SPDX-License-Identifier: MIT */
#include "api/diff_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "api/write.h"
#include "base/array.h"
#include "base/cleanup.h"
#include "base/str.h"
#include "format/format.h"
#include "format/input.h"

void diff_files_deinit(struct diff_files *files)
{
	for (size_t i = 0; i < files->n; i++)
		free(files->paths[i]);
	free(files->paths);
	*files = (struct diff_files){ 0 };
}

/* ---- which ------------------------------------------------------------------------- */

static bool ends_in(const char *name, size_t len, const char *ending)
{
	size_t ending_len = strlen(ending);

	return len > ending_len && !strncasecmp(name + len - ending_len, ending, ending_len);
}

static bool is_profile(const char *name)
{
	size_t len = strlen(name);

	for (const struct format *const *f = formats; *f; f++)
		for (size_t i = 0; (*f)->read && (*f)->endings && (*f)->endings[i]; i++)
			if (ends_in(name, len, (*f)->endings[i]) ||
			    (ends_in(name, len, ".gz") &&
			     ends_in(name, len - strlen(".gz"), (*f)->endings[i])))
				return true;
	return false;
}

static enum pyprof_status add(struct diff_files *files, char *path, struct pyprof_error *err)
{
	if (!path)
		return error_nomem(err);
	if (files->n == DIFF_FILES_MAX) {
		free(path);
		return error_set(err, PYPROF_ERR_LIMIT, "a side has more than %d files",
				 DIFF_FILES_MAX);
	}
	if (!array_grow(files->paths, files->n, files->cap)) {
		free(path);
		return error_nomem(err);
	}
	files->paths[files->n++] = path;
	return PYPROF_OK;
}

static bool is_file(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && !S_ISDIR(st.st_mode);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
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
	size_t first = files->n, len = strlen(path);
	enum pyprof_status status = PYPROF_OK;
	struct dirent *entry;

	if (!folder)
		return error_set_errno(err, PYPROF_ERR_IO, errno, "cannot look into %.200s", path);
	while (!status && (errno = 0, entry = readdir(folder))) {
		_cleanup_(str_deinit) struct str file = STR_INIT;

		if (entry->d_name[0] == '.' || !is_profile(entry->d_name))
			continue;
		str_printf(&file, "%s%s%s", path, len && path[len - 1] == '/' ? "" : "/",
			   entry->d_name);
		if (file.failed || is_file(str_cstr(&file)))
			status = add(files, str_take(&file), err);
	}
	if (!status && errno)
		return error_set_errno(err, PYPROF_ERR_IO, errno, "cannot read the folder %.200s",
				       path);
	if (!status && files->n == first) {
		error_set(err, PYPROF_ERR_USAGE, "%.200s: there is no profile in this folder", path);
		error_hint(err, "a profile is known by its ending, as .pb.gz or .folded; name the "
				"files else");
		return PYPROF_ERR_USAGE;
	}
	qsort(files->paths + first, files->n - first, sizeof(*files->paths), by_name);
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
			status = add(files, strdup(paths[i]), err);
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
				  bool *empty, struct pyprof_error *err)
{
	enum pyprof_granularity granularity = filter ? filter->granularity : PYPROF_LINES;
	struct profile *part = NULL;
	enum pyprof_status status = take_part(&part, *profile, filter, granularity, err);

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
	} else {
		status = diff_take_part(out, opts->filter, empty, err);
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

enum pyprof_status diff_files_read(struct diff_runs *runs, const struct diff_files *files,
				   const struct pyprof_diff_opts *opts, struct pyprof_error *err)
{
	enum pyprof_status status = PYPROF_OK;

	runs->profiles = calloc(files->n, sizeof(struct profile *));
	runs->names = calloc(files->n, sizeof(*runs->names));
	if (!runs->profiles || !runs->names)
		return error_nomem(err);
	for (size_t i = 0; !status && i < files->n; i++) {
		bool empty = false;

		runs->n = i + 1;
		runs->names[i] = strdup(files->paths[i]);
		status = runs->names[i] ? read_one(&runs->profiles[i], files->paths[i], &empty,
						   opts, err) :
					  error_nomem(err);
		runs->n_empty += empty;
	}
	return status;
}
