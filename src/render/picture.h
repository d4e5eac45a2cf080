/* SPDX-License-Identifier: MIT */
/*
 * The static picture: a flame graph that needs no script, as an image in a page shows it.
 *
 * Of bounded size whatever the profile: at most PICTURE_BOXES boxes on PICTURE_LEVELS rows
 * (render/fold.h), and it says what it left out. Colours and sizes are in the markup itself,
 * so that it can be read where a page's policy drops styles; classes add the dark theme.
 * All text is set in a monospace font and pressed to its measured width (textLength), so
 * that another font than ours cannot make it leave its box.
 */
#ifndef PYPROF_RENDER_PICTURE_H
#define PYPROF_RENDER_PICTURE_H

#include <stdio.h>

#include "render/notes.h"
#include "render/paint.h"

#define PICTURE_BOXES  4000
#define PICTURE_LEVELS 250
#define PICTURE_WIDTH  1200 /* pixels */

struct picture;

/* All arguments must outlive it. picture_destroy() it. Errors: NOMEM. */
enum pyprof_status picture_create(struct picture **out, const struct view *view,
				  const struct paint *paint, const struct notes *notes,
				  struct pyprof_error *err);
void picture_destroy(struct picture *picture); /* NULL is fine */

/* Pixels from top to bottom. */
unsigned picture_height(const struct picture *picture);

/* Writes the picture's elements, to stand in an svg element of that size. Errors: NOMEM. */
enum pyprof_status picture_write(struct picture *picture, FILE *out,
				 struct pyprof_error *err);

#endif
