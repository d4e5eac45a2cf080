/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "render/annotate.h"

static const struct profile_metric samples = { "samples", "count" };

static struct profile *make(void)
{
	struct profile *p;

	assert_int_equal(profile_create(&p, &samples, 1, NULL), PYPROF_OK);
	return p;
}

static uint32_t text(struct profile *p, const char *bytes)
{
	return profile_string(p, bytes, strlen(bytes));
}

static uint32_t call(struct profile *p, uint32_t parent, const char *name, const char *file,
		     int32_t start, int32_t line)
{
	uint32_t f = profile_function(p, text(p, name), text(p, file), start);

	return profile_node(p, parent, profile_location(p, f, line, 0));
}

static void add(struct profile *p, uint32_t node, uint32_t marks, uint64_t n)
{
	assert_true(profile_add(p, node, PROFILE_NONE, marks, &n));
}

/* ---- sources of the test's own -------------------------------------------------------- */

struct files {
	enum source_state state;
	const char *text;
	unsigned reads;
};

static enum source_state read_file(void *arg, const char *path, struct str *out)
{
	struct files *files = arg;

	(void)path;
	files->reads++;
	str_clear(out);
	str_add_cstr(out, files->text);
	return files->state;
}

static enum pyprof_status write_out(const struct profile *p, struct annotate_opts opts,
				    struct files *files, char **bytes, struct pyprof_error *err)
{
	const struct source_reader reader = { read_file, files };
	enum pyprof_status status;
	size_t len;
	FILE *out = open_memstream(bytes, &len);

	assert_non_null(out);
	opts.whole = profile_total(p, 0);
	status = annotate_write(p, &opts, &reader, out, err);
	assert_int_equal(fclose(out), 0);
	return status;
}

static char *written(const struct profile *p, struct annotate_opts opts, struct files *files)
{
	struct pyprof_error err = { 0 };
	char *bytes;

	if (write_out(p, opts, files, &bytes, &err))
		fail_msg("%s", err.message);
	return bytes;
}

static void expect(const struct profile *p, struct annotate_opts opts, const char *source,
		   enum source_state state, const char *want)
{
	struct files files = { state, source, 0 };
	char *bytes = written(p, opts, &files);

	assert_string_equal(bytes, want);
	free(bytes);
}

static const char source[] = "import x\n"
			     "\n"
			     "def outer(n):\n"
			     "\tdef inner(k):\n"
			     "\t\treturn k\n"
			     "\n"
			     "\tfor i in range(n):\n"
			     "\t\tinner(i)\n"
			     "\treturn n\n"
			     "\n"
			     "def next():\n"
			     "\tpass\n"
			     "\n"
			     "outer(5)";

static struct profile *sample_profile(void)
{
	struct profile *p = make();
	uint32_t module = call(p, PROFILE_ROOT, "<module>", "/a/m.py", 1, 14);
	uint32_t outer = call(p, module, "outer", "/a/m.py", 3, 8);

	add(p, call(p, module, "outer", "/a/m.py", 3, 7), 0, 10);
	add(p, outer, 0, 5);
	add(p, outer, PROFILE_MARK_TRUNCATED, 15);
	add(p, call(p, outer, "outer.<locals>.inner", "/a/m.py", 4, 5), 0, 70);
	return p;
}

#define HEAD "samples: 100 in all \xc2\xb7 15.00% truncated\n\n"
#define TITLES "    self     total    line\n"

#define OUTER                                                                            \
	"outer  /a/m.py:3\n15 self, 15.00%; 100 total, 100.00%\n" TITLES                \
	"                         3  def outer(n):\n"                                    \
	"                         4          def inner(k):\n"                            \
	"                         5                  return k\n"                         \
	"                         6\n"                                                   \
	"      10        10       7          for i in range(n):\n"                       \
	"       5        90       8                  inner(i)\n"                         \
	"                         9          return n\n"
#define INNER                                                                            \
	"outer.<locals>.inner  /a/m.py:4\n70 self, 70.00%; 70 total, 70.00%\n" TITLES   \
	"                         4          def inner(k):\n"                            \
	"      70        70       5                  return k\n"
