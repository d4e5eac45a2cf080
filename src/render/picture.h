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

#include "render/fold.h"
#include "render/notes.h"
#include "render/paint.h"

#define PICTURE_BOXES  4000
#define PICTURE_LEVELS 250
#define PICTURE_WIDTH  1200 /* pixels */

struct picture;

/* How a box is filled: a class, and for where no style is applied what it looks like. */
struct picture_fill {
	char class[8];
	const char *fill;
	const char *edge; /* its outline, dashed; NULL: as all boxes have it */
	const char *bar;  /* of this colour and class "new", on its upper edge; NULL: none */
};

#define PICTURE_KEY_FILLS 5

/* One of the legend's keys. */
struct picture_key {
	const char *text; /* visible, ASCII */
	struct picture_fill fills[PICTURE_KEY_FILLS];
	size_t n_fills;
};

/* How a picture differs from any flame graph; `arg` is for its functions. */
struct picture_look {
	const struct view_node *nodes; /* the view's, of other widths and order: see fold.h */
	void *arg;
	/* The boxes are placed; the fold stays as it is as long as the picture. Errors: NOMEM. */
	enum pyprof_status (*placed)(void *arg, const struct fold *fold, struct pyprof_error *err);
	struct picture_fill (*fill)(const void *arg, size_t box);
	/* Adds what is said of the box below its name. */
	void (*tell)(const void *arg, size_t box, struct str *out);
	/* Adds what a weight is in words; NULL: its share says it. */
	void (*value)(const void *arg, uint64_t weight, struct str *out);
	const struct picture_key *keys;
	size_t n_keys;
};

/* All arguments must outlive it; `look` may be NULL. picture_destroy() it. Errors: NOMEM. */
enum pyprof_status picture_create(struct picture **out, const struct view *view,
				  const struct paint *paint, const struct notes *notes,
				  const struct picture_look *look, struct pyprof_error *err);
void picture_destroy(struct picture *picture); /* NULL is fine */

/* Pixels from top to bottom. */
unsigned picture_height(const struct picture *picture);

/* Writes the picture's elements, to stand in an svg element of that size. Errors: NOMEM. */
enum pyprof_status picture_write(struct picture *picture, FILE *out,
				 struct pyprof_error *err);

#endif
