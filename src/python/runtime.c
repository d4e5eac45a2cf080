/* SPDX-License-Identifier: MIT */
#include "python/runtime.h"

#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "python/anchors.h"
#include "python/debug_offsets.h"
#include "python/proof.h"
#include "python/version.h"

const char *py_found_by_name(enum py_found_by by)
{
	switch (by) {
	case PY_FOUND_DYNSYM:
		return "dynamic symbol";
	case PY_FOUND_SYMTAB:
		return "symbol table of the file";
	case PY_FOUND_SECTION:
		return "section .PyRuntime of the file";
	case PY_FOUND_SCAN:
		return "scan of writable data";
	}
	return "nothing";
}

/* ---- messages ------------------------------------------------------------------------- */

/* "PID 812 (/usr/bin/bash)", by its exe or, where that cannot be read, its comm. */
static const char *who(const struct target *target, char *buf, size_t size)
{
	char comm[32] = "";

	if (!target->exe || !*target->exe)
		target_thread_comm(target, target->pid, comm, sizeof(comm));
	snprintf(buf, size, "PID %d (%s)", (int)target->pid,
		 target->exe && *target->exe ? target->exe : comm);
	return buf;
}

/* Messages about a candidate go on from "PID 812 (/usr/bin/python3): ". */
static enum pyprof_status unsupported(uint32_t version, struct pyprof_error *err)
{
	bool newer = PY_VERSION_MINOR(version) > PY_VERSION_MINOR(py_layout_newest());
	char text[32];

	error_set(err, PYPROF_ERR_UNSUPPORTED, "it runs CPython %s, which is too %s to be read",
		  py_version_text(version, text, sizeof(text)), newer ? "new" : "old");
	error_hint(err, "this pyprof reads 2.7 and 3.6 to 3.%u",
		   (unsigned)(PY_VERSION_MINOR(py_layout_newest()) & 0xff));
	return PYPROF_ERR_UNSUPPORTED;
}

/* ---- one candidate ---------------------------------------------------------------------- */

/* The best that was learnt from what failed so far. */
struct outcome {
	enum pyprof_status status;
	struct pyprof_error err;
	struct py_runtime rt; /* as far as it came */
};

/* What is worth more to say: that it will be ready soon, then why it cannot be read. */
static int rank(enum pyprof_status status)
{
	switch (status) {
	case PYPROF_ERR_NOT_READY:
		return 3;
	case PYPROF_ERR_UNSUPPORTED:
		return 2;
	case PYPROF_ERR_NOT_PYTHON:
		return 0;
	default:
		return 1;
	}
}

static void note_failure(struct outcome *best, enum pyprof_status status,
			 const struct py_runtime *rt, const struct pyprof_error *err)
{
	if (rank(status) <= rank(best->status))
		return;
	best->status = status;
	best->err = *err;
	best->rt = *rt;
}

static void start_candidate(struct py_runtime *rt, struct target *target,
			    const struct py_anchors *anchors)
{
	*rt = (struct py_runtime){
		.target = target,
		.version = anchors->version,
		.version_by = anchors->version_by,
		.module = anchors->module,
		.found_by = anchors->found_by,
		.runtime = anchors->runtime,
		.thread_current = anchors->thread_current,
		.interp_head_at = anchors->interp_head,
		.unicode_type = anchors->unicode_type,
		.unicode_width = anchors->unicode_width,
	};
}

/* Tries one layout; a copy, for the proof may correct it. */
static enum pyprof_status try_layout(struct py_runtime *rt, const struct py_layout *layout,
				     struct pyprof_error *err)
{
	enum pyprof_status status;

	rt->layout = *layout;
	if (rt->runtime)
		rt->interp_head_at = rt->runtime + layout->runtime.interpreters_head;
	else if (!rt->thread_current)
		rt->layout.gil_model = PY_GIL_NONE;
	status = py_proof(rt, err);
	if (!status)
		return PYPROF_OK;
	log_debug("layout %s: %s", layout->name, err->message);
	if (status == PYPROF_ERR_CORRUPT)
		error_prefix(err, "layout %s", layout->name);
	return status;
}

