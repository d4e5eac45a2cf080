/* SPDX-License-Identifier: MIT */
/*
 * The SVG file as its row of the formats writes it. What a parser and a browser say of it is
 * told by tests/render/.
 */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "render/assets.h"
#include "render/picture.h"
#include "render/svg.h"

#define SITE "/srv/venv/lib/python3.12/site-packages/"

static struct profile *new_profile(void)
{
	static const struct profile_metric samples = { "samples", "count" };
	struct profile *profile;

	assert_int_equal(profile_create(&profile, &samples, 1, NULL), PYPROF_OK);
	return profile;
}

static uint32_t frame_of(struct profile *p, uint32_t parent, const char *name, size_t len,
			 const char *file)
{
	uint32_t function = profile_function(p, profile_string(p, name, len),
					     profile_string(p, file, strlen(file)), 1);

	return profile_node(p, parent, profile_location(p, function, 7, 0));
}

static void add(struct profile *p, const char *name, size_t len, uint32_t marks, uint64_t value)
{
	uint32_t node = frame_of(p, PROFILE_ROOT, "main", 4, "/srv/shop/main.py");

	node = frame_of(p, node, name, len, SITE "flask/app.py");
	assert_true(profile_add(p, node, PROFILE_NONE, marks, &value));
}

/* The whole file, to be freed; fails the test where it cannot be written. */
static char *draw(const struct profile *profile)
{
	char *text = NULL;
	size_t size;
	struct view *view;
	struct pyprof_error err;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	assert_int_equal(view_create(&view, profile, NULL, &err), PYPROF_OK);
	assert_int_equal(format_svg.write(&(struct format_input){ .profile = profile, .view = view }, out, &err), PYPROF_OK);
	assert_int_equal(fclose(out), 0);
	view_destroy(view);
	return text;
}

static void assert_holds(const char *text, const char *part)
{
	if (!strstr(text, part))
		print_error("not there: %s\n", part);
	assert_non_null(strstr(text, part));
}

static unsigned count_of(const char *text, const char *part)
{
	unsigned n = 0;

	for (const char *p = text; (p = strstr(p, part)); p++)
		n++;
	return n;
}

static void its_row(void **state)
{
	(void)state;
	assert_string_equal(format_svg.name, "svg");
	assert_string_equal(format_svg.endings[0], ".svg");
	assert_null(format_svg.endings[1]);
	assert_null(format_svg.read);
}

