/* SPDX-License-Identifier: MIT */
/* Whose code a file is, which colour it has, and whether text on it can be read. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "profile/module.h"
#include "render/palette.h"

#define SITE "/srv/venv/lib/python3.12/site-packages/"

static void kinds_of_files(void **state)
{
	static const struct {
		const char *file;
		enum palette_kind kind;
	} cases[] = {
		{ SITE "flask/app.py", PALETTE_KIND_LIBRARY },
		{ "/usr/lib/python3/dist-packages/apt/cache.py", PALETTE_KIND_LIBRARY },
		{ "/usr/lib/python3.11/json/decoder.py", PALETTE_KIND_STANDARD },
		{ "/usr/lib64/python2.7/threading.py", PALETTE_KIND_STANDARD },
		{ "/opt/py/lib/python3.13t/ast.py", PALETTE_KIND_STANDARD },
		{ "/opt/py/lib/python311.zip/ast.py", PALETTE_KIND_STANDARD },
		{ "<frozen importlib._bootstrap>", PALETTE_KIND_STANDARD },
		{ "<frozen runpy>", PALETTE_KIND_STANDARD },
		{ "/srv/shop/views.py", PALETTE_KIND_OWN },
		{ "views.py", PALETTE_KIND_OWN },
		{ "<string>", PALETTE_KIND_OWN },
		{ "", PALETTE_KIND_OWN },
		{ "/home/me/lib/python/tool.py", PALETTE_KIND_OWN },
		{ "/home/me/lib/python3.12", PALETTE_KIND_OWN },
		{ "/home/me/python3.12/tool.py", PALETTE_KIND_OWN },
		{ "/home/me/lib/python3/tool.py", PALETTE_KIND_OWN },
	};
	(void)state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (palette_kind(cases[i].file, "f") != cases[i].kind)
			print_error("%s\n", cases[i].file);
		assert_int_equal(palette_kind(cases[i].file, "f"), cases[i].kind);
	}
}

static void assert_module(const char *file, const char *cwd, const char *wanted)
{
	struct str out = STR_INIT;

	module_of_file(&out, file, cwd);
	assert_string_equal(str_cstr(&out), wanted);
	str_deinit(&out);
}

static void modules_of_files(void **state)
{
	(void)state;
	assert_module(SITE "flask/app.py", NULL, "flask");
	assert_module(SITE "flask/json/tag.py", NULL, "flask");
	assert_module(SITE "six.py", NULL, "six");
	assert_module("/usr/lib/python3.11/json/decoder.py", NULL, "json");
	assert_module("/usr/lib/python3.11/threading.py", NULL, "threading");
	assert_module("<frozen importlib._bootstrap>", NULL, "importlib");
	assert_module("<frozen runpy>", NULL, "runpy");
	assert_module("/srv/shop/shop/views/orders.py", "/srv/shop", "shop/views");
	assert_module("/srv/shop/shop/views/orders.py", "/srv/shop/", "shop/views");
	assert_module("/srv/shop/shop/pricing.py", "/srv/shop", "shop/pricing");
	assert_module("/srv/shop/manage.py", "/srv/shop", "manage");
	assert_module("/srv/shop2/manage.py", "/srv/shop", "shop2/manage");
	assert_module("/opt/tool/cli.py", NULL, "tool/cli");
	assert_module("/cli.py", "/", "cli");
	assert_module("./a/b/c.py", NULL, "a/b");
	assert_module("<string>", NULL, "<string>");
	assert_module("<ipython-input-1-3f.a>", NULL, "<ipython-input-1-3f.a>");
	assert_module("", NULL, "");
	assert_module("/", NULL, "");
	assert_module(".hidden", NULL, ".hidden");
}

static void colours_go_by_kind_module_and_file(void **state)
{
	unsigned app = palette_of_frame(SITE "flask/app.py", "", NULL);
	unsigned ctx = palette_of_frame(SITE "flask/ctx.py", "", NULL);
	unsigned own = palette_of_frame("/srv/shop/views.py", "", "/srv/shop");
	unsigned json = palette_of_frame("/usr/lib/python3.11/json/decoder.py", "", NULL);
	(void)state;

	assert_in_range(app, PALETTE_LIBRARY, PALETTE_LIBRARY + PALETTE_FAMILY - 1);
	assert_in_range(own, PALETTE_OWN, PALETTE_OWN + PALETTE_FAMILY - 1);
	assert_in_range(json, PALETTE_STANDARD, PALETTE_STANDARD + PALETTE_FAMILY - 1);
	/* One module, one hue. */
	assert_int_equal((app - PALETTE_LIBRARY) / PALETTE_SHADES,
			 (ctx - PALETTE_LIBRARY) / PALETTE_SHADES);
	/* The same in every picture: where it is installed does not matter. */
	assert_int_equal(app, palette_of_frame("/x/lib/python3.9/site-packages/flask/app.py", "", "/x"));
	assert_int_equal(own, palette_of_frame("/home/me/views.py", "", "/home/me"));
}

