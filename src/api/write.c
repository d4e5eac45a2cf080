/* SPDX-License-Identifier: MIT */
#include "api/write.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "api/recorder.h"
#include "api/sources.h"
#include "base/cleanup.h"
#include "base/str.h"
#include "format/format.h"
#include "format/output.h"
#include "profile/filter.h"
#include "profile/since.h"
#include "profile/subtract.h"

enum pyprof_status find_metric(const struct profile *profile, const char *name, size_t *metric,
			       struct pyprof_error *err)
{
	_cleanup_(str_deinit) struct str names = STR_INIT;

	*metric = profile->default_metric;
	if (!name)
		return PYPROF_OK;
	for (size_t i = 0; i < profile->n_metrics; i++) {
		if (!strcmp(profile->metrics[i].name, name)) {
			*metric = i;
			return PYPROF_OK;
		}
		str_printf(&names, "%s%s", i ? ", " : "", profile->metrics[i].name);
	}
	error_set(err, PYPROF_ERR_USAGE, "'%.60s' was not recorded", name);
	error_hint(err, "recorded were: %s", str_cstr(&names));
	return PYPROF_ERR_USAGE;
}

/* What an older program did not know of is not asked for; NULL asks for nothing. */
static struct pyprof_filter own_copy(const struct pyprof_filter *filter)
{
	struct pyprof_filter own = PYPROF_FILTER_INIT;

	if (filter)
		memcpy(&own, filter, filter->size < sizeof(own) ? filter->size : sizeof(own));
	return own;
}

static struct profile_filter profile_filter_of(const struct pyprof_filter *filter)
{
	struct pyprof_filter own = own_copy(filter);

	return (struct profile_filter){
		.focus = own.focus,
		.ignore = own.ignore,
		.hide = own.hide,
		.prune_from = own.prune_from,
		.thread = own.thread,
		.process = own.process,
		.root = own.root,
		.leaf = own.leaf,
	};
}

enum pyprof_status pyprof_filter_check(const struct pyprof_filter *filter,
				       struct pyprof_error *err)
{
	const struct profile_filter f = profile_filter_of(filter);

	return profile_filter_check(&f, err);
}

enum pyprof_status take_part(struct profile **part, const struct profile *profile,
			     const struct pyprof_filter *filter,
			     enum pyprof_granularity granularity, struct pyprof_error *err)
{
	struct profile_filter f = profile_filter_of(filter);

	f.granularity = (enum profile_granularity)granularity;
	*part = NULL;
	return profile_filter_any(&f) ? profile_filter(part, profile, &f, err) : PYPROF_OK;
}

enum pyprof_status take_folded_part(struct profile **part, const struct profile *profile,
				    const struct pyprof_filter *filter,
				    const struct profile_part *parts, struct pyprof_error *err)
{
	struct profile_filter f = profile_filter_of(filter);

	f.granularity = (enum profile_granularity)own_copy(filter).granularity;
	f.parts = parts;
	*part = NULL;
	return profile_filter(part, profile, &f, err);
}

static enum pyprof_status write_input(const struct format_input *input,
				      const struct format *format, const char *path,
				      struct pyprof_error *err)
{
	struct output output;
	enum pyprof_status status = output_open(&output, path, err);

	if (status)
		return status;
	status = format->write(input, output.file, err);
	if (!status)
		status = output_commit(&output, err);
	output_abandon(&output);
	return status;
}

static enum pyprof_status write_format(struct profile *profile, const struct format *format,
				       const struct source_root *root, int64_t before_ns,
				       const char *path, const struct pyprof_write_opts *opts,
				       struct pyprof_error *err)
{
	struct view_opts view_opts = { .all_metrics = format->whole,
				       .by_process = opts->by_process,
				       .by_thread = opts->by_thread,
				       .by_function = opts->by_function,
				       .full_path = opts->full_path };
	struct sources_reading reading = { .root = root,
					   .info = &profile->info,
					   .before_ns = before_ns };
	struct source_reader reader = { sources_read_file, &reading };
	struct format_input input = { .profile = profile };
	struct view *view = NULL;
	enum pyprof_status status = find_metric(profile, opts->metric, &view_opts.metric, err);

	input.metric = view_opts.metric;
	if (!status && format->whole && !format->from_profile)
		status = sources_read(profile, root, before_ns, err);
	if (!status && !format->from_profile)
		status = view_create(&view, profile, &view_opts, err);
	input.view = view;
	input.sources = format->wants_sources ? &reader : NULL;
	if (!status)
		status = write_input(&input, format, path, err);
	view_destroy(view);
	return status;
}