#define MODULE                                                                           \
	"<module>  /a/m.py:1\n0 self, 0.00%; 100 total, 100.00%\n" TITLES               \
	"                         1  import x\n"                                         \
	"                         2\n"                                                   \
	"                         3  def outer(n):\n"                                    \
	"                         4          def inner(k):\n"                            \
	"                         5                  return k\n"                         \
	"                         6\n"                                                   \
	"                         7          for i in range(n):\n"                       \
	"                         8                  inner(i)\n"                         \
	"                         9          return n\n"                                 \
	"                        10\n"                                                   \
	"                        11  def next():\n"                                      \
	"                        12          pass\n"                                     \
	"                        13\n"                                                   \
	"               100      14  outer(5)\n"

static void a_block_is_a_function(void **state)
{
	struct profile *p = sample_profile();

	(void)state;
	expect(p, (struct annotate_opts){ .what = "^outer$" }, source, SOURCE_FOUND, HEAD OUTER);
	expect(p, (struct annotate_opts){ .what = "outer" }, source, SOURCE_FOUND,
	       HEAD OUTER "\n" INNER);
	expect(p, (struct annotate_opts){ .limit = 1 }, source, SOURCE_FOUND, HEAD INNER);
	expect(p, (struct annotate_opts){ 0 }, source, SOURCE_FOUND, HEAD OUTER "\n" INNER);
	profile_destroy(p);
}

static void a_file_is_all_of_its_functions(void **state)
{
	static const char *const names[] = { "m.py", "a/m.py", "/a/m.py", "./m.py", NULL };
	struct profile *p = sample_profile();
	struct pyprof_error err;
	char *bytes;

	(void)state;
	for (const char *const *name = names; *name; name++)
		expect(p, (struct annotate_opts){ .what = *name, .every_line = true }, source,
		       SOURCE_FOUND, HEAD MODULE "\n" OUTER "\n" INNER);
	expect(p, (struct annotate_opts){ .what = "elsewhere", .path = "/a/m.py", .every_line = true },
	       source, SOURCE_FOUND, HEAD MODULE "\n" OUTER "\n" INNER);
	/* The end of a name is no file. */
	assert_int_equal(write_out(p, (struct annotate_opts){ .what = "py" },
				   &(struct files){ SOURCE_FOUND, source, 0 }, &bytes, &err),
			 PYPROF_ERR_USAGE);
	assert_non_null(strstr(err.message, "'py'"));
	free(bytes);
	assert_int_equal(write_out(p, (struct annotate_opts){ .what = "(" },
				   &(struct files){ SOURCE_FOUND, source, 0 }, &bytes, &err),
			 PYPROF_ERR_USAGE);
	free(bytes);
	profile_destroy(p);
}

static void a_file_is_read_once(void **state)
{
	struct profile *p = sample_profile();
	struct files files = { SOURCE_FOUND, source, 0 };

	(void)state;
	free(written(p, (struct annotate_opts){ .what = "." }, &files));
	assert_int_equal(files.reads, 1);
	profile_destroy(p);
}

static void what_is_amiss_is_said(void **state)
{
	struct profile *p = sample_profile();

	(void)state;
	expect(p, (struct annotate_opts){ .what = "^outer$" }, "", SOURCE_MISSING,
	       HEAD "outer  /a/m.py:3\n15 self, 15.00%; 100 total, 100.00%\n"
		    "its file cannot be read here: lines without text\n" TITLES
		    "      10        10       7\n"
		    "       5        90       8\n");
	expect(p, (struct annotate_opts){ .what = "inner" }, source, SOURCE_NEWER,
	       HEAD "outer.<locals>.inner  /a/m.py:4\n70 self, 70.00%; 70 total, 70.00%\n"
		    "its file was changed after the recording: lines may have moved\n" TITLES
		    "                         4          def inner(k):\n"
		    "      70        70       5                  return k\n");
	expect(p, (struct annotate_opts){ .what = "^outer$" }, "a\nb\ndef outer:\n", SOURCE_FOUND,
	       HEAD "outer  /a/m.py:3\n15 self, 15.00%; 100 total, 100.00%\n"
		    "its file has fewer lines than what ran\n" TITLES
		    "                         3  def outer:\n"
		    "      10        10       7\n"
		    "       5        90       8\n");
	profile_destroy(p);
}

