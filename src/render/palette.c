/* SPDX-License-Identifier: MIT */
#include "render/palette.h"

#include <stdint.h>
#include <string.h>

#include "profile/view.h"

struct color {
	char light[8], dark[8];
};

/*
 * Made in OKLCH, so that a family keeps one lightness over its hues, and so one contrast
 * with the text; a line is a hue, its three columns the shades. Warm against blue against
 * pale green also differ in lightness and strength, for eyes that don't tell red from green.
 *			light: lightness and chroma	dark	hues
 *   own code		.78 .125  .82 .115  .86 .10	.44 .105  .48 .11  .52 .11	26 + 11i
 *   site-packages	.79 .075  .83 .065  .87 .052	.40 .075  .44 .08  .48 .08	222 + 12i
 *   standard library	.85 .055  .88 .05  .91 .042	.37 .04  .40 .042  .43 .045	128 + 11i
 */
static const struct color colors[PALETTE_N] = {
	[PALETTE_ROOT] = { "#d7dae0", "#3a3f4b" },
	[PALETTE_THREAD] = { "#c8cdd8", "#444b5a" },
	[PALETTE_TRUNCATED] = { "#d9d9d9", "#4a4a4a" },
	[PALETTE_MORE] = { "#e6e6e6", "#333333" },

	/* own code: red to yellow */
	[PALETTE_OWN] =
	{ "#fd978d", "#833833" }, { "#feaba3", "#92413c" }, { "#febfb8", "#9f4d47" },
	{ "#fc9a7d", "#823a25" }, { "#ffad95", "#91442d" }, { "#fec0ae", "#9e4f39" },
	{ "#f89e6e", "#803d15" }, { "#feae85", "#8e471e" }, { "#ffc1a2", "#9b532a" },
	{ "#f2a361", "#7b4202" }, { "#fcb276", "#8a4b08" }, { "#ffc394", "#96571b" },
	{ "#eaa857", "#734701" }, { "#f4b76e", "#825100" }, { "#fcc687", "#915c08" },
	{ "#e0ae50", "#6c4c00" }, { "#eabc69", "#7a5703" }, { "#f3cb84", "#886104" },
	{ "#d4b54f", "#645002" }, { "#dfc268", "#715b00" }, { "#e8cf83", "#7f6601" },
	{ "#c6bb53", "#5c5403" }, { "#d2c76b", "#685f02" }, { "#ddd486", "#756b04" },

	/* site-packages: cyan to violet */
	[PALETTE_LIBRARY] =
	{ "#83c6dd", "#025064" }, { "#98d2e6", "#045c72" }, { "#b0dded", "#19677e" },
	{ "#8ac3e4", "#124e6a" }, { "#9ecfec", "#195978" }, { "#b4dbf2", "#276584" },
	{ "#93c0e8", "#214b6e" }, { "#a5ccf0", "#29567c" }, { "#b9d8f5", "#346288" },
	{ "#9dbceb", "#2d4870" }, { "#aec9f2", "#36537e" }, { "#c0d6f7", "#415e8a" },
	{ "#a8b9ec", "#384570" }, { "#b7c6f3", "#41507f" }, { "#c7d3f7", "#4c5b8b" },
	{ "#b2b5ea", "#41426f" }, { "#c0c3f1", "#4c4c7d" }, { "#ced1f6", "#56588a" },
	{ "#bdb2e7", "#4a3f6c" }, { "#c9c0ee", "#55497a" }, { "#d5cef4", "#605486" },
	{ "#c6afe1", "#523c68" }, { "#d2bde9", "#5d4675" }, { "#ddccf0", "#695181" },

	/* standard library: greens, pale */
	[PALETTE_STANDARD] =
	{ "#c3d5af", "#3a442d" }, { "#cedebb", "#414c34" }, { "#d9e7ca", "#49553a" },
	{ "#bcd7b5", "#354531" }, { "#c7e0c1", "#3c4d37" }, { "#d4e9ce", "#43563e" },
	{ "#b5d8bb", "#304635" }, { "#c1e1c6", "#374e3c" }, { "#cfead3", "#3e5743" },
	{ "#afd9c2", "#2c4639" }, { "#bce2cd", "#334f40" }, { "#caead8", "#395848" },
	{ "#aadaca", "#29473d" }, { "#b7e3d4", "#2f4f45" }, { "#c6ebde", "#35584d" },
	{ "#a6dad1", "#264742" }, { "#b4e3da", "#2c4f4a" }, { "#c4ebe4", "#325852" },
	{ "#a4dad8", "#244646" }, { "#b2e2e1", "#2b4f4e" }, { "#c2ebe9", "#305857" },
	{ "#a4d9df", "#24464a" }, { "#b2e2e7", "#2a4e52" }, { "#c2eaef", "#30575c" },
};

