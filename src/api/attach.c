/* SPDX-License-Identifier: MIT */
/* What a recorder records: processes that run, or a program that it launches. */
#include "api/recorder.h"
#include "target/spawn.h"

/* One process that was asked for by its number: what cannot be looked at at all is an error. */
static enum pyprof_status add_named(struct pyprof_recorder *recorder, pid_t pid,
				    struct member **member, struct pyprof_error *err)
{
	enum pyprof_status status =
		members_add(&recorder->members, pid, 0, clock_monotonic_ns(), member, err);

	return status ? status : target_open(&(*member)->target, pid, err);
}

/* One that has to be Python, at once or soon. */
static enum pyprof_status add_python(struct pyprof_recorder *recorder, pid_t pid,
				     struct pyprof_error *err)
{
	struct member *member;
	enum pyprof_status status = add_named(recorder, pid, &member, err);

	return status ? status :
			recorder_find(recorder, member, recorder->opts.wait_ns, false, err);
}

/* One of which it is enough that its children are. */
static enum pyprof_status add_root(struct pyprof_recorder *recorder, pid_t pid,
				   struct pyprof_error *err)
{
	struct member *member;
	enum pyprof_status status = add_named(recorder, pid, &member, err);

	if (!status)
		status = members_follow(&recorder->members, pid, err);
	if (status)
		return status;
	member->try_ns = 0;
	status = members_tend(&recorder->members, clock_monotonic_ns());
	return status ? error_nomem(err) : PYPROF_OK;
}

static enum pyprof_status add_all(struct pyprof_recorder *recorder, const pid_t *pids, size_t n,
				  struct pyprof_error *err)
{
	enum pyprof_status status = PYPROF_OK;

	if (n == 0)
		return error_set(err, PYPROF_ERR_USAGE, "no process was named");
	for (size_t i = 0; i < n && !status; i++) {
		/* Named twice, or found already as a child of one before it. */
		if (members_find(&recorder->members, pids[i]))
			continue;
		status = recorder->opts.subprocesses ? add_root(recorder, pids[i], err) :
						       add_python(recorder, pids[i], err);
	}
	if (status || !recorder->opts.subprocesses)
		return status;
	return recorder_wait_for_any(recorder, recorder->opts.wait_ns, err);
}

enum pyprof_status pyprof_recorder_attach_all(struct pyprof_recorder **out, const pid_t *pids,
					      size_t n, const struct pyprof_record_opts *opts,
					      struct pyprof_error *err)
{
	struct pyprof_recorder *recorder;
	enum pyprof_status status = recorder_create(&recorder, opts, err);

	if (status)
		return status;
	recorder->group = n > 1 || recorder->opts.subprocesses;
	status = add_all(recorder, pids, n, err);
	if (status) {
		pyprof_recorder_destroy(recorder);
		return status;
	}
	*out = recorder;
	return PYPROF_OK;
}

enum pyprof_status pyprof_recorder_attach(struct pyprof_recorder **out, pid_t pid,
					  const struct pyprof_record_opts *opts,
					  struct pyprof_error *err)
{
	return pyprof_recorder_attach_all(out, &pid, 1, opts, err);
}

static enum pyprof_status add_matching(struct pyprof_recorder *recorder, const char *pattern,
				       struct pyprof_error *err)
{
	struct members *members = &recorder->members;
	enum pyprof_status status =
		members_match(members, pattern, recorder->opts.subprocesses, err);

	if (status)
		return status;
	if (members_tend(members, clock_monotonic_ns()))
		return error_nomem(err);
	if (!members->n) {
		error_set(err, PYPROF_ERR_NO_PROCESS, "no process has a command line that matches '%.100s'",
			  pattern);
		error_hint(err, "try it: ps -eo pid,args | grep -E -e '%.100s'", pattern);
		return PYPROF_ERR_NO_PROCESS;
	}
	return recorder_wait_for_any(recorder, recorder->opts.wait_ns, err);
}

enum pyprof_status pyprof_recorder_attach_matching(struct pyprof_recorder **out,
						   const char *pattern,
						   const struct pyprof_record_opts *opts,
						   struct pyprof_error *err)
{
	struct pyprof_recorder *recorder;
	enum pyprof_status status = recorder_create(&recorder, opts, err);

	if (status)
		return status;
	recorder->group = true;
	status = add_matching(recorder, pattern, err);
	if (status) {
		pyprof_recorder_destroy(recorder);
		return status;
	}
	*out = recorder;
	return PYPROF_OK;
}

enum pyprof_status pyprof_recorder_launch(struct pyprof_recorder **out, char *const argv[],
					  const struct pyprof_record_opts *opts,
					  struct pyprof_error *err)
{
	return recorder_launch(out, argv, opts, NULL, UINT64_MAX, err);
}

enum pyprof_status recorder_launch(struct pyprof_recorder **out, char *const argv[],
				   const struct pyprof_record_opts *opts,
				   const struct spawn_opts *spawn, uint64_t find_ns,
				   struct pyprof_error *err)
{
	struct pyprof_recorder *recorder;
	enum pyprof_status status = recorder_create(&recorder, opts, err);

	if (status)
		return status;
	recorder->group = recorder->opts.subprocesses;
	recorder->launched_ns = clock_monotonic_ns();
	recorder->find_ns = find_ns;
	status = spawn_start_with(&recorder->launched, argv, spawn, err);
	if (!status) {
		recorder->members.opts.launched = recorder->launched;
		status = members_add(&recorder->members, recorder->launched, 0,
				     clock_monotonic_ns(), NULL, err);
	}
	if (!status && recorder->group)
		status = members_follow(&recorder->members, recorder->launched, err);
	if (status) {
		pyprof_recorder_destroy(recorder);
		return status;
	}
	*out = recorder;
	return PYPROF_OK;
}
