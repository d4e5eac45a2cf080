/* SPDX-License-Identifier: MIT */
#include "render/palette.h"

#include <stdint.h>
#include <string.h>

#include "profile/module.h"
#include "profile/view.h"

struct color {
	char light[8], dark[8];
};

/*
 * Made in OKLCH, so that a family keeps one lightness over its hues, and so one contrast
 * with the text; a line is a hue, its three columns the shades. Warm against blue against
 * pale green also differ in lightness and strength, for eyes that don't tell red from green.
 *			light: lightness and chroma	dark	hues
 *   own code		.78 .125  .82 .115  .86 .10	.70 .12   .74 .115  .78 .105	26 + 11i
 *   site-packages	.79 .075  .83 .065  .87 .052	.69 .08   .725 .075 .76 .065	222 + 12i
 *   standard library	.85 .055  .88 .05  .91 .042	.72 .055  .755 .05  .79 .045	128 + 11i
 */
static const struct color colors[PALETTE_N] = {
	[PALETTE_ROOT] = { "#d7dae0", "#a7adb9" },
	[PALETTE_THREAD] = { "#c8cdd8", "#959dac" },
	[PALETTE_TRUNCATED] = { "#d9d9d9", "#a6a6a6" },
	[PALETTE_MORE] = { "#e6e6e6", "#9aa0aa" },

	/* own code: red to yellow */
	[PALETTE_OWN] =
	{ "#fd978d", "#df7f77" }, { "#feaba3", "#eb8d84" }, { "#febfb8", "#f39d94" },
	{ "#fc9a7d", "#de8268" }, { "#ffad95", "#e99076" }, { "#fec0ae", "#f29f87" },
	{ "#f89e6e", "#da8659" }, { "#feae85", "#e69469" }, { "#ffc1a2", "#efa37c" },
	{ "#f2a361", "#d58b4c" }, { "#fcb276", "#e0985d" }, { "#ffc394", "#eaa772" },
	{ "#eaa857", "#ce9042" }, { "#f4b76e", "#d99d54" }, { "#fcc687", "#e3ab6a" },
	{ "#e0ae50", "#c4963b" }, { "#eabc69", "#d0a34f" }, { "#f3cb84", "#dab066" },
	{ "#d4b54f", "#b99c3a" }, { "#dfc268", "#c5a84d" }, { "#e8cf83", "#cfb565" },
	{ "#c6bb53", "#aca13e" }, { "#d2c76b", "#b8ae51" }, { "#ddd486", "#c3ba68" },

	/* site-packages: cyan to violet */
	[PALETTE_LIBRARY] =
	{ "#83c6dd", "#5fa7bf" }, { "#98d2e6", "#6fb1c8" }, { "#b0dded", "#83bbcf" },
	{ "#8ac3e4", "#67a4c6" }, { "#9ecfec", "#76aece" }, { "#b4dbf2", "#88b9d4" },
	{ "#93c0e8", "#71a1ca" }, { "#a5ccf0", "#7fabd3" }, { "#b9d8f5", "#8fb6d8" },
	{ "#9dbceb", "#7c9dcd" }, { "#aec9f2", "#89a8d5" }, { "#c0d6f7", "#98b3db" },
	{ "#a8b9ec", "#8899ce" }, { "#b7c6f3", "#94a4d6" }, { "#c7d3f7", "#a1b0db" },
	{ "#b2b5ea", "#9396cc" }, { "#c0c3f1", "#9ea1d5" }, { "#ced1f6", "#aaadda" },
	{ "#bdb2e7", "#9e92c9" }, { "#c9c0ee", "#a89dd1" }, { "#d5cef4", "#b3aad7" },
	{ "#c6afe1", "#a88fc3" }, { "#d2bde9", "#b29acc" }, { "#ddccf0", "#bba7d2" },

	/* standard library: greens, pale */
	[PALETTE_STANDARD] =
	{ "#c3d5af", "#9bac87" }, { "#cedebb", "#a6b694" }, { "#d9e7ca", "#b2c1a2" },
	{ "#bcd7b5", "#93ad8c" }, { "#c7e0c1", "#a0b899" }, { "#d4e9ce", "#acc2a6" },
	{ "#b5d8bb", "#8daf93" }, { "#c1e1c6", "#9ab99f" }, { "#cfead3", "#a7c3ac" },
	{ "#afd9c2", "#87b099" }, { "#bce2cd", "#94baa5" }, { "#caead8", "#a2c4b1" },
	{ "#aadaca", "#81b0a1" }, { "#b7e3d4", "#90baac" }, { "#c6ebde", "#9ec4b7" },
	{ "#a6dad1", "#7eb0a8" }, { "#b4e3da", "#8dbab2" }, { "#c4ebe4", "#9bc4bd" },
	{ "#a4dad8", "#7cb0af" }, { "#b2e2e1", "#8bbab9" }, { "#c2ebe9", "#9ac4c3" },
	{ "#a4d9df", "#7bafb5" }, { "#b2e2e7", "#8ab9bf" }, { "#c2eaef", "#99c3c8" },

	/* compiled code: mauve; the kernel: sand */
	[PALETTE_NATIVE] =
	{ "#d9b3d2", "#b48fae" }, { "#e2c1dc", "#c09bb9" }, { "#eacfe5", "#cba8c5" },
	[PALETTE_KERNEL] =
	{ "#c2b8a3", "#a2987f" }, { "#cdc4b1", "#ada38b" }, { "#d8d0bf", "#b8af98" },
};