/* 3.13 and later: by what _PyRuntime says of itself. */
static enum pyprof_status try_self_describing(struct py_runtime *rt, const uint8_t *block,
					      size_t len, struct pyprof_error *err)
{
	struct py_layout layout;
	uint32_t version = 0;
	enum pyprof_status status =
		py_debug_offsets_parse(block, len, &layout, &version, err);

	if (version) {
		rt->version = version;
		rt->version_by = "debug offsets";
	}
	if (status == PYPROF_ERR_UNSUPPORTED && !py_version_supported(version))
		return unsupported(version, err);
	return status ? status : try_layout(rt, &layout, err);
}

/* To 3.12: by the rows that may fit. Of their failures the first that matters is told. */
static enum pyprof_status try_rows(struct py_runtime *rt, struct pyprof_error *err)
{
	struct py_runtime clean = *rt;
	struct outcome best = { .status = PYPROF_ERR_NOT_PYTHON };
	const struct py_layout *layout;
	size_t cursor = 0;

	while ((layout = py_layout_next(clean.version, &cursor))) {
		bool has_runtime = layout->runtime.interpreters_head != PY_ABSENT;
		enum pyprof_status status;
		struct pyprof_error why;

		if (has_runtime != (clean.runtime != 0))
			continue;
		*rt = clean;
		status = try_layout(rt, layout, &why);
		if (!status)
			return PYPROF_OK;
		note_failure(&best, status, rt, &why);
	}
	if (best.status == PYPROF_ERR_NOT_PYTHON)
		return error_set(err, PYPROF_ERR_CORRUPT, "no layout is known for it");
	*rt = best.rt;
	*err = best.err;
	return best.status;
}

static enum pyprof_status try_anchors(struct py_runtime *rt, struct target *target,
				      struct py_anchors *anchors, struct pyprof_error *err)
{
	uint8_t block[PY_DEBUG_OFFSETS_MAX];
	uint64_t ender;
	size_t got;

	if (anchors->thread_current && !anchors->interp_head)
		py_anchors_find_head(anchors, target);
	start_candidate(rt, target, anchors);
	if (rt->runtime && !memory_read_prefix(target->memory, rt->runtime, block,
					       sizeof(block), &got, NULL) &&
	    py_debug_offsets_cookie(block, got))
		return try_self_describing(rt, block, got, err);
	if (rt->version && !py_version_supported(rt->version))
		return unsupported(rt->version, err);
	if (rt->version && py_version_self_describing(rt->version))
		return error_set(err, PYPROF_ERR_NOT_READY,
				 "its interpreter has not started yet");
	if (!rt->runtime && !rt->thread_current && !rt->interp_head_at)
		return error_set(err, PYPROF_ERR_NOT_READY,
				 "no running interpreter was found in it");
	if (anchors->finalizing &&
	    !memory_read_u64(target->memory, anchors->finalizing, &ender, NULL) && ender)
		return error_set(err, PYPROF_ERR_NOT_READY, "its interpreter is finalizing");
	return try_rows(rt, err);
}

/* ---- the candidates in their order ------------------------------------------------------- */

typedef bool anchors_fn(struct py_anchors *anchors, struct target *target,
			size_t module);

enum group { NAMED_PYTHON, PROGRAM, OTHER, N_GROUPS };

static bool is_program(const struct target *target, const struct module *module)
{
	size_t len = strlen(module->path);

	return target->exe && len && strncmp(target->exe, module->path, len) == 0 &&
	       (!target->exe[len] || strcmp(target->exe + len, " (deleted)") == 0);
}

static enum group group_of(const struct target *target, const struct module *module)
{
	if (py_name_says_python(module_name(module)))
		return NAMED_PYTHON;
	return is_program(target, module) ? PROGRAM : OTHER;
}