static void one_document_in_order(void **state)
{
	struct profile *p = new_profile();
	char *svg;
	const char *style, *picture, *data, *script;
	(void)state;

	add(p, "index", 5, 0, 3);
	svg = draw(p);
	assert_int_equal(strncmp(svg, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg ", 44), 0);
	style = strstr(svg, "<style>");
	picture = strstr(svg, "<g id=\"picture\">");
	data = strstr(svg, "<metadata id=\"pyprof-data\">");
	script = strstr(svg, "<script>");
	assert_true(style && style < picture && picture < data && data < script);
	assert_string_equal(svg + strlen(svg) - 7, "</svg>\n");
	assert_int_equal(count_of(svg, "<script"), 1);
	free(svg);
	profile_destroy(p);
}

static void boxes_have_place_colour_and_words(void **state)
{
	struct profile *p = new_profile();
	char *svg;
	(void)state;

	p->info.cwd = strdup("/srv/shop");
	add(p, "index", 5, 0, 3);
	add(p, "other", 5, PROFILE_MARK_TRUNCATED, 1);
	svg = draw(p);
	assert_holds(svg, "<title>all\n4 samples, 100.00%</title>");
	assert_holds(svg, "<title>main (main.py:7)\n4 samples, 100.00%</title>");
	assert_holds(svg, "<title>index (flask/app.py:7)\n3 samples, 75.00%</title>");
	assert_holds(svg, "x=\"12.00\" y=\"81\" width=\"882.00\" height=\"16\"");
	assert_holds(svg, "<title>[truncated]\n1 sample, 25.00%</title><rect class=\"c2\" "
			  "fill=\"url(#hatch)\" x=\"894.00\" y=\"64\" width=\"294.00\"");
	assert_holds(svg, ">index<tspan class=\"where\" fill-opacity=\"0.82\"> "
			  "(flask/app.py:7)</tspan></text>");
	free(svg);
	profile_destroy(p);
}

/* The cut of a text may fall on any byte of name and file: what is left must be UTF-8. */
static void labels_are_cut_between_characters(void **state)
{
	static const char name[] = "\xe5\x90\x8d\xc3\xa9\xf0\x9f\x98\x80xyz";
	(void)state;

	for (uint64_t rest = 10; rest < 600; rest += 1) {
		struct profile *p = new_profile();
		char *svg, *text;

		add(p, name, sizeof(name) - 1, 0, 10);
		add(p, "other", 5, 0, rest);
		svg = draw(p);
		text = strstr(svg, "<title>\xe5\x90\x8d");
		if (text) {
			char *end = strstr(text, "</g>");

			assert_non_null(end);
			*end = '\0';
			/* An ellipsis that is cut off would leave its first bytes behind. */
			assert_int_equal(count_of(text, "\xe2"), count_of(text, "\xe2\x80\xa6"));
			assert_int_equal(count_of(text, "\xf0"), count_of(text, "\xf0\x9f\x98\x80"));
			assert_int_equal(count_of(text, "\xe5"), count_of(text, "\xe5\x90\x8d"));
		}
		free(svg);
		profile_destroy(p);
	}
}

static void hostile_names_are_text(void **state)
{
	struct profile *p = new_profile();
	static const char evil[] = "</script>]]><b>&\"'\0\n\xff\xe2\x80\xae\xef\xbf\xbe";
	char *svg, *data;
	(void)state;

	add(p, evil, sizeof(evil) - 1, 0, 1);
	p->info.command = strdup("a</title>]]>\x01");
	svg = draw(p);
	assert_holds(svg, "<title>a&lt;/title&gt;]]&gt;\\x01</title>");
	assert_holds(svg, "<title>&lt;/script&gt;]]&gt;&lt;b&gt;&amp;&quot;&#39;\\x00\\n\\udcff\\u202e"
			  "\\ufffe (flask/app.py:7)\n");
	data = strstr(svg, "<metadata");
	assert_holds(data, "\"\\u003c/script\\u003e]]\\u003e\\u003cb\\u003e\\u0026\\\"'\\u0000\\n\\udcff"
			   "\\u202e\\ufffe\"");
	assert_int_equal(count_of(svg, "]]>"), 2); /* style and script end */
	assert_int_equal(count_of(svg, "</script>"), 1);
	free(svg);
	profile_destroy(p);
}

static void notes_tell_the_recording(void **state)
{
	struct profile *p = new_profile();
	char *svg;
	(void)state;

	add(p, "index", 5, 0, 3);
	p->info.command = strdup("python app.py");
	p->info.python_version = strdup("3.13.0");
	p->info.pid = 77;
	p->info.start_realtime_ns = 1764000000000000000;
	p->info.stats = (struct pyprof_stats){
		.ticks = 10, .samples = 3, .late_ticks = 1, .elapsed_ns = 1500000000,
		.rate_asked_hz = 100, .rate_hz = 99.5, .truncated = { [PYPROF_CAUSE_FAULT] = 2 },
		.failed = { [PYPROF_CAUSE_BROKEN] = 1 }, .empty = 4,
	};
	svg = draw(p);
	assert_holds(svg, ">python app.py</text>");
	assert_holds(svg, ">Width: samples (count) \xc2\xb7 3 samples in all</text>");
	assert_holds(svg, ">PID 77 \xc2\xb7 Python 3.13.0 \xc2\xb7 recorded from "
			  "2025-11-24 16:00:00 UTC \xc2\xb7 for 1.5 s</text>");
	assert_holds(svg, ">3 samples \xc2\xb7 100 Hz asked \xc2\xb7 99.5 Hz achieved \xc2\xb7 "
			  "1 late tick</text>");
	assert_holds(svg, ">2 samples truncated (2 fault) \xc2\xb7 1 look failed (1 broken) "
			  "\xc2\xb7 4 looks found no Python frame</text>");
	free(svg);
	profile_destroy(p);
}

static void an_empty_profile_says_so(void **state)
{
	struct profile *p = new_profile();
	char *svg = draw(p);
	(void)state;

	assert_holds(svg, ">No samples.</text>");
	assert_null(strstr(svg, "id=\"frames\""));
	free(svg);
	p->info.stats.idle = 12;
	svg = draw(p);
	assert_holds(svg, ">No samples. 12 looks found a thread idle; --idle shows");
	free(svg);
	profile_destroy(p);
}

static void height_and_boxes_are_bounded(void **state)
{
	struct profile *p = new_profile();
	uint32_t node = PROFILE_ROOT;
	uint64_t one = 1;
	char *svg;
	(void)state;

	for (int i = 0; i < 3000; i++)
		node = frame_of(p, node, "down", 4, "deep.py");
	assert_true(profile_add(p, node, PROFILE_NONE, 0, &one));
	for (int i = 0; i < 20000; i++) {
		char name[16];
		int len = snprintf(name, sizeof(name), "f%d", i);

		add(p, name, (size_t)len, 0, 1 + (uint64_t)i % 5);
	}
	svg = draw(p);
	assert_true(count_of(svg, "<g><title>") <= PICTURE_BOXES);
	assert_holds(svg, "opened in a browser it shows them all</text>");
	assert_true(strtoul(strstr(svg, "height=\"") + 8, NULL, 10) < 17 * PICTURE_LEVELS + 300);
	free(svg);
	profile_destroy(p);
}

/* Byte for byte, in another locale too. */
static void the_same_profile_gives_the_same_file(void **state)
{
	struct profile *p = new_profile();
	char *first, *second;
	(void)state;

	for (int i = 0; i < 500; i++)
		add(p, (const char[]){ (char)('a' + i % 26), (char)('a' + i / 26) }, 2, 0,
		    (uint64_t)i + 1);
	first = draw(p);
	setlocale(LC_ALL, "de_DE.UTF-8");
	second = draw(p);
	setlocale(LC_ALL, "C");
	assert_string_equal(first, second);
	free(first);
	free(second);
	profile_destroy(p);
}

static void assets_can_stand_in_cdata(void **state)
{
	(void)state;
	assert_null(memmem(asset_css, (size_t)(asset_css_end - asset_css), "]]>", 3));
	assert_null(memmem(asset_js, (size_t)(asset_js_end - asset_js), "]]>", 3));
	assert_null(memmem(asset_diff_css, (size_t)(asset_diff_css_end - asset_diff_css), "]]>", 3));
	assert_null(memmem(asset_diff_js, (size_t)(asset_diff_js_end - asset_diff_js), "]]>", 3));
	assert_null(memmem(asset_open_js, (size_t)(asset_open_js_end - asset_open_js), "]]>", 3));
	assert_non_null(memmem(asset_js, (size_t)(asset_js_end - asset_js), "class Profile", 13));
	assert_non_null(memmem(asset_js, (size_t)(asset_js_end - asset_js), "openPage(", 9));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(its_row),
		cmocka_unit_test(one_document_in_order),
		cmocka_unit_test(boxes_have_place_colour_and_words),
		cmocka_unit_test(labels_are_cut_between_characters),
		cmocka_unit_test(hostile_names_are_text),
		cmocka_unit_test(notes_tell_the_recording),
		cmocka_unit_test(an_empty_profile_says_so),
		cmocka_unit_test(height_and_boxes_are_bounded),
		cmocka_unit_test(the_same_profile_gives_the_same_file),
		cmocka_unit_test(assets_can_stand_in_cdata),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
