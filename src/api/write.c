/* SPDX-License-Identifier: MIT */
/* Writing a recorder's profile: which format, which view, whole or not at all. */
#include <string.h>

#include "api/recorder.h"
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

enum pyprof_status pyprof_recorder_write(const struct pyprof_recorder *recorder,
					 const char *path,
					 const struct pyprof_write_opts *opts,
					 struct pyprof_error *err)
{
	struct pyprof_write_opts o = PYPROF_WRITE_OPTS_INIT;
	const struct format *format;

	if (opts)
		memcpy(&o, opts, opts->size < sizeof(o) ? opts->size : sizeof(o));
	format = format_choose(path, o.format, err);
	if (!format)
		return PYPROF_ERR_USAGE;
	return write_view(recorder->profile, format,
			  &(struct view_opts){ .by_thread = o.by_thread,
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
