/* SPDX-License-Identifier: MIT */
/* What was looked at, for people and for programs. */
#include <stdlib.h>
#include <string.h>

#include "api/dump.h"
#include "base/error.h"
#include "dump/changes.h"
#include "dump/show.h"

struct pyprof_dump_series {
	struct changes *changes;
};

static struct snapshot_show find_show(const struct pyprof_dump_print_opts *opts)
{
	struct pyprof_dump_print_opts own = PYPROF_DUMP_PRINT_OPTS_INIT;
	size_t size = opts && opts->size < sizeof(own) ? opts->size : sizeof(own);

	if (opts)
		memcpy(&own, opts, size);
	return (struct snapshot_show){ .changes = own.series ? own.series->changes : NULL,
				       .full = own.full,
				       .full_path = own.full_path,
				       .color = own.color,
				       .width = own.width };
}

enum pyprof_status pyprof_dump_print(const struct pyprof_dump *dump, FILE *out,
				     const struct pyprof_dump_print_opts *opts,
				     struct pyprof_error *err)
{
	struct snapshot_show show = find_show(opts);

	error_clear(err);
	return opts && opts->json ? snapshots_json(&dump->all, &show, out, err)
				  : snapshots_text(&dump->all, &show, out, err);
}

size_t pyprof_dump_count(const struct pyprof_dump *dump)
{
	return dump->all.n;
}

bool pyprof_dump_failure(const struct pyprof_dump *dump, size_t i, pid_t *pid,
			 struct pyprof_error *err)
{
	if (i >= dump->all.n_failed)
		return false;
	*pid = dump->all.failed[i].pid;
	if (err)
		*err = dump->all.failed[i].error;
	return true;
}

/* ---- several --------------------------------------------------------------------- */

enum pyprof_status pyprof_dump_series_create(struct pyprof_dump_series **out,
					     struct pyprof_error *err)
{
	struct pyprof_dump_series *series = calloc(1, sizeof(*series));

	error_clear(err);
	*out = NULL;
	if (series)
		series->changes = changes_create();
	if (!series || !series->changes) {
		free(series);
		return error_nomem(err);
	}
	*out = series;
	return PYPROF_OK;
}

enum pyprof_status pyprof_dump_series_add(struct pyprof_dump_series *series,
					  const struct pyprof_dump *dump,
					  struct pyprof_error *err)
{
	error_clear(err);
	return changes_add(series->changes, &dump->all, err);
}

enum pyprof_status pyprof_dump_series_print(const struct pyprof_dump_series *series,
					    FILE *out,
					    const struct pyprof_dump_print_opts *opts,
					    struct pyprof_error *err)
{
	struct snapshot_show show = find_show(opts);

	if (opts && opts->json)
		return error_set(err, PYPROF_ERR_USAGE,
				 "what several looks come to is told in words only");
	error_clear(err);
	return changes_text(series->changes, &show, out, err);
}

void pyprof_dump_series_destroy(struct pyprof_dump_series *series)
{
	if (!series)
		return;
	changes_destroy(series->changes);
	free(series);
}
