/* SPDX-License-Identifier: MIT */
/* Reports on a profile: which part of it, which metric, where the sources are. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api/buffer.h"
#include "api/profile_file.h"
#include "api/sources.h"
#include "api/write.h"
#include "base/cleanup.h"
#include "render/annotate.h"
#include "render/report.h"

/* What both show: a part of the profile, in one metric, with the sum that shares are of. */
struct part {
	const struct profile *profile;
	struct profile *owned; /* NULL: it is all of it */
	size_t metric;
	uint64_t whole;
};

static enum pyprof_status part_init(struct part *part, const struct profile *profile,
				    const struct pyprof_filter *filter,
				    enum pyprof_granularity granularity, const char *metric,
				    bool relative, struct pyprof_error *err)
{
	enum pyprof_status status;

	*part = (struct part){ .profile = profile };
	status = check_not_negative(profile, "a report", err);
	if (!status)
		status = find_metric(profile, metric, &part->metric, err);
	if (!status)
		status = take_part(&part->owned, profile, filter, granularity, err);
	if (part->owned)
		part->profile = part->owned;
	if (!status)
		part->whole = profile_total(relative ? part->profile : profile, part->metric);
	return status;
}

/* ---- report ------------------------------------------------------------------------ */

/* What `by` asks for. */
static enum pyprof_status take_by(const char *by, struct report_opts *opts,
				  enum pyprof_granularity *granularity, struct pyprof_error *err)
{
	static const char label[] = "label=";

	if (!strcmp(by, "module")) {
		*granularity = PYPROF_MODULES;
		opts->rows_are = "module";
	} else if (!strcmp(by, "file")) {
		*granularity = PYPROF_FILES;
		opts->rows_are = "file";
	} else if (!strcmp(by, "thread")) {
		opts->kind = REPORT_THREADS;
	} else if (!strcmp(by, "process")) {
		opts->kind = REPORT_PROCESSES;
	} else if (!strncmp(by, label, sizeof(label) - 1) && by[sizeof(label) - 1]) {
		opts->kind = REPORT_LABEL;
		opts->label = by + sizeof(label) - 1;
	} else {
		return error_set(err, PYPROF_ERR_USAGE,
				 "'%.60s' is none of: module, file, thread, process, label=KEY",
				 by);
	}
	return PYPROF_OK;
}

static enum pyprof_status take_opts(const struct pyprof_report_opts *o, struct report_opts *opts,
				    enum pyprof_granularity *granularity, struct pyprof_error *err)
{
	int shapes = (o->kind == PYPROF_REPORT_TREE) + (o->callers || o->callees) + !!o->by;

	*granularity = PYPROF_LINES; /* lines become functions in the report itself */
	*opts = (struct report_opts){ .kind = o->kind == PYPROF_REPORT_TREE ? REPORT_TREE :
									      REPORT_FLAT,
				      .sort = (enum report_sort)o->sort,
				      .callers = o->callers,
				      .callees = o->callees,
				      .rows_are = "function",
				      .limit = o->limit,
				      .min_share = o->min_share,
				      .by_line = o->by_line,
				      .every_frame = o->every_frame,
				      .by_thread = o->by_thread,
				      .by_process = o->by_process,
				      .full_path = o->full_path,
				      .json = o->json,
				      .color = o->color,
				      .width = o->width };
	if (shapes > 1)
		return error_set(err, PYPROF_ERR_USAGE,
				 "--tree, --callers and --callees, --by: one of them");
	if (!(o->min_share >= 0 && o->min_share <= 1))
		return error_set(err, PYPROF_ERR_USAGE, "min_share is out of range: 0 to 1");
	if (o->callers || o->callees)
		opts->kind = REPORT_CALLS;
	if (o->by && o->by_line)
		return error_set(err, PYPROF_ERR_USAGE, "--by and --lines contradict each other");
	return o->by ? take_by(o->by, opts, granularity, err) : PYPROF_OK;
}

enum pyprof_status pyprof_profile_report(struct pyprof_profile *profile, FILE *out,
					 const struct pyprof_report_opts *opts,
					 struct pyprof_error *err)
{
	struct pyprof_report_opts o = PYPROF_REPORT_OPTS_INIT;
	enum pyprof_granularity granularity;
	struct report_opts report_opts;
	struct buffer buffer;
	struct part part;
	enum pyprof_status status;

	if (opts)
		memcpy(&o, opts, opts->size < sizeof(o) ? opts->size : sizeof(o));
	status = take_opts(&o, &report_opts, &granularity, err);
	if (status)
		return status;
	status = part_init(&part, profile->profile, o.filter, granularity, o.metric, o.relative,
			   err);
	report_opts.metric = part.metric;
	report_opts.whole = part.whole;
	if (!status)
		status = buffer_open(&buffer, err);
	if (!status) {
		status = report_write(part.profile, &report_opts, buffer.file, err);
		status = buffer_close(&buffer, out, status, err);
	}
	profile_destroy(part.owned);
	return status;
}

/* ---- annotate ------------------------------------------------------------------------ */

static enum pyprof_status open_roots(const struct pyprof_annotate_opts *o,
				     struct source_places *places, struct pyprof_error *err)
{
	if (o->source) {
		places->folder = source_root_open_folder(o->source);
		if (places->folder.fd < 0)
			return error_set_errno(err, PYPROF_ERR_IO, errno, "cannot look into %.200s",
					       o->source);
	}
	if (o->pid) {
		places->process = source_root_open(o->pid);
		if (places->process.fd < 0)
			return error_set_errno(err,
					       errno == ENOENT || errno == ESRCH ?
						       PYPROF_ERR_NO_PROCESS :
						       PYPROF_ERR_PERMISSION,
					       errno, "cannot see the files of process %d",
					       (int)o->pid);
	}
	return PYPROF_OK;
}

enum pyprof_status pyprof_profile_annotate(struct pyprof_profile *profile, FILE *out,
					   const struct pyprof_annotate_opts *opts,
					   struct pyprof_error *err)
{
	struct pyprof_annotate_opts o = PYPROF_ANNOTATE_OPTS_INIT;
	struct source_places places = { .info = &profile->profile->info,
					.folder = { .fd = -1 },
					.process = { .fd = -1 },
					.here = &profile->root };
	const struct source_reader reader = { sources_find_file, &places };
	struct annotate_opts annotate_opts = { 0 };
	_cleanup_free_ char *path = NULL;
	struct part part = { 0 };
	struct buffer buffer;
	enum pyprof_status status;

	if (opts)
		memcpy(&o, opts, opts->size < sizeof(o) ? opts->size : sizeof(o));
	if (o.what)
		path = realpath(o.what, NULL);
	status = open_roots(&o, &places, err);
	if (!status)
		status = part_init(&part, profile->profile, o.filter, PYPROF_LINES, o.metric,
				   o.relative, err);
	annotate_opts = (struct annotate_opts){ .what = o.what,
						.path = path,
						.metric = part.metric,
						.whole = part.whole,
						.limit = o.limit,
						.every_line = o.every_line,
						.full_path = o.full_path,
						.color = o.color,
						.width = o.width };
	if (!status)
		status = buffer_open(&buffer, err);
	if (!status) {
		status = annotate_write(part.profile, &annotate_opts, &reader, buffer.file, err);
		status = buffer_close(&buffer, out, status, err);
	}
	profile_destroy(part.owned);
	source_root_close(&places.folder);
	source_root_close(&places.process);
	return status;
}