static enum pyprof_status tell_no_times(const struct format *format, struct pyprof_error *err)
{
	error_set(err, PYPROF_ERR_USAGE,
		  "the profile has no times, and %s shows nothing else: record with --timeline",
		  format->name);
	error_hint(err, "pprof files keep the times that were recorded: pyprof record --timeline "
			"-o app.pb.gz");
	return PYPROF_ERR_USAGE;
}

enum pyprof_status check_not_negative(const struct profile *profile, const char *what,
				      struct pyprof_error *err)
{
	if (!profile_has_negative(profile))
		return PYPROF_OK;
	error_set(err, PYPROF_ERR_USAGE,
		  "the difference has values below 0, and %s has no place for them", what);
	error_hint(err, "write it for pprof (-o OUT.pb.gz), or show what changed: pyprof diff BASE "
			"HEAD -o OUT.svg");
	return PYPROF_ERR_USAGE;
}

enum pyprof_status write_profile(struct profile *profile, const struct source_root *root,
				 int64_t before_ns, const char *path,
				 const struct pyprof_write_opts *opts,
				 struct pyprof_error *err)
{
	struct pyprof_write_opts o = PYPROF_WRITE_OPTS_INIT;
	enum pyprof_granularity granularity;
	const struct format *format;
	struct profile *part;
	enum pyprof_status status;

	if (opts)
		memcpy(&o, opts, opts->size < sizeof(o) ? opts->size : sizeof(o));
	format = format_choose(path, o.format, err);
	if (!format)
		return PYPROF_ERR_USAGE;
	if (format->wants_times && !profile->timeline)
		return tell_no_times(format, err);
	/* A view can merge lines by itself, and what is written of it may show both. */
	granularity = own_copy(o.filter).granularity;
	if (o.by_function && granularity == PYPROF_LINES)
		granularity = PYPROF_FUNCTIONS;
	if (granularity == PYPROF_FUNCTIONS && !format->from_profile) {
		o.by_function = true;
		granularity = PYPROF_LINES;
	}
	status = take_part(&part, profile, o.filter, granularity, err);
	if (status)
		return status;
	if (!format->signed_values)
		status = check_not_negative(part ? part : profile, format->name, err);
	if (!status)
		status = write_format(part ? part : profile, format, root, before_ns, path, &o,
				      err);
	profile_destroy(part);
	return status;
}

/* ---- of a recorder ----------------------------------------------------------- */

struct pyprof_mark {
	struct profile_mark mark;
};

enum pyprof_status pyprof_recorder_mark(const struct pyprof_recorder *recorder,
					struct pyprof_mark **out, struct pyprof_error *err)
{
	struct pyprof_mark *mark = calloc(1, sizeof(*mark));
	struct pyprof_stats stats;

	*out = NULL;
	if (!mark)
		return error_nomem(err);
	pyprof_recorder_stats(recorder, &stats);
	if (!profile_mark_take(&mark->mark, recorder->profile, &stats)) {
		free(mark);
		return error_nomem(err);
	}
	*out = mark;
	return PYPROF_OK;
}

void pyprof_mark_destroy(struct pyprof_mark *mark)
{
	if (!mark)
		return;
	profile_mark_deinit(&mark->mark);
	free(mark);
}

static const struct pyprof_mark *since(const struct pyprof_write_opts *opts)
{
	return opts && opts->size >= offsetof(struct pyprof_write_opts, since) + sizeof(opts->since) ?
		       opts->since :
		       NULL;
}

enum pyprof_status pyprof_recorder_write(const struct pyprof_recorder *recorder,
					 const char *path,
					 const struct pyprof_write_opts *opts,
					 struct pyprof_error *err)
{
	const struct pyprof_mark *mark = since(opts);
	struct profile *profile = recorder->profile, *part = NULL;
	int64_t begun_ns = profile->info.start_realtime_ns;
	enum pyprof_status status = PYPROF_OK;

	/* As long as it runs, lookups are needed at the next tick, and counters are not told yet. */
	if (recorder->end_ns)
		profile_shrink(profile);
	else
		pyprof_recorder_stats(recorder, &profile->info.stats);
	if (mark)
		status = profile_since(&part, profile, &mark->mark, err);
	if (!status)
		status = write_profile(part ? part : profile, &recorder->root, begun_ns, path, opts,
				       err);
	profile_destroy(part);
	return status;
}

enum pyprof_status pyprof_output_check(const char *path, const char *format,
				       const char **format_name, struct pyprof_error *err)
{
	const struct format *chosen = format_choose(path, format, err);

	if (!chosen)
		return PYPROF_ERR_USAGE;
	if (format_name)
		*format_name = chosen->name;
	return output_check(path, err);
}
