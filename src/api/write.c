/* SPDX-License-Identifier: MIT */
/* Writing a recorder's profile: which format, which view, whole or not at all. */
#include <string.h>

#include "api/recorder.h"
#include "api/sources.h"
#include "base/cleanup.h"
#include "base/str.h"
#include "format/format.h"
#include "format/output.h"

static enum pyprof_status write_view(const struct profile *profile,
				     const struct format *format, const struct view_opts *opts,
				     const char *path, struct pyprof_error *err)
{
	struct output output;
	struct view *view;
	enum pyprof_status status = view_create(&view, profile, opts, err);

	if (status)
		return status;
	status = output_open(&output, path, err);
	if (!status) {
		status = format->write(profile, view, output.file, err);
		if (!status)
			status = output_commit(&output, err);
		output_abandon(&output);
	}
	view_destroy(view);
	return status;
}

/* Which of the recorded metrics is called so? NULL: the first. */
static bool find_metric(const struct profile *profile, const char *name, size_t *metric,
			struct pyprof_error *err)
{
	_cleanup_(str_deinit) struct str names = STR_INIT;

	*metric = 0;
	for (size_t i = 0; i < profile->n_metrics; i++) {
		if (!name || !strcmp(profile->metrics[i].name, name)) {
			*metric = i;
			return true;
		}
		str_printf(&names, "%s%s", i ? ", " : "", profile->metrics[i].name);
	}
	error_set(err, PYPROF_ERR_USAGE, "'%.60s' was not recorded", name);
	error_hint(err, "recorded were: %s", str_cstr(&names));
	return false;
}

enum pyprof_status pyprof_recorder_write(const struct pyprof_recorder *recorder,
					 const char *path,
					 const struct pyprof_write_opts *opts,
					 struct pyprof_error *err)
{
	struct pyprof_write_opts o = PYPROF_WRITE_OPTS_INIT;
	const struct format *format;
	size_t metric = 0;

	if (opts)
		memcpy(&o, opts, opts->size < sizeof(o) ? opts->size : sizeof(o));
	format = format_choose(path, o.format, err);
	if (!format || !find_metric(recorder->profile, o.metric, &metric, err))
		return PYPROF_ERR_USAGE;
	profile_shrink(recorder->profile);
	if (format->whole && sources_read(recorder->profile, &recorder->root, err))
		return PYPROF_ERR_NOMEM;
	return write_view(recorder->profile, format,
			  &(struct view_opts){ .metric = metric,
					       .all_metrics = format->whole,
					       .by_process = o.by_process,
					       .by_thread = o.by_thread,
					       .by_function = o.by_function,
					       .full_path = o.full_path },
			  path, err);
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
