/* SPDX-License-Identifier: MIT */
/* The colours (render/palette.h) of a view's frames, each file looked at once. */
#ifndef PYPROF_RENDER_PAINT_H
#define PYPROF_RENDER_PAINT_H

#include "profile/view.h"

struct paint {
	const struct profile *profile;
	const struct view *view;
	uint8_t *by_function; /* colour of each of the profile's functions */
};

/* Profile and view must outlive it. The owner calls paint_deinit(). Errors: NOMEM. */
enum pyprof_status paint_init(struct paint *paint, const struct profile *profile,
			      const struct view *view, struct pyprof_error *err);
void paint_deinit(struct paint *paint);

/* Colour of the frames of a view's text: an enum palette_color. */
unsigned paint_text(const struct paint *paint, uint32_t text);

#endif
