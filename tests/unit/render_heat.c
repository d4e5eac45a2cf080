/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "render/assets.h"
#include "render/heat_data.h"
#include "render/heatmap.h"

static const struct profile_metric metrics[] = {
	{ "samples", "count" },
	{ "wall", "nanoseconds" },
};

static struct profile *make(void)
{
	struct profile *p;

	assert_int_equal(profile_create(&p, metrics, 2, NULL), PYPROF_OK);
	return p;
}

static uint32_t call(struct profile *p, uint32_t parent, const char *name, const char *file,
		     int32_t line)
{
	uint32_t f = profile_function(p, profile_string(p, name, strlen(name)),
				      profile_string(p, file, strlen(file)), 0);

	return profile_node(p, parent, profile_location(p, f, line, 0));
}

static void add(struct profile *p, uint32_t node, uint32_t marks, uint64_t samples)
{
	const uint64_t values[] = { samples, samples * 10 };

	assert_true(profile_add(p, node, PROFILE_NONE, marks, values));
}

/* Files are what their names say. */
static enum source_state read_made_up(void *arg, const char *path, struct str *text)
{
	(void)arg;
	str_clear(text);
	if (strstr(path, "missing"))
		return SOURCE_MISSING;
	if (strstr(path, "binary")) {
		str_add(text, "a\0b", 3);
	} else if (strstr(path, "large")) {
		for (size_t i = 0; i <= HEAT_MAX_FILE; i += 8)
			str_add_cstr(text, "12345678");
	} else {
		str_add_cstr(text, "x = '</script>'\n");
	}
	return strstr(path, "newer") ? SOURCE_NEWER : SOURCE_FOUND;
}

static char *write_as(const struct profile *p, const struct source_reader *sources, bool page)
{
	struct format_input input = { .profile = p, .metric = 1, .sources = sources };
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	if (page)
		assert_int_equal(format_heatmap.write(&input, out, NULL), PYPROF_OK);
	else
		assert_int_equal(heat_data_write(out, &input, NULL), PYPROF_OK);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("\"%s\" is not in:\n%s", part, text);
}

static const struct source_reader reader = { read_made_up, NULL };

/* A lambda on the line that calls it: the line has the stack once. */
static void a_stack_counts_once_for_a_line(void **state)
{
	struct profile *p = make();
	uint32_t top = call(p, PROFILE_ROOT, "<module>", "/srv/a.py", 3);
	uint32_t lambda = call(p, top, "<lambda>", "/srv/a.py", 3);
	_cleanup_free_ char *text = NULL;

	(void)state;
	p->info.cwd = strdup("/srv");
	add(p, lambda, 0, 5);
	add(p, call(p, lambda, "f", "/srv/newer.py", 0), 0, 7);
	add(p, call(p, lambda, "f", "/srv/newer.py", 0), PROFILE_MARK_TRUNCATED, 1);
	add(p, call(p, call(p, PROFILE_ROOT, "native", "", 0), "other", "", 0), 0, 2);
	text = write_as(p, &reader, false);
	has(text, "{\"name\":\"wall\",\"unit\":\"nanoseconds\",\"all\":150}],\n\"shown\":1");
	has(text, "\"cut\":[1,10]");
	has(text, "{\"path\":\"/srv/a.py\",\"name\":\"a.py\",\"module\":0,\"self\":[5,50],"
		  "\"total\":[13,130],\"state\":0,\"text\":\"x = '\\u003c/script\\u003e'\\n\",\n"
		  "\"lines\":[[3,[5,50],[13,130],\"\\u003cmodule\\u003e\"]]}");
	has(text, "{\"path\":\"/srv/newer.py\",\"name\":\"newer.py\"");
	has(text, "\"self\":[7,70],\"total\":[8,80],\"state\":1");
	has(text, "\"lines\":[[0,[7,70],[8,80],\"f\"]]");
	has(text, "{\"path\":\"\",\"name\":\"\"");
	has(text, "\"self\":[2,20],\"total\":[2,20],\"state\":5,\n\"lines\":[[0,[0,0],[2,20],"
		  "\"native\"],\n[0,[2,20],[2,20],\"other\"]]");
	profile_destroy(p);
}

static void files_that_are_not_shown(void **state)
{
	struct profile *p = make();
	_cleanup_free_ char *text = NULL;

	(void)state;
	add(p, call(p, PROFILE_ROOT, "f", "/missing.py", 1), 0, 4);
	add(p, call(p, PROFILE_ROOT, "f", "/binary.py", 1), 0, 3);
	add(p, call(p, PROFILE_ROOT, "f", "/large.py", 1), 0, 2);
	text = write_as(p, &reader, false);
	has(text, "\"total\":[4,40],\"state\":2,");
	has(text, "\"total\":[3,30],\"state\":3,");
	has(text, "\"total\":[2,20],\"state\":4,");
	assert_null(strstr(text, "\"text\""));
	free(text);
	text = write_as(p, NULL, false);
	has(text, "\"total\":[2,20],\"state\":2,");
	profile_destroy(p);
}

static void known_lines_have_their_source(void **state)
{
	struct profile *p = make();
	_cleanup_free_ char *text = NULL;

	(void)state;
	add(p, call(p, PROFILE_ROOT, "f", "/missing.py", 1), 0, 4);
	p->sources = calloc(1, sizeof(*p->sources));
	p->n_sources = 1;
	p->sources[0] = profile_string(p, "go()", 4);
	text = write_as(p, &reader, false);
	has(text, "\"lines\":[[1,[4,40],[4,40],\"f\",\"go()\"]]");
	profile_destroy(p);
}

static void page_is_one_of_a_kind(void **state)
{
	struct profile *p = make();
	_cleanup_free_ char *text = write_as(p, &reader, true);
	_cleanup_free_ char *other = write_as(p, &reader, true);
	const char *nonce = strstr(text, "'nonce-"), *next = strstr(other, "'nonce-");

	(void)state;
	assert_non_null(nonce);
	assert_non_null(next);
	assert_int_not_equal(strncmp(nonce, next, 39), 0);
	has(text, "default-src 'none'");
	has(text, "\"files\":[]}");
	profile_destroy(p);
}

/* What would end the elements that they stand in. */
static void assets_do_not_end_early(void **state)
{
	(void)state;
	assert_null(memmem(asset_heat_js, (size_t)(asset_heat_js_end - asset_heat_js), "</", 2));
	assert_null(memmem(asset_heat_js, (size_t)(asset_heat_js_end - asset_heat_js), "<!--", 4));
	assert_null(
		memmem(asset_heat_css, (size_t)(asset_heat_css_end - asset_heat_css), "</", 2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stack_counts_once_for_a_line),
		cmocka_unit_test(files_that_are_not_shown),
		cmocka_unit_test(known_lines_have_their_source),
		cmocka_unit_test(page_is_one_of_a_kind),
		cmocka_unit_test(assets_do_not_end_early),
	};

	return cmocka_run_group_tests_name("render_heat", tests, NULL, NULL);
}
