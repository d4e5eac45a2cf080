/* SPDX-License-Identifier: MIT */
#include "render/paint.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "render/palette.h"

_Static_assert(PALETTE_N <= UINT8_MAX, "a colour fits a byte");

/*
 * Files are far fewer than functions: 0 marks one that was not asked for yet. Without a file the
 * name tells, where the profile came from another tool.
 */
static unsigned color_of(const struct profile *profile, uint8_t *by_file,
			 const struct profile_function *function)
{
	const char *file = profile_str(profile, function->file);
	const char *name = profile_str(profile, function->name);

	if (!*file || palette_kind(file, name) != palette_kind(file, ""))
		return palette_of_frame(file, name, profile->info.cwd);
	if (!by_file[function->file])
		by_file[function->file] =
			(uint8_t)palette_of_frame(file, name, profile->info.cwd);
	return by_file[function->file];
}

enum pyprof_status paint_init(struct paint *paint, const struct profile *profile,
			      struct pyprof_error *err)
{
	_cleanup_free_ uint8_t *by_file = calloc(profile->n_strings + 1, 1);

	*paint = (struct paint){ .profile = profile };
	paint->by_function = malloc(profile->n_functions + 1);
	if (!paint->by_function || !by_file)
		return error_nomem(err);
	for (size_t i = 0; i < profile->n_functions; i++) {
		unsigned color = color_of(profile, by_file, &profile->functions[i]);

		if (color == PALETTE_N)
			return error_nomem(err);
		paint->by_function[i] = (uint8_t)color;
		paint->kinds[palette_kind_of(color)] = true;
	}
	return PYPROF_OK;
}

void paint_deinit(struct paint *paint)
{
	free(paint->by_function);
	paint->by_function = NULL;
}

unsigned paint_text(const struct paint *paint, const struct view *view, uint32_t text)
{
	struct view_text parts = view_text_parts(view, text);

	switch (parts.kind) {
	case VIEW_ROOT:
		return PALETTE_ROOT;
	case VIEW_PROCESS:
	case VIEW_THREAD:
		return PALETTE_THREAD;
	case VIEW_TRUNCATED:
		return PALETTE_TRUNCATED;
	case VIEW_FUNCTION:
		break;
	}
	return paint->by_function[parts.function];
}

unsigned paint_kind(const struct paint *paint, const struct view *view, uint32_t text)
{
	struct view_text parts = view_text_parts(view, text);

	return parts.kind == VIEW_FUNCTION ?
		       palette_kind_of(paint->by_function[parts.function]) :
		       PALETTE_KINDS;
}

/* Python's are always told, and where frames may be missing; others where there are any. */
bool paint_uses(const struct paint *paint, size_t key)
{
	enum palette_kind kind = palette_keys[key].kind;

	return (kind != PALETTE_KIND_NATIVE && kind != PALETTE_KIND_KERNEL) ||
	       paint->kinds[kind];
}