static enum pyprof_status try_modules(struct py_runtime *rt, struct target *target,
				      anchors_fn *look, struct outcome *best)
{
	for (int group = 0; group < N_GROUPS; group++) {
		for (size_t i = 0; i < target->maps.n_modules; i++) {
			const struct module *module = &target->maps.modules[i];
			struct py_anchors anchors;
			struct pyprof_error err;
			enum pyprof_status status;

			if ((int)group_of(target, module) != group ||
			    !look(&anchors, target, i))
				continue;
			log_debug("%s: %s", module->path, py_found_by_name(anchors.found_by));
			status = try_anchors(rt, target, &anchors, &err);
			if (!status)
				return PYPROF_OK;
			note_failure(best, status, rt, &err);
		}
	}
	return best->status;
}

/* ---- what to say where there is none ------------------------------------------------------- */

static bool is_pypy(const struct target *target)
{
	for (size_t i = 0; i < target->maps.n_modules; i++) {
		const char *name = module_name(&target->maps.modules[i]);

		if (strncmp(name, "libpypy", 7) == 0 || strncmp(name, "pypy", 4) == 0)
			return true;
	}
	return false;
}

static enum pyprof_status not_python(const struct target *target, struct pyprof_error *err)
{
	char name[200];

	if (is_pypy(target)) {
		error_set(err, PYPROF_ERR_NOT_PYTHON, "%s runs PyPy, not CPython",
			  who(target, name, sizeof(name)));
		error_hint(err, "pyprof reads CPython only");
		return PYPROF_ERR_NOT_PYTHON;
	}
	for (size_t i = 0; i < target->maps.n_modules; i++) {
		const struct module *module = &target->maps.modules[i];

		if (is_program(target, module) && py_name_says_python(module_name(module)))
			return error_set(err, PYPROF_ERR_NOT_READY,
					 "%s has not loaded its interpreter yet",
					 who(target, name, sizeof(name)));
	}
	error_set(err, PYPROF_ERR_NOT_PYTHON, "%s runs no CPython",
		  who(target, name, sizeof(name)));
	error_hint(err, "where it started Python as a child, give that process's id");
	return PYPROF_ERR_NOT_PYTHON;
}

/* It is there, and none of the layouts that we have holds. */
static enum pyprof_status unknown_layout(const struct py_runtime *rt,
					 struct pyprof_error *err)
{
	char text[32];

	error_hint(err,
		   "CPython %s is there but not laid out as expected: `pyprof doctor -p %d "
		   "-v` says what was tried, for a bug report",
		   rt->version ? py_version_text(rt->version, text, sizeof(text))
			       : "of unknown version",
		   (int)rt->target->pid);
	if (err)
		err->status = PYPROF_ERR_UNSUPPORTED;
	return PYPROF_ERR_UNSUPPORTED;
}

static enum pyprof_status tell_failure(struct py_runtime *rt, struct target *target,
				       struct outcome *best, struct pyprof_error *err)
{
	enum pyprof_status now = target_check(target);
	char name[200];

	*rt = best->rt;
	rt->target = target;
	who(target, name, sizeof(name));
	if (now == PYPROF_ERR_EXEC)
		return error_set(err, now, "%s has replaced itself by another program", name);
	if (now)
		return error_set(err, now, "%s has exited", name);
	if (best->status == PYPROF_ERR_NOT_PYTHON)
		return not_python(target, err);
	if (err)
		*err = best->err;
	error_prefix(err, "%s", name);
	if (best->status == PYPROF_ERR_CORRUPT)
		return unknown_layout(rt, err);
	if (best->status == PYPROF_ERR_NOT_READY)
		error_hint(err, "try again once it runs Python");
	return best->status;
}

enum pyprof_status py_runtime_find(struct py_runtime *rt, struct target *target,
				   struct pyprof_error *err)
{
	static anchors_fn *const ways[] = {
		py_anchors_in_memory,
		py_anchors_in_file,
		py_anchors_by_scan,
	};
	struct outcome best = { .status = PYPROF_ERR_NOT_PYTHON };

	error_clear(err);
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		/* The next way would come to the same addresses. */
		if (best.status != PYPROF_ERR_NOT_PYTHON)
			break;
		if (!try_modules(rt, target, ways[i], &best))
			return PYPROF_OK;
	}
	return tell_failure(rt, target, &best, err);
}