/* Were these to change, every old picture would differ from every new one. */
static void colours_are_forever(void **state)
{
	(void)state;
	assert_int_equal(palette_of_frame(SITE "flask/app.py", "", NULL), 51);
	assert_int_equal(palette_of_frame("/srv/shop/shop/views/orders.py", "", "/srv/shop"), 17);
	assert_int_equal(palette_of_frame("/usr/lib/python3.11/json/decoder.py", "", NULL), 71);
}

/* Names that happen in practice spread over the hues. */
static void modules_spread_over_the_hues(void **state)
{
	static const char *const names[] = {
		"django", "flask", "requests", "urllib3", "sqlalchemy", "numpy", "pandas",
		"scipy", "celery", "jinja2", "werkzeug", "gunicorn", "uvicorn", "fastapi",
		"pydantic", "starlette", "redis", "psycopg2", "boto3", "botocore", "lxml",
		"yaml", "click", "attr", "aiohttp", "tornado", "twisted", "pytest",
	};
	unsigned used = 0;
	(void)state;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char path[200];
		unsigned color;

		snprintf(path, sizeof(path), SITE "%s/core.py", names[i]);
		color = palette_of_frame(path, "", NULL) - PALETTE_LIBRARY;
		used |= 1u << color / PALETTE_SHADES;
	}
	assert_int_equal(used, (1u << PALETTE_HUES) - 1);
}

/* ---- contrast (WCAG 2.1, relative luminance and contrast ratio) ---------------------- */

static double channel(double c)
{
	return c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
}

struct rgb {
	double c[3];
};

static struct rgb rgb_of(const char *hex)
{
	struct rgb rgb;

	assert_int_equal(strlen(hex), 7);
	assert_int_equal(hex[0], '#');
	for (int i = 0; i < 3; i++) {
		char pair[3] = { hex[1 + 2 * i], hex[2 + 2 * i], 0 };

		rgb.c[i] = (double)strtol(pair, NULL, 16) / 255;
	}
	return rgb;
}

static double luminance(struct rgb rgb)
{
	return 0.2126 * channel(rgb.c[0]) + 0.7152 * channel(rgb.c[1]) +
	       0.0722 * channel(rgb.c[2]);
}

/* Contrast of PALETTE_TEXT, `opacity` of it, with a box's colour. */
static double contrast(const char *box, double opacity)
{
	struct rgb below = rgb_of(box), text = rgb_of(PALETTE_TEXT);
	double a, b;

	for (int i = 0; i < 3; i++)
		text.c[i] = text.c[i] * opacity + below.c[i] * (1 - opacity);
	a = luminance(below);
	b = luminance(text);
	return a > b ? (a + 0.05) / (b + 0.05) : (b + 0.05) / (a + 0.05);
}

static void text_on_every_colour_can_be_read(void **state)
{
	const double faint = strtod(PALETTE_FAINT, NULL);
	(void)state;

	assert_true(faint > 0.5 && faint < 1);
	for (unsigned i = 0; i < PALETTE_N; i++) {
		if (contrast(palette_light(i), faint) < 4.5 || contrast(palette_dark(i), faint) < 4.5)
			print_error("colour %u: %s %s\n", i, palette_light(i), palette_dark(i));
		assert_true(contrast(palette_light(i), faint) >= 4.5);
		assert_true(contrast(palette_dark(i), faint) >= 4.5);
	}
}

static void css_has_every_class_in_both_themes(void **state)
{
	char *css = NULL, rule[64];
	size_t size;
	FILE *out = open_memstream(&css, &size);
	const char *dark;
	(void)state;

	assert_non_null(out);
	palette_css(out);
	assert_int_equal(fclose(out), 0);
	dark = strstr(css, "@media screen and (prefers-color-scheme:dark)");
	assert_non_null(dark);
	for (unsigned i = 0; i < PALETTE_N; i++) {
		const char *found;

		snprintf(rule, sizeof(rule), ".c%u{fill:%s;", i, palette_light(i));
		found = strstr(css, rule);
		assert_non_null(found);
		assert_true(found < dark);
		snprintf(rule, sizeof(rule), ".c%u{fill:%s;", i, palette_dark(i));
		assert_non_null(strstr(dark, rule));
	}
	free(css);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds_of_files),
		cmocka_unit_test(modules_of_files),
		cmocka_unit_test(colours_go_by_kind_module_and_file),
		cmocka_unit_test(colours_are_forever),
		cmocka_unit_test(modules_spread_over_the_hues),
		cmocka_unit_test(text_on_every_colour_can_be_read),
		cmocka_unit_test(css_has_every_class_in_both_themes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
