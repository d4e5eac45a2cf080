/* SPDX-License-Identifier: MIT */
/* The colours (render/palette.h) of a profile's frames, each file looked at once. */
#ifndef PYPROF_RENDER_PAINT_H
#define PYPROF_RENDER_PAINT_H

#include "profile/view.h"
#include "render/palette.h"

struct paint {
	const struct profile *profile;
	uint8_t *by_function;	       /* colour of each of the profile's functions */
	bool kinds[PALETTE_KINDS];     /* of which there are functions */
};

/* The profile must outlive it. The owner calls paint_deinit(). Errors: NOMEM. */
enum pyprof_status paint_init(struct paint *paint, const struct profile *profile,
			      struct pyprof_error *err);
void paint_deinit(struct paint *paint);

/* Of the frames of a view's text: an enum palette_color. */
unsigned paint_text(const struct paint *paint, const struct view *view, uint32_t text);

/* An enum palette_kind; PALETTE_KINDS for what is no function. */
unsigned paint_kind(const struct paint *paint, const struct view *view, uint32_t text);

/* Is the key of palette_keys of use in a legend here? */
bool paint_uses(const struct paint *paint, size_t key);

#endif
