/* SPDX-License-Identifier: MIT */
/*
 * The colours of frames: whose code it is gives the family, its module the hue, its file the
 * shade. The same file has the same colour in every picture.
 *
 * A colour is an index, and class "c<index>" in the markup; palette_css() writes what the
 * classes look like, light and dark. Text on them is dark in both themes: PALETTE_TEXT has
 * a contrast of at least 4.5 with every colour (WCAG 2.1 AA), also where it is set lighter,
 * at PALETTE_FAINT of its opacity.
 */
#ifndef PYPROF_RENDER_PALETTE_H
#define PYPROF_RENDER_PALETTE_H

#include <stdio.h>

#include "base/str.h"

#define PALETTE_TEXT  "#16181d"
#define PALETTE_FAINT "0.82"
#define PALETTE_HUES   8u
#define PALETTE_SHADES 3u
#define PALETTE_FAMILY (PALETTE_HUES * PALETTE_SHADES)

#define PALETTE_KEYS	   6
#define PALETTE_KEY_COLORS 3

enum palette_color {
	PALETTE_ROOT = 0,  /* "all" */
	PALETTE_THREAD,	   /* a frame that stands for a thread */
	PALETTE_TRUNCATED, /* frames are missing here; drawn hatched */
	PALETTE_MORE,	   /* a box that stands for others; flame-chart.js knows it */
	PALETTE_OWN,	   /* the first of each family */
	PALETTE_LIBRARY = PALETTE_OWN + PALETTE_FAMILY,
	PALETTE_STANDARD = PALETTE_LIBRARY + PALETTE_FAMILY,
	PALETTE_NATIVE = PALETTE_STANDARD + PALETTE_FAMILY, /* shades of one hue */
	PALETTE_KERNEL = PALETTE_NATIVE + PALETTE_SHADES,
	PALETTE_N = PALETTE_KERNEL + PALETTE_SHADES,
};

enum palette_kind {
	PALETTE_KIND_OWN,      /* the program's own code */
	PALETTE_KIND_LIBRARY,  /* site-packages, dist-packages */
	PALETTE_KIND_STANDARD, /* the standard library, frozen modules */
	PALETTE_KIND_NATIVE,   /* compiled code: a shared object, a source of C, C++, Rust… */
	PALETTE_KIND_KERNEL,
	PALETTE_KINDS,
};

/* As module_kind() has it. */
enum palette_kind palette_kind(const char *file, const char *name);

/* The kind of the colour of a function: an enum palette_color from PALETTE_OWN on. */
enum palette_kind palette_kind_of(unsigned color);

/*
 * Colour of the frames of a function: an enum palette_color from PALETTE_OWN on; PALETTE_N where
 * memory ran out. The name counts only for the kind.
 */
unsigned palette_of_frame(const char *file, const char *name, const char *cwd);

/* What the families are called, each with some of its colours. */
struct palette_key {
	const char *text;
	enum palette_kind kind; /* PALETTE_KINDS: what is no function */
	unsigned colors[PALETTE_KEY_COLORS];
};
extern const struct palette_key palette_keys[PALETTE_KEYS];

/* "#rrggbb" in the light theme: for the markup itself, where no style is applied. */
const char *palette_light(unsigned color);
const char *palette_dark(unsigned color);

/* Style rules for the classes, both themes. */
void palette_css(FILE *out);

#endif