#define SOME(first) { first, first + PALETTE_FAMILY / 3, first + PALETTE_FAMILY / 3 * 2 }
#define SHADES(first) { first, first + 1, first + 2 }

const struct palette_key palette_keys[PALETTE_KEYS] = {
	{ "own code", PALETTE_KIND_OWN, SOME(PALETTE_OWN) },
	{ "site-packages", PALETTE_KIND_LIBRARY, SOME(PALETTE_LIBRARY) },
	{ "standard library", PALETTE_KIND_STANDARD, SOME(PALETTE_STANDARD) },
	{ "native", PALETTE_KIND_NATIVE, SHADES(PALETTE_NATIVE) },
	{ "kernel", PALETTE_KIND_KERNEL, SHADES(PALETTE_KERNEL) },
	{ "truncated", PALETTE_KINDS, { PALETTE_TRUNCATED, PALETTE_TRUNCATED, PALETTE_TRUNCATED } },
};

/* FNV-1a: colours must outlive any other hash in the project. */
static uint32_t stable_hash(const char *text, size_t len)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)text[i]) * 16777619u;
	h ^= h >> 16;
	return h * 0x45d9f3bu >> 8;
}

enum palette_kind palette_kind(const char *file, const char *name)
{
	static const enum palette_kind kinds[MODULE_KINDS] = {
		[MODULE_OWN] = PALETTE_KIND_OWN,
		[MODULE_LIBRARY] = PALETTE_KIND_LIBRARY,
		[MODULE_STANDARD] = PALETTE_KIND_STANDARD,
		[MODULE_NATIVE] = PALETTE_KIND_NATIVE,
		[MODULE_KERNEL] = PALETTE_KIND_KERNEL,
	};

	return kinds[module_kind(file, name)];
}

enum palette_kind palette_kind_of(unsigned color)
{
	if (color >= PALETTE_KERNEL)
		return PALETTE_KIND_KERNEL;
	if (color >= PALETTE_NATIVE)
		return PALETTE_KIND_NATIVE;
	return (enum palette_kind)((color - PALETTE_OWN) / PALETTE_FAMILY);
}

unsigned palette_of_frame(const char *file, const char *name, const char *cwd)
{
	static const unsigned first[PALETTE_KINDS] = { PALETTE_OWN, PALETTE_LIBRARY,
						       PALETTE_STANDARD, PALETTE_NATIVE,
						       PALETTE_KERNEL };
	enum palette_kind kind = palette_kind(file, name);
	struct str text = STR_INIT;
	unsigned color = first[kind];

	if (kind != PALETTE_KIND_NATIVE && kind != PALETTE_KIND_KERNEL) {
		module_of_file(&text, file, cwd);
		color += stable_hash(str_cstr(&text), text.len) % PALETTE_HUES * PALETTE_SHADES;
		str_clear(&text);
	}
	view_short_path(&text, file, cwd);
	color += stable_hash(str_cstr(&text), text.len) % PALETTE_SHADES;
	if (text.failed)
		color = PALETTE_N;
	str_deinit(&text);
	return color;
}

const char *palette_light(unsigned color)
{
	return colors[color].light;
}

const char *palette_dark(unsigned color)
{
	return colors[color].dark;
}

/* One declaration serves the picture's rectangles (fill) and the page's boxes. */
void palette_css(FILE *out)
{
	for (unsigned i = 0; i < PALETTE_N; i++)
		fprintf(out, ".c%u{fill:%s;background-color:%s}\n", i, colors[i].light,
			colors[i].light);
	fputs("@media screen and (prefers-color-scheme:dark){\n", out);
	for (unsigned i = 0; i < PALETTE_N; i++)
		fprintf(out, ".c%u{fill:%s;background-color:%s}\n", i, colors[i].dark,
			colors[i].dark);
	fputs("}\n", out);
}