static void long_stretches_are_left_out(void **state)
{
	struct profile *p = make();
	char lines[400] = "def f():\n";
	char *bytes;
	struct files files = { SOURCE_FOUND, lines, 0 };

	(void)state;
	for (int i = 0; i < 60; i++)
		strcat(lines, " x\n");
	add(p, call(p, PROFILE_ROOT, "f", "f.py", 1, 2), 0, 1);
	add(p, call(p, PROFILE_ROOT, "f", "f.py", 1, 30), 0, 1);
	bytes = written(p, (struct annotate_opts){ 0 }, &files);
	assert_string_equal(
		strstr(bytes, TITLES),
		TITLES "                         1  def f():\n"
		       "       1         1       2   x\n"
		       "                         3   x\n"
		       "                         4   x\n"
		       "                         5   x\n"
		       "                         \xe2\x8b\xae  21 lines\n"
		       "                        27   x\n"
		       "                        28   x\n"
		       "                        29   x\n"
		       "       1         1      30   x\n"
		       "                        31   x\n"
		       "                        32   x\n"
		       "                        33   x\n"
		       "                         \xe2\x8b\xae  28 lines\n");
	free(bytes);
	profile_destroy(p);
}

/* Where it starts is not known, nor the line of some samples; another function is near. */
static void unknown_places_are_shown_as_such(void **state)
{
	struct profile *p = make();

	(void)state;
	add(p, call(p, PROFILE_ROOT, "f", "f.py", 0, 8), 0, 2);
	add(p, call(p, PROFILE_ROOT, "f", "f.py", 0, 0), 0, 1);
	add(p, call(p, PROFILE_ROOT, "g", "f.py", 10, 11), 0, 1);
	expect(p, (struct annotate_opts){ .what = "f" }, "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n",
	       SOURCE_FOUND,
	       "samples: 4 in all \xc2\xb7 0.00% truncated\n\n"
	       "f  f.py\n3 self, 75.00%; 3 total, 75.00%\n" TITLES
	       "       1         1       ?\n"
	       "                         3  3\n"
	       "                         4  4\n"
	       "                         5  5\n"
	       "                         6  6\n"
	       "                         7  7\n"
	       "       2         2       8  8\n"
	       "                         9  9\n");
	profile_destroy(p);
}

static void hostile_lines_end_somewhere(void **state)
{
	struct profile *p = make();
	char *bytes;
	struct files files = { SOURCE_FOUND, "a\033[31m\xff\xe5\x90\x8d\tb\n", 0 };

	(void)state;
	add(p, call(p, PROFILE_ROOT, "f\n", "f.py", 1, 1), 0, 1);
	add(p, call(p, PROFILE_ROOT, "f\n", "f.py", 1, INT32_MAX), 0, 1);
	bytes = written(p, (struct annotate_opts){ .every_line = true }, &files);
	assert_non_null(strstr(bytes, "f\\n  f.py:1\n"));
	assert_non_null(strstr(bytes, "1  a\\x1b[31m\\udcff\xe5\x90\x8d       b\n"));
	assert_non_null(strstr(bytes, " 2147483647\n"));
	free(bytes);
	bytes = written(p, (struct annotate_opts){ .width = 40, .color = true }, &files);
	assert_non_null(strstr(bytes, "a\\x1b[31m\\u\xe2\x80\xa6\n"));
	free(bytes);
	profile_destroy(p);
}

static void nothing_is_shown_of_nothing(void **state)
{
	struct profile *p = make();

	(void)state;
	expect(p, (struct annotate_opts){ 0 }, "", SOURCE_FOUND,
	       "samples: 0 in all \xc2\xb7 0.00% truncated\n\n");
	profile_destroy(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_block_is_a_function),
		cmocka_unit_test(a_file_is_all_of_its_functions),
		cmocka_unit_test(a_file_is_read_once),
		cmocka_unit_test(what_is_amiss_is_said),
		cmocka_unit_test(long_stretches_are_left_out),
		cmocka_unit_test(unknown_places_are_shown_as_such),
		cmocka_unit_test(hostile_lines_end_somewhere),
		cmocka_unit_test(nothing_is_shown_of_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
