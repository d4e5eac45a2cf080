/* SPDX-License-Identifier: MIT */
/* Looking at a process that is over, or was, by its core file. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "api/dump.h"
#include "base/array.h"
#include "dump/take.h"
#include "python/value.h"
#include "target/target.h"

/* What was not there is named, so that nobody takes what is missing for what was not. */
static bool copy_missing(struct snapshot *snapshot, const struct core *core)
{
	if (!core->n_missing)
		return true;
	snapshot->missing = calloc(core->n_missing, sizeof(*snapshot->missing));
	if (!snapshot->missing)
		return false;
	for (size_t i = 0; i < core->n_missing; i++) {
		snapshot->missing[i] = strdup(core->missing[i]);
		if (!snapshot->missing[i])
			return false;
		snapshot->n_missing++;
	}
	return true;
}

static bool describe(struct snapshot *snapshot, const struct core *core, const char *path,
		     int64_t written_ns)
{
	snapshot->core = strdup(path);
	snapshot->signal = core->signal;
	/* When it was looked at is no matter; when it was like this, only the file's time hints at. */
	snapshot->taken_realtime_ns = 0;
	snapshot->core_written_ns = written_ns;
	return snapshot->core && copy_missing(snapshot, core);
}

/* Most often an interpreter is not found as its file is not there. */
static void hint_missing(const struct core *core, struct pyprof_error *err)
{
	if (err && !err->hint[0] && core->n_missing)
		error_hint(err, "missing: %.300s", core->missing[0]);
}

/* When the core was written: what has changed since is not what ran. 0 unknown. */
static int64_t time_written(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return 0;
	return (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
}

static enum pyprof_status look(struct snapshot **out, struct target *target, const char *path,
			       const struct take_opts *take, struct pyprof_error *err)
{
	struct py_runtime rt;
	enum pyprof_status status = py_runtime_find(&rt, target, err);

	if (!status)
		status = snapshot_take(out, &rt, take, err);
	if (status) {
		hint_missing(target->core, err);
		return status;
	}
	if (describe(*out, target->core, path, take->source_before_ns))
		return PYPROF_OK;
	snapshot_destroy(*out);
	return error_nomem(err);
}

static enum pyprof_status open_and_look(struct snapshot **out, const char *path,
					const struct pyprof_core_opts *opts,
					const struct take_opts *take, struct pyprof_error *err)
{
	struct core_opts where = { .exe = opts->exe, .root = opts->root };
	struct target *target;
	struct core *core;
	enum pyprof_status status = core_open(&core, path, &where, err);

	if (!status)
		status = target_open_core(&target, core, err);
	if (status)
		return status;
	status = look(out, target, path, take, err);
	target_close(target);
	return status;
}

static enum pyprof_status keep(struct pyprof_dump **out, struct snapshot *snapshot,
			       struct pyprof_error *err)
{
	struct pyprof_dump *dump = calloc(1, sizeof(*dump));

	if (dump)
		dump->all.processes = calloc(1, sizeof(dump->all.processes[0]));
	if (!dump || !dump->all.processes) {
		snapshot_destroy(snapshot);
		free(dump);
		return error_nomem(err);
	}
	dump->all.processes[0] = snapshot;
	dump->all.n = 1;
	*out = dump;
	return PYPROF_OK;
}

enum pyprof_status pyprof_dump_core(struct pyprof_dump **out, const char *path,
				    const struct pyprof_core_opts *core,
				    const struct pyprof_dump_opts *opts,
				    struct pyprof_error *err)
{
	struct pyprof_core_opts where = PYPROF_CORE_OPTS_INIT;
	struct pyprof_dump_opts own = PYPROF_DUMP_OPTS_INIT;
	struct snapshot *snapshot = NULL;
	struct take_opts take;
	enum pyprof_status status;

	error_clear(err);
	*out = NULL;
	if (core)
		memcpy(&where, core, core->size < sizeof(where) ? core->size : sizeof(where));
	if (opts)
		memcpy(&own, opts, opts->size < sizeof(own) ? opts->size : sizeof(own));
	status = dump_take_opts(&take, &own, err);
	if (status)
		return status;
	take.nonblocking = true;
	take.source_folder = where.root ? where.root : "/";
	take.source_before_ns = time_written(path);
	status = open_and_look(&snapshot, path, &where, &take, err);
	dump_take_opts_deinit(&take);
	return status ? status : keep(out, snapshot, err);
}
