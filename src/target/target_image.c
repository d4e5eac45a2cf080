/* SPDX-License-Identifier: MIT */
/* A target from a recorded image, and the notes that make one. */
#include <limits.h>
#include <string.h>

#include "base/cleanup.h"
#include "target/thread_table.h"

static enum pyprof_status missing_note(const char *name, struct pyprof_error *err)
{
	return error_set(err, PYPROF_ERR_CORRUPT, "image: no note \"%s\"", name);
}

/* A positive decimal number; *out stays as it is where there is no such note. */
static enum pyprof_status pid_note(const struct memory_image *image, const char *name,
				   pid_t *out, struct pyprof_error *err)
{
	const char *text = memory_image_note(image, name, NULL);
	char *end;
	long value;

	if (!text)
		return PYPROF_OK;
	value = strtol(text, &end, 10);
	if (*end == '\n')
		end++;
	if (*end || end == text || value <= 0 || value > INT_MAX)
		return error_set(err, PYPROF_ERR_CORRUPT, "image: note \"%s\" is no process id",
				 name);
	*out = (pid_t)value;
	return PYPROF_OK;
}

static char *text_note(const struct memory_image *image, const char *name)
{
	const char *text = memory_image_note(image, name, NULL);

	return strdup(text ? text : "");
}

static enum pyprof_status read_notes(struct target *target, struct pyprof_error *err)
{
	const struct memory_image *image = target->image;
	enum pyprof_status status;
	const char *text;
	size_t len;

	status = pid_note(image, "pid", &target->pid, err);
	if (status != PYPROF_OK)
		return status;
	if (!target->pid)
		return missing_note("pid", err);
	target->ns_pid = target->mem_tid = target->pid;
	status = pid_note(image, "ns_pid", &target->ns_pid, err);
	if (status != PYPROF_OK)
		return status;
	target->nested_pid_ns = target->ns_pid != target->pid;

	text = memory_image_note(image, "maps", &len);
	if (!text)
		return missing_note("maps", err);
	status = maps_parse(&target->maps, text, len, err);
	if (status != PYPROF_OK)
		return status;
	text = memory_image_note(image, "threads", &len);
	if (text)
		status = thread_table_parse(target->threads, text, len, err);
	return status;
}

enum pyprof_status target_open_image(struct target **out, struct memory_image *image,
				     struct pyprof_error *err)
{
	struct target *target = calloc(1, sizeof(*target));
	enum pyprof_status status;

	*out = NULL;
	if (!target) {
		memory_image_destroy(image);
		return error_nomem(err);
	}
	target->pidfd = target->mem_fd = target->proc_fd = -1;
	target->image = image;
	target->memory = memory_image_memory(image);
	target->exe = text_note(image, "exe");
	target->cmdline = text_note(image, "cmdline");
	target->cwd = text_note(image, "cwd");
	target->threads = thread_table_create();
	if (target->exe && target->cmdline && target->cwd && target->threads)
		status = read_notes(target, err);
	else
		status = error_nomem(err);
	if (status == PYPROF_OK)
		*out = target;
	else
		target_close(target);
	return status;
}

/* ---- recording ------------------------------------------------------------------ */

static bool note(struct memory_trace *trace, const char *name, const struct str *text)
{
	return !text->failed && memory_trace_note(trace, name, str_cstr(text), text->len);
}

static bool note_number(struct memory_trace *trace, const char *name, pid_t value)
{
	_cleanup_(str_deinit) struct str text = STR_INIT;

	str_printf(&text, "%d", value);
	return note(trace, name, &text);
}

static bool note_text(struct memory_trace *trace, const char *name, const char *text)
{
	return memory_trace_note(trace, name, text, strlen(text));
}

enum pyprof_status target_record_notes(const struct target *target, struct memory_trace *trace,
				       struct pyprof_error *err)
{
	_cleanup_(str_deinit) struct str threads = STR_INIT;
	_cleanup_(str_deinit) struct str maps = STR_INIT;
	enum pyprof_status status = target_format_threads(target, &threads, err);

	if (status != PYPROF_OK)
		return status;
	/* Not the file as it is now: the mappings by which the memory was read. */
	maps_format(&target->maps, &maps);
	if (!note_number(trace, "pid", target->pid) ||
	    !note_number(trace, "ns_pid", target->ns_pid) ||
	    !note_text(trace, "exe", target->exe) ||
	    !note_text(trace, "cmdline", target->cmdline) ||
	    !note_text(trace, "cwd", target->cwd) || !note(trace, "maps", &maps) ||
	    !note(trace, "threads", &threads))
		return error_nomem(err);
	return PYPROF_OK;
}
