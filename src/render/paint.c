/* SPDX-License-Identifier: MIT */
#include "render/paint.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "render/palette.h"

_Static_assert(PALETTE_N <= UINT8_MAX, "a colour fits a byte");

/* Files are far fewer than functions: 0 marks one that was not asked for yet. */
static unsigned color_of_file(const struct profile *profile, uint8_t *by_file,
			      uint32_t file)
{
	if (!by_file[file])
		by_file[file] = (uint8_t)palette_of_file(profile_str(profile, file),
							 profile->info.cwd);
	return by_file[file];
}

enum pyprof_status paint_init(struct paint *paint, const struct profile *profile,
			      const struct view *view, struct pyprof_error *err)
{
	_cleanup_free_ uint8_t *by_file = calloc(profile->n_strings + 1, 1);

	*paint = (struct paint){ .profile = profile, .view = view };
	paint->by_function = malloc(profile->n_functions + 1);
	if (!paint->by_function || !by_file)
		return error_nomem(err);
	for (size_t i = 0; i < profile->n_functions; i++) {
		unsigned color = color_of_file(profile, by_file, profile->functions[i].file);

		if (color == PALETTE_N)
			return error_nomem(err);
		paint->by_function[i] = (uint8_t)color;
	}
	return PYPROF_OK;
}

void paint_deinit(struct paint *paint)
{
	free(paint->by_function);
	paint->by_function = NULL;
}

unsigned paint_text(const struct paint *paint, uint32_t text)
{
	struct view_text parts = view_text_parts(paint->view, text);

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