#define SOME(first) { first, first + PALETTE_FAMILY / 3, first + PALETTE_FAMILY / 3 * 2 }

const struct palette_key palette_keys[PALETTE_KEYS] = {
	{ "own code", SOME(PALETTE_OWN) },
	{ "site-packages", SOME(PALETTE_LIBRARY) },
	{ "standard library", SOME(PALETTE_STANDARD) },
	{ "truncated", { PALETTE_TRUNCATED, PALETTE_TRUNCATED, PALETTE_TRUNCATED } },
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

/* What follows the last `part` in `text`, NULL where it is not there. */
static const char *after_last(const char *text, const char *part)
{
	const char *found = NULL;

	for (const char *p = text; (p = strstr(p, part)); p++)
		found = p + strlen(part);
	return found;
}

/* Length of "3.12", "312.zip", "3.13t" (with ABI flags) at `text`; 0 where it is neither. */
static size_t version_length(const char *text)
{
	const char *digits = "0123456789";
	size_t len = strspn(text, digits), minor;

	if (len == 0)
		return 0;
	if (strncmp(text + len, ".zip", 4) == 0)
		return len + 4;
	if (text[len] != '.')
		return 0;
	minor = strspn(text + len + 1, digits);
	if (minor == 0)
		return 0;
	len += 1 + minor;
	return len + strspn(text + len, "dmtu");
}

/* What follows "lib/pythonX.Y/", or the like of lib64 and .zip; NULL where it is not there. */
static const char *after_stdlib(const char *file)
{
	static const char *const parts[] = { "/lib/python", "/lib64/python" };

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		const char *rest = after_last(file, parts[i]);
		size_t version = rest ? version_length(rest) : 0;

		if (version && rest[version] == '/')
			return rest + version + 1;
	}
	return NULL;
}

static const char *after_library(const char *file)
{
	const char *site = after_last(file, "/site-packages/");

	return site ? site : after_last(file, "/dist-packages/");
}

/* "importlib._bootstrap" of "<frozen importlib._bootstrap>", NULL where it is none. */
static const char *after_frozen(const char *file)
{
	return strncmp(file, "<frozen ", 8) == 0 ? file + 8 : NULL;
}

enum palette_kind palette_kind(const char *file)
{
	if (after_library(file))
		return PALETTE_KIND_LIBRARY;
	if (after_frozen(file) || after_stdlib(file))
		return PALETTE_KIND_STANDARD;
	return PALETTE_KIND_OWN;
}

/* The path below `dir`, NULL where it is not below it. */
static const char *below(const char *path, const char *dir)
{
	size_t len = dir ? strlen(dir) : 0;

	while (len && dir[len - 1] == '/')
		len--;
	if (!len || strncmp(path, dir, len) != 0 || path[len] != '/')
		return NULL;
	return path + len + 1;
}

/* A relative path from its first part on, an absolute one from its last folder on. */
static const char *own_part(const char *file, const char *cwd)
{
	const char *part = below(file, cwd), *slash;

	while (strncmp(file, "./", 2) == 0)
		file += 2;
	if (part || file[0] != '/')
		return part ? part : file;
	slash = strrchr(file, '/');
	while (slash > file && slash[-1] != '/')
		slash--;
	return slash > file ? slash : file + 1;
}

void palette_module(struct str *out, const char *file, const char *cwd)
{
	const char *part = after_library(file);
	size_t len;

	if (!part)
		part = after_frozen(file);
	if (!part)
		part = after_stdlib(file);
	if (!part)
		part = own_part(file, cwd);
	len = strcspn(part, "/");
	if (part[len] == '\0' && part[0] != '<')
		len = strcspn(part, ".>"); /* a module that is one file */
	str_add(out, part, len);
}

unsigned palette_of_file(const char *file, const char *cwd)
{
	static const unsigned first[] = { PALETTE_OWN, PALETTE_LIBRARY, PALETTE_STANDARD };
	struct str text = STR_INIT;
	unsigned color = first[palette_kind(file)];

	palette_module(&text, file, cwd);
	color += stable_hash(str_cstr(&text), text.len) % PALETTE_HUES * PALETTE_SHADES;
	str_clear(&text);
	view_short_path(&text, file, cwd);
	color += stable_hash(str_cstr(&text), text.len) % PALETTE_SHADES;
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
	fputs("@media (prefers-color-scheme:dark){\n", out);
	for (unsigned i = 0; i < PALETTE_N; i++)
		fprintf(out, ".c%u{fill:%s;background-color:%s}\n", i, colors[i].dark,
			colors[i].dark);
	fputs("}\n", out);
}
