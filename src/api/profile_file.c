/* SPDX-License-Identifier: MIT */
/* Profiles that come from files. */
#include "api/profile_file.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/write.h"
#include "base/cleanup.h"
#include "base/str.h"
#include "format/format.h"
#include "format/input.h"
#include "profile/subtract.h"

static bool is_among(const size_t *at, size_t n, size_t index)
{
	for (size_t i = 0; i < n; i++)
		if (at[i] == index)
			return true;
	return false;
}

/*
 * For each metric of `of` that `in` has too, where `in` has it, each at most once: two may have one
 * name. Returns how many those are.
 */
static size_t find_metrics(const struct profile *of, const struct profile *in,
			   size_t at[PROFILE_MAX_METRICS])
{
	size_t n = 0;

	for (size_t i = 0; i < of->n_metrics; i++) {
		for (size_t k = 0; k < in->n_metrics; k++) {
			if (!is_among(at, n, k) &&
			    !strcmp(of->metrics[i].name, in->metrics[k].name) &&
			    !strcmp(of->metrics[i].unit, in->metrics[k].unit)) {
				at[n++] = k;
				break;
			}
		}
	}
	return n;
}

static void list_metrics(struct str *out, const struct profile *profile)
{
	for (size_t i = 0; i < profile->n_metrics; i++)
		str_printf(out, "%s%s/%s", i ? ", " : "", profile->metrics[i].name,
			   profile->metrics[i].unit);
}

static enum pyprof_status differ(const struct profile *a, const struct profile *b,
				 const char *path, const char *metric, struct pyprof_error *err)
{
	_cleanup_(str_deinit) struct str in_a = STR_INIT;
	_cleanup_(str_deinit) struct str in_b = STR_INIT;

	list_metrics(&in_a, a);
	list_metrics(&in_b, b);
	error_set(err, PYPROF_ERR_USAGE,
		  "%.100s: it has other metrics (%s) than what comes before it (%s)", path,
		  str_cstr(&in_b), str_cstr(&in_a));
	if (metric)
		error_hint(err, "'%.60s' is not in all of them", metric);
	else
		error_hint(err, "--metric NAME adds up one that all have");
	return PYPROF_ERR_USAGE;
}

static bool has_metric(const struct profile *profile, const char *metric)
{
	return profile_find_metric(profile, metric, NULL) != SIZE_MAX;
}

/* Leaves the one metric only, which it has. */
static void keep_metric(struct profile *profile, const char *metric)
{
	size_t at = profile_find_metric(profile, metric, NULL);

	profile_keep_metrics(profile, &at, 1);
}

static enum pyprof_status add(struct profile *into, struct profile *from, const char *path,
			      const char *metric, struct pyprof_error *err)
{
	size_t at[PROFILE_MAX_METRICS];

	if (find_metrics(into, from, at) != into->n_metrics ||
	    into->n_metrics != from->n_metrics) {
		if (!metric || !has_metric(into, metric) || !has_metric(from, metric))
			return differ(into, from, path, metric, err);
		keep_metric(into, metric);
		keep_metric(from, metric);
		if (find_metrics(into, from, at) != 1)
			return differ(into, from, path, NULL, err);
	}
	profile_keep_metrics(from, at, into->n_metrics); /* in the same order */
	return profile_merge(into, from, err);
}

static enum pyprof_status read_all(struct profile **out, const char *const *paths, size_t n,
				   const struct pyprof_open_opts *opts, struct pyprof_error *err)
{
	enum pyprof_status status = PYPROF_OK;
	struct profile *all = NULL;

	for (size_t i = 0; !status && i < n; i++) {
		struct profile *next;

		status = input_read(&next, paths[i], opts->format, err);
		if (status)
			break;
		if (i) {
			status = add(all, next, paths[i], opts->metric, err);
			profile_destroy(next);
		} else {
			all = next;
		}
	}
	if (status) {
		profile_destroy(all);
		all = NULL;
	}
	*out = all;
	return status;
}

/* Leaves the metrics that both have, in the order of the first. */
static enum pyprof_status keep_common(struct profile *profile, struct profile *base,
				      const char *path, struct pyprof_error *err)
{
	size_t at[PROFILE_MAX_METRICS];
	size_t n = find_metrics(profile, base, at);

	if (!n) {
		differ(profile, base, path, NULL, err);
		error_hint(err, "what is subtracted has to have a metric of the same name and unit");
		return PYPROF_ERR_USAGE;
	}
	profile_keep_metrics(base, at, n);
	find_metrics(base, profile, at);
	profile_keep_metrics(profile, at, n);
	return PYPROF_OK;
}

static enum pyprof_status take_base(struct profile **profile, const struct pyprof_open_opts *opts,
				    struct pyprof_error *err)
{
	struct profile *base, *difference = NULL;
	enum pyprof_status status = read_all(&base, opts->base, opts->n_base, opts, err);

	if (status)
		return status;
	status = keep_common(*profile, base, opts->base[0], err);
	if (!status)
		status = profile_subtract(&difference, *profile, base, opts->label_base, err);
	profile_destroy(base);
	if (status)
		return status;
	profile_destroy(*profile);
	*profile = difference;
	return PYPROF_OK;
}

enum pyprof_status pyprof_profile_open(struct pyprof_profile **out, const char *const *paths,
				       size_t n, const struct pyprof_open_opts *opts,
				       struct pyprof_error *err)
{
	struct pyprof_open_opts o = PYPROF_OPEN_OPTS_INIT;
	struct pyprof_profile *profile;
	enum pyprof_status status;

	*out = NULL;
	if (opts)
		memcpy(&o, opts, opts->size < sizeof(o) ? opts->size : sizeof(o));
	if (!n)
		return error_set(err, PYPROF_ERR_USAGE, "no profile is named");
	profile = calloc(1, sizeof(*profile));
	if (!profile)
		return error_nomem(err);
	profile->root.fd = -1;
	status = read_all(&profile->profile, paths, n, &o, err);
	if (!status && o.base && o.n_base)
		status = take_base(&profile->profile, &o, err);
	if (status) {
		pyprof_profile_destroy(profile);
		return status;
	}
	profile->root = source_root_open(getpid());
	*out = profile;
	return PYPROF_OK;
}

void pyprof_profile_destroy(struct pyprof_profile *profile)
{
	if (!profile)
		return;
	profile_destroy(profile->profile);
	source_root_close(&profile->root);
	free(profile);
}

enum pyprof_status pyprof_profile_write(struct pyprof_profile *profile, const char *path,
					const struct pyprof_write_opts *opts,
					struct pyprof_error *err)
{
	profile_shrink(profile->profile);
	return write_profile(profile->profile, &profile->root,
			     profile->profile->info.start_realtime_ns, path, opts, err);
}

bool pyprof_format(size_t i, struct pyprof_format *format)
{
	struct pyprof_format own = PYPROF_FORMAT_INIT;
	size_t n = 0;

	while (formats[n])
		n++;
	if (i >= n)
		return false;
	own.name = formats[i]->name;
	own.also = formats[i]->also;
	own.description = formats[i]->description;
	own.endings = formats[i]->endings;
	own.reads = formats[i]->read != NULL;
	own.writes = formats[i]->write != NULL;
	own.wants_times = formats[i]->wants_times;
	own.size = format->size < sizeof(own) ? format->size : sizeof(own);
	memcpy(format, &own, own.size);
	return true;
}
