/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "format/folded.h"

static const struct profile_metric samples = { "samples", "count" };

static struct profile *make(void)
{
	struct profile *p;

	assert_int_equal(profile_create(&p, &samples, 1, NULL), PYPROF_OK);
	return p;
}

static uint32_t call_bytes(struct profile *p, uint32_t parent, const struct str *name,
			   const struct str *file, int32_t line)
{
	uint32_t f = profile_function(p, profile_string(p, name->data, name->len),
				      profile_string(p, file->data, file->len), 0);

	return profile_node(p, parent, profile_location(p, f, line, 0));
}

static uint32_t call(struct profile *p, uint32_t parent, const char *name, const char *file,
		     int32_t line)
{
	uint32_t f = profile_function(p, profile_string(p, name, strlen(name)),
				      profile_string(p, file, strlen(file)), 0);

	return profile_node(p, parent, profile_location(p, f, line, 0));
}

static void add(struct profile *p, uint32_t node, uint32_t marks, uint64_t value)
{
	assert_true(profile_add(p, node, PROFILE_NONE, marks, &value));
}

static void write_out(const struct profile *p, const struct view_opts *opts, struct str *text)
{
	struct view *view;
	char *bytes;
	size_t len;
	FILE *out = open_memstream(&bytes, &len);

	assert_non_null(out);
	assert_int_equal(view_create(&view, p, opts, NULL), PYPROF_OK);
	assert_int_equal(format_folded.write(&(struct format_input){ .profile = p, .view = view }, out, NULL), PYPROF_OK);
	assert_int_equal(fclose(out), 0);
	str_clear(text);
	str_add(text, bytes, len);
	free(bytes);
	view_destroy(view);
}

static struct profile *read_back(const struct str *text)
{
	struct pyprof_error err = { 0 };
	struct profile *p = NULL;

	if (format_folded.read(&p, text->data, text->len, &err) != PYPROF_OK)
		fail_msg("%s", err.message);
	return p;
}

static void expect_written(const struct profile *p, const struct view_opts *opts,
			   const char *want)
{
	struct str text = STR_INIT;

	write_out(p, opts, &text);
	assert_string_equal(str_cstr(&text), want);
	str_deinit(&text);
}

/* ---- what is written ----------------------------------------------------------------- */

static void writes_a_line_a_stack(void **state)
{
	struct profile *p = make();
	struct view_opts functions = { .by_function = true };
	uint32_t main_1 = call(p, PROFILE_ROOT, "<module>", "/srv/main.py", 1);
	uint32_t b = call(p, main_1, "b", "/srv/main.py", 9);
	uint32_t a = call(p, main_1, "A.a", "/srv/main.py", 7);

	(void)state;
	p->info.cwd = strdup("/srv");
	add(p, b, 0, 3);
	add(p, main_1, 0, 1);
	add(p, b, PROFILE_MARK_TRUNCATED, 2);
	add(p, call(p, a, "b", "/srv/main.py", 10), 0, UINT64_MAX / 2);
	expect_written(p, NULL,
		       "<module> (main.py:1) 1\n"
		       "<module> (main.py:1);A.a (main.py:7);b (main.py:10) "
		       "9223372036854775807\n"
		       "<module> (main.py:1);b (main.py:9) 3\n"
		       "<module> (main.py:1);b (main.py:9);[truncated] 2\n");
	expect_written(p, &functions,
		       "<module> (main.py) 1\n"
		       "<module> (main.py);A.a (main.py);b (main.py) 9223372036854775807\n"
		       "<module> (main.py);b (main.py) 3\n"
		       "<module> (main.py);b (main.py);[truncated] 2\n");
	profile_destroy(p);
}

static void writes_nothing_of_nothing(void **state)
{
	struct profile *p = make();

	(void)state;
	expect_written(p, NULL, "");
	add(p, PROFILE_ROOT, 0, 5);
	expect_written(p, NULL, " 5\n");
	add(p, PROFILE_ROOT, PROFILE_MARK_TRUNCATED, 6);
	expect_written(p, NULL, " 5\n[truncated] 6\n");
	profile_destroy(p);
}

/* One frame, how it is written as a line of its own, and what a reader makes of that. */
struct example {
	const char *name;
	const char *file;
	int32_t line;
	const char *written;
};

static const struct example examples[] = {
	{ "f", "x.py", 3, "f (x.py:3)" },
	{ "A.f.<locals>.<lambda>", "<string>", 1, "A.f.<locals>.<lambda> (<string>:1)" },
	{ "f", "x.py", 0, "f (x.py)" },
	{ "f", "", 0, "f" },
	{ "f", "", 3, "f (:3)" },
	{ "", "x.py", 3, " (x.py:3)" },
	{ "", "", 0, "\\e" },
	{ "\\e", "", 0, "\\\\e" },
	{ "f;g", "a;b.py", 3, "f\\x3bg (a\\x3bb.py:3)" },
	{ "f\ng", "a\r\nb.py", 3, "f\\ng (a\\r\\nb.py:3)" },
	{ "\\n", "C:\\x3b\\a.py", 3, "\\\\n (C:\\\\x3b\\\\a.py:3)" },
	{ "\t\x01\x1b\x7f", "x\x1f", 3, "\\x09\\x01\\x1b\\x7f (x\\x1f:3)" },
	{ "quote\"'`", "a b.py", 3, "quote\"'` (a b.py:3)" },
	{ " f ", " x.py ", 3, " f  ( x.py :3)" },
	{ "\xc3\xa9\xf0\x9f\x90\x8d", "\xe8\x9b\x87.py", 3,
	  "\xc3\xa9\xf0\x9f\x90\x8d (\xe8\x9b\x87.py:3)" },
	/* Lone surrogates, also two that would make a pair. */
	{ "a\xed\xa0\x80z", "x", 3, "a\\ud800z (x:3)" },
	{ "\xed\xa0\xbd\xed\xb8\x80", "x\xed\xbf\xbf", 3, "\\ud83d\\ude00 (x\\udfff:3)" },
	/* What ends a line for some, or starts a file. */
	{ "a\xc2\x85\xc2\x9b", "x\xe2\x80\xa8\xe2\x80\xa9", 3,
	  "a\\u0085\\u009b (x\\u2028\\u2029:3)" },
	{ "\xef\xbb\xbf", "x", 3, "\\ufeff (x:3)" },
	/* Names that look like names with files, and files that look like lines. */
	{ "f (a)", "x.py", 3, "f (a) (x.py:3)" },
	{ "f (a:1)", "x.py", 0, "f (a:1) (x.py)" },
	{ "f (x.py:3)", "", 0, "f (x.py:3\\x29" },
	{ "operator ()", "", 0, "operator ()" },
	{ "f (", "", 0, "f (" },
	{ "f", "a (b", 3, "f (a \\x28b:3)" },
	{ "f", " (a) (b) ", 3, "f ( \\x28a) \\x28b) :3)" },
	{ "f", "(a)", 3, "f ((a):3)" },
	{ "f", ")", 0, "f ())" },
	{ "f", "a:1", 3, "f (a:1:3)" },
	{ "f", "a:1", 0, "f (a\\x3a1)" },
	{ "f", ":1", 0, "f (\\x3a1)" },
	{ "f", "a:1:2", 0, "f (a:1\\x3a2)" },
	{ "f", "a:", 0, "f (a:)" },
	{ "f", "a:x1", 0, "f (a:x1)" },
	{ "f", "x", INT32_MAX, "f (x:2147483647)" },
	/* Not comments, not second counts, not marks. */
	{ "#", "", 0, "\\x23" },
	{ "# f", "x", 3, "\\x23 f (x:3)" },
	{ "# f (x)", "", 0, "\\x23 f (x\\x29" },
	{ "f 12", "", 0, "f\\x2012" },
	{ "f 1.5", "", 0, "f\\x201.5" },
	{ "f 1.", "", 0, "f\\x201." },
	{ "f 1.5.", "", 0, "f 1.5." },
	{ "f 12", "x", 0, "f 12 (x)" },
	{ "12", "", 0, "12" },
	{ "[truncated]", "", 0, "\\x5btruncated]" },
	{ "[truncated]", "x", 3, "[truncated] (x:3)" },
};

static void check_location(const struct profile *p, uint32_t node, const struct str *name,
			   const struct str *file, int32_t line)
{
	const struct profile_location *l;
	const struct profile_function *f;

	assert_int_not_equal(node, PROFILE_ROOT);
	l = &p->locations[p->nodes[node].location];
	f = &p->functions[l->function];
	assert_int_equal(p->string_lengths[f->name], name->len);
	assert_memory_equal(profile_str(p, f->name), str_cstr(name), name->len);
	assert_int_equal(p->string_lengths[f->file], file->len);
	assert_memory_equal(profile_str(p, f->file), str_cstr(file), file->len);
	assert_int_equal(l->line, line);
}

static void escapes_and_reads_back(void **state)
{
	struct view_opts full = { .full_path = true };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(examples); i++) {
		const struct example *e = &examples[i];
		struct str name = STR_INIT, file = STR_INIT, want = STR_INIT, got = STR_INIT;
		struct profile *p = make(), *back;

		str_add_cstr(&name, e->name);
		str_add_cstr(&file, e->file);
		str_printf(&want, "%s 7\n", e->written);
		add(p, call(p, PROFILE_ROOT, e->name, e->file, e->line), 0, 7);
		write_out(p, &full, &got);
		assert_string_equal(str_cstr(&got), str_cstr(&want));

		back = read_back(&got);
		assert_int_equal(back->n_samples, 1);
		assert_int_equal(back->values[0], 7);
		assert_int_equal(back->samples[0].marks, 0);
		assert_int_equal(back->nodes[back->samples[0].node].parent, PROFILE_ROOT);
		check_location(back, back->samples[0].node, &name, &file, e->line);
		profile_destroy(back);
		profile_destroy(p);
		str_deinit(&name);
		str_deinit(&file);
		str_deinit(&want);
		str_deinit(&got);
	}
}

static void escapes_where_it_stands(void **state)
{
	struct profile *p = make();
	uint32_t a = call(p, PROFILE_ROOT, "# a 1", "", 0);

	(void)state;
	add(p, a, 0, 1);
	add(p, call(p, a, "# a 1", "", 0), 0, 2);
	/* '#' only at the start of the line, the space only before the count. */
	expect_written(p, NULL, "\\x23 a\\x201 1\n\\x23 a 1;# a\\x201 2\n");
	profile_destroy(p);
}

static void names_threads(void **state)
{
	struct profile *p = make();
	struct view_opts opts = { .by_thread = true };
	uint32_t process = profile_process(p, 1, 0);
	uint32_t t = profile_thread(p, process, 12, profile_string(p, "pool;(1)", 8));
	uint32_t nameless = profile_thread(p, process, 9, 0);
	const uint64_t one = 1;
	uint32_t f = call(p, PROFILE_ROOT, "f", "x", 2);

	(void)state;
	profile_add(p, f, t, 0, &one);
	profile_add(p, f, nameless, 0, &one);
	profile_add(p, PROFILE_ROOT, nameless, 0, &one);
	expect_written(p, &opts,
		       "thread 12 (pool\\x3b(1));f (x:2) 1\n"
		       "thread\\x209 1\n"
		       "thread 9;f (x:2) 1\n");
	profile_destroy(p);
}

/* ---- any name at all ------------------------------------------------------------------- */

/* Pieces of which hostile names are made; sizes, for one holds a NUL. */
#define PIECE(s) { s, sizeof(s) - 1 }
static const struct {
	const char *bytes;
	size_t len;
} pieces[] = {
	PIECE(";"), PIECE("\n"), PIECE("\r"), PIECE("\r\n"), PIECE("\""), PIECE("'"),
	PIECE("\\"), PIECE("\\n"), PIECE("\\x3b"), PIECE("\\e"), PIECE("\\u0041"), PIECE("("),
	PIECE(")"), PIECE(" ("), PIECE(":"), PIECE(":12"), PIECE(":0"), PIECE(" "),
	PIECE("  "), PIECE("\t"), PIECE("#"), PIECE("# "), PIECE("[truncated]"), PIECE("a"),
	PIECE("name"), PIECE("\xf0\x9f\x90\x8d"), PIECE("\xed\xa0\xbd"), PIECE("\xed\xb8\x80"),
	PIECE("\xc3\xa9"), PIECE("\xef\xbb\xbf"), PIECE("\xe2\x80\xa8"), PIECE("\xc2\x85"),
	PIECE("\0"), PIECE("\x7f"), PIECE("1"), PIECE("1.5"), PIECE("<string>"),
	PIECE("\xe2\x80\xae"), PIECE("/site-packages/"),
};

static void hostile_text(unsigned *seed, struct str *out)
{
	unsigned n = (unsigned)rand_r(seed) % 6;

	str_clear(out);
	while (n--) {
		size_t i = (size_t)rand_r(seed) % ARRAY_SIZE(pieces);

		str_add(out, pieces[i].bytes, pieces[i].len);
	}
}

/* Is it UTF-8 without surrogates, and without controls but newline? */
static bool is_clean_utf8(const unsigned char *p, size_t len)
{
	for (size_t i = 0; i < len;) {
		size_t n = p[i] < 0x80 ? 1 : p[i] < 0xe0 ? 2 : p[i] < 0xf0 ? 3 : 4;
		uint32_t code = n == 1 ? p[i] : p[i] & (0x7fu >> n);

		if ((p[i] >= 0x80 && p[i] < 0xc2) || p[i] > 0xf4 || i + n > len)
			return false;
		for (size_t k = 1; k < n; k++) {
			if ((p[i + k] & 0xc0) != 0x80)
				return false;
			code = code << 6 | (p[i + k] & 0x3f);
		}
		if ((n == 3 && code < 0x800) || (n == 4 && code < 0x10000) || code > 0x10ffff)
			return false;
		if ((code >= 0xd800 && code < 0xe000) || (code < 0x20 && code != '\n') ||
		    (code >= 0x7f && code < 0xa0))
			return false;
		i += n;
	}
	return true;
}

/* What a reader that knows no escapes makes of a line: its frames and its count. */
static size_t naive_frames(const char *line, size_t len, uint64_t *count)
{
	const char *space = memrchr(line, ' ', len);
	size_t n = 1;

	assert_non_null(space);
	*count = strtoull(space, NULL, 10);
	for (const char *p = line; p < space; p++)
		n += *p == ';';
	return n;
}

static void any_frame_survives(void **state)
{
	struct str name = STR_INIT, file = STR_INIT, text = STR_INIT;
	struct view_opts full = { .full_path = true };
	unsigned seed = 1;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		struct profile *p = make(), *back;
		int32_t line = rand_r(&seed) % 3;
		uint64_t count;

		hostile_text(&seed, &name);
		hostile_text(&seed, &file);
		add(p, call_bytes(p, PROFILE_ROOT, &name, &file, line), 0, 1);
		write_out(p, &full, &text);
		assert_true(is_clean_utf8((unsigned char *)text.data, text.len));
		assert_int_equal(naive_frames(text.data, text.len, &count), 1);
		back = read_back(&text);
		assert_int_equal(back->n_samples, 1);
		check_location(back, back->samples[0].node, &name, &file, line);
		profile_destroy(back);
		profile_destroy(p);
	}
	str_deinit(&name);
	str_deinit(&file);
	str_deinit(&text);
}

static void written_read_and_written(void **state)
{
	struct str name = STR_INIT, file = STR_INIT, once = STR_INIT, twice = STR_INIT;
	unsigned seed = 2;

	(void)state;
	for (int i = 0; i < 500; i++) {
		struct view_opts opts = { .by_function = i & 1, .full_path = i & 2 };
		struct profile *p = make(), *back;

		for (int s = 0; s < 40; s++) {
			uint32_t node = (uint32_t)rand_r(&seed) % (uint32_t)p->n_nodes;
			unsigned depth = (unsigned)rand_r(&seed) % 4;

			for (unsigned d = 0; d < depth; d++) {
				hostile_text(&seed, &name);
				hostile_text(&seed, &file);
				node = call_bytes(p, node, &name, &file, rand_r(&seed) % 3);
			}
			add(p, node, (unsigned)rand_r(&seed) % 2, 1 + s);
		}
		write_out(p, &opts, &once);
		back = read_back(&once);
		assert_int_equal(profile_total(back, 0), profile_total(p, 0));
		write_out(back, &opts, &twice);
		assert_int_equal(once.len, twice.len);
		assert_memory_equal(once.data, twice.data, once.len);
		profile_destroy(back);
		profile_destroy(p);
	}
	str_deinit(&name);
	str_deinit(&file);
	str_deinit(&once);
	str_deinit(&twice);
}

/* Every line of a file, read naively, is a stack of the view with the right count. */
static void naive_readers_are_right(void **state)
{
	struct str name = STR_INIT, file = STR_INIT, text = STR_INIT;
	struct profile *p = make();
	uint64_t total = 0;
	unsigned seed = 3;
	uint32_t node = PROFILE_ROOT;
	size_t depth = 0, lines = 0;

	(void)state;
	/* A chain, with a sample at each node, so that line n has n frames and count n. */
	for (; depth < 200; depth++) {
		hostile_text(&seed, &name);
		hostile_text(&seed, &file);
		node = call_bytes(p, node, &name, &file, rand_r(&seed) % 3);
		add(p, node, 0, depth + 1);
	}
	write_out(p, NULL, &text);
	for (const char *at = text.data; at < text.data + text.len;) {
		const char *end = strchr(at, '\n');
		uint64_t count;

		assert_int_equal(naive_frames(at, (size_t)(end - at), &count), ++lines);
		assert_int_equal(count, lines);
		total += count;
		at = end + 1;
	}
	assert_int_equal(lines, depth);
	assert_int_equal(total, profile_total(p, 0));
	profile_destroy(p);
	str_deinit(&name);
	str_deinit(&file);
	str_deinit(&text);
}

static void bytes_that_are_no_utf8(void **state)
{
	static const char bad[] = "a\xff\xc3(\xc0\xaf\xf4\x90\x80\x80\xe2\x82";
	struct str once = STR_INIT, twice = STR_INIT;
	struct profile *p = make(), *back;

	(void)state;
	add(p, call(p, PROFILE_ROOT, bad, "\x80.py", 1), 0, 1);
	write_out(p, NULL, &once);
	assert_string_equal(str_cstr(&once),
			    "a\\udcff\\udcc3(\\udcc0\\udcaf\\udcf4\\udc90\\udc80\\udc80"
			    "\\udce2\\udc82 (\\udc80.py:1) 1\n");
	back = read_back(&once);
	write_out(back, NULL, &twice);
	assert_string_equal(str_cstr(&twice), str_cstr(&once));
	profile_destroy(back);

	/* The same as they lie in a foreign file. */
	str_clear(&once);
	str_add_cstr(&once, bad);
	str_add_cstr(&once, " (\x80.py:1) 1\n");
	back = read_back(&once);
	write_out(back, NULL, &once);
	assert_string_equal(str_cstr(&twice), str_cstr(&once));
	profile_destroy(back);
	profile_destroy(p);
	str_deinit(&once);
	str_deinit(&twice);
}

static void long_and_deep(void **state)
{
	struct str name = STR_INIT, file = STR_INIT, once = STR_INIT, twice = STR_INIT;
	struct profile *p = make(), *back;
	uint32_t node = PROFILE_ROOT;

	(void)state;
	for (int i = 0; i < 10000; i++)
		str_add_cstr(&name, i % 2 ? "\xf0\x9f\x90\x8d" : ";");
	str_add_cstr(&file, "x.py");
	add(p, call_bytes(p, PROFILE_ROOT, &name, &file, 1), 0, 1);
	for (int i = 0; i < 100000; i++)
		node = call(p, node, "deep", "x.py", i % 7);
	add(p, node, PROFILE_MARK_TRUNCATED, 2);
	write_out(p, NULL, &once);
	back = read_back(&once);
	assert_int_equal(back->n_nodes, p->n_nodes);
	write_out(back, NULL, &twice);
	assert_int_equal(once.len, twice.len);
	assert_memory_equal(once.data, twice.data, once.len);
	profile_destroy(back);
	profile_destroy(p);
	str_deinit(&name);
	str_deinit(&file);
	str_deinit(&once);
	str_deinit(&twice);
}

/* ---- what is read ---------------------------------------------------------------------- */

/* Reads `text`; what is written again must be `want`. */
static void expect_read(const char *text, const char *want)
{
	struct str bytes = STR_INIT;
	struct profile *p;

	str_add_cstr(&bytes, text);
	p = read_back(&bytes);
	expect_written(p, NULL, want);
	profile_destroy(p);
	str_deinit(&bytes);
}

static void reads_foreign_files(void **state)
{
	(void)state;
	expect_read("", "");
	expect_read("\n\n", "");
	expect_read("main;foo 3\nmain;bar 4\n", "main;bar 4\nmain;foo 3\n");
	expect_read("main;foo 3", "main;foo 3\n");
	expect_read("main;foo 3\r\nmain 4\r\n", "main 4\nmain;foo 3\n");
	expect_read("main;foo\t3\n", "main;foo 3\n");
	expect_read("main;foo 3\nmain;foo 4\n", "main;foo 7\n");
	expect_read("main;foo 0\nmain 1\n", "main 1\n");
	expect_read("main 00012\n", "main 12\n");
	expect_read("\xef\xbb\xbfmain 1\n", "main 1\n");
	expect_read("# interval: 100\n#\n# \n#\r\nmain 1\n", "main 1\n");
	expect_read("#main 1\n", "\\x23main 1\n");
	expect_read("main;;foo 1\n", "main;\\e;foo 1\n");
	expect_read("main; 1\n", "main;\\e 1\n");
	expect_read(";main 1\n", "\\e;main 1\n");
	expect_read(" 1\n", " 1\n");
	expect_read("foo (libc.so);std::vector<int (*)(char)> 2\n",
		    "foo (libc.so);std::vector<int (*)(char)> 2\n");
	/* No line numbers of ours, so parts of the file name. */
	expect_read("f (x:007) 2\nf (x:2147483648) 3\nf (x:-1) 4\n",
		    "f (x:-1) 4\nf (x\\x3a007) 2\nf (x\\x3a2147483648) 3\n");
	/* Backslashes of others. */
	expect_read("App\\Http\\Kernel;C:\\x;\\u12;\\e1;x\\ 1\n",
		    "App\\\\Http\\\\Kernel;C:\\\\x;\\\\u12;\\\\e1;x\\\\ 1\n");
	expect_read("\\x80;\\xg0;\\X41 1\n", "\\\\x80;\\\\xg0;\\\\X41 1\n");
	/* The mark is one only as the leaf. */
	expect_read("a;[truncated] 1\n[truncated];b 1\n",
		    "\\x5btruncated];b 1\na;[truncated] 1\n");
}

static void reads_what_lines_share(void **state)
{
	/* A frame that begins like its neighbour's is not the same frame. */
	static const char text[] = "a 1\na;b 1\na;b;c 1\na;bb 1\na;bb;c 1\nab 1\nab;b 1\nb 1\n";

	(void)state;
	expect_read(text, text);
	expect_read("a;b;c 1\na;b 1\na 1\na;b;c;d 1\n", "a 1\na;b 1\na;b;c 1\na;b;c;d 1\n");
	expect_read("a;[truncated] 1\na;[truncated];b 1\na;[truncated] 1\n",
		    "a;\\x5btruncated];b 1\na;[truncated] 2\n");
}

static void expect_refused(const char *text, enum pyprof_status want, size_t line,
			   size_t byte)
{
	struct pyprof_error err = { 0 };
	struct profile *p = NULL;
	char place[64];

	assert_int_equal(format_folded.read(&p, text, strlen(text), &err), want);
	assert_null(p);
	snprintf(place, sizeof(place), "line %zu, byte %zu:", line, byte);
	if (!strstr(err.message, place))
		fail_msg("\"%s\" does not name %s", err.message, place);
}

static void refuses_what_is_no_count(void **state)
{
	(void)state;
	expect_refused("main\n", PYPROF_ERR_CORRUPT, 1, 0);
	expect_refused("a 1\nmain;foo\n", PYPROF_ERR_CORRUPT, 2, 4);
	expect_refused("a 1\n\nmain foo\n", PYPROF_ERR_CORRUPT, 3, 10);
	expect_refused("a 1\nmain \n", PYPROF_ERR_CORRUPT, 2, 9);
	expect_refused("main 3.5\n", PYPROF_ERR_CORRUPT, 1, 6);
	expect_refused("main -3\n", PYPROF_ERR_CORRUPT, 1, 5);
	expect_refused("main +3\n", PYPROF_ERR_CORRUPT, 1, 5);
	expect_refused("main 3x", PYPROF_ERR_CORRUPT, 1, 6);
	expect_refused("   \n", PYPROF_ERR_CORRUPT, 1, 3);
	expect_refused("main 18446744073709551616\n", PYPROF_ERR_LIMIT, 1, 24);
	expect_refused("main 99999999999999999999999999\n", PYPROF_ERR_LIMIT, 1, 24);
	expect_refused("a 18446744073709551615\nb 1\n", PYPROF_ERR_LIMIT, 2, 25);
	expect_read("main 18446744073709551615\n", "main 18446744073709551615\n");
}

static void takes_any_bytes(void **state)
{
	struct str text = STR_INIT, once = STR_INIT, twice = STR_INIT;
	unsigned seed = 5;
	size_t accepted = 0;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		struct pyprof_error err = { 0 };
		struct profile *p, *back;
		enum pyprof_status status;
		int lines = rand_r(&seed) % 4;

		str_clear(&text);
		for (int l = 0; l < lines; l++) {
			hostile_text(&seed, &once);
			str_add(&text, str_cstr(&once), once.len);
			str_add_cstr(&text, rand_r(&seed) % 8 ? " 5\n" : ";");
		}
		if (text.len && rand_r(&seed) % 4 == 0)
			text.data[(size_t)rand_r(&seed) % text.len] = (char)rand_r(&seed);
		status = folded_read(&p, str_cstr(&text), text.len, &err);
		if (status) {
			assert_null(p);
			assert_non_null(strstr(err.message, "line "));
			continue;
		}
		accepted++;
		write_out(p, NULL, &once);
		back = read_back(&once);
		write_out(back, NULL, &twice);
		assert_int_equal(once.len, twice.len);
		assert_memory_equal(str_cstr(&once), str_cstr(&twice), once.len);
		assert_true(is_clean_utf8((const unsigned char *)str_cstr(&once), once.len));
		profile_destroy(back);
		profile_destroy(p);
	}
	assert_in_range(accepted, 5000, 20000);
	str_deinit(&text);
	str_deinit(&once);
	str_deinit(&twice);
}

/* A file that is `text`, read from its start. */
static int file_of(const struct str *text)
{
	int fd = memfd_create("folded", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text->data, text->len), text->len);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

/* Lines of some bytes and of megabytes, many windows long, some of them all but the last one. */
static void make_long_file(struct str *text)
{
	unsigned seed = 3;

	str_add_cstr(text, "\xef\xbb\xbf");
	for (int i = 0; i < 3000; i++) {
		int frames = i % 500 == 499 ? 90000 : 2 + rand_r(&seed) % 60;

		for (int k = 0; k < frames; k++)
			str_printf(text, "%sfunction_%d (file_%d.py:%d)", k ? ";" : "",
				   k < frames - 2 ? k : rand_r(&seed) % 1000, k % 7, k + 1);
		str_printf(text, " %d\n", 1 + i % 9);
	}
}

static void reads_files_longer_than_its_window(void **state)
{
	struct str text = STR_INIT, whole = STR_INIT, again = STR_INIT;
	struct pyprof_error err = { 0 }, other = { 0 };
	struct profile *p, *q;
	int fd;

	(void)state;
	make_long_file(&text);
	assert_true(text.len > 16 << 20);
	text.len--; /* the last line has no end */
	p = read_back(&text);
	fd = file_of(&text);
	assert_int_equal(folded_read_file(&q, fd, &err), PYPROF_OK);
	close(fd);
	write_out(p, NULL, &whole);
	write_out(q, NULL, &again);
	assert_int_equal(whole.len, again.len);
	assert_memory_equal(whole.data, again.data, whole.len);
	profile_destroy(p);
	profile_destroy(q);

	/* An error names the byte of the file, not of what is in memory of it. */
	str_add_cstr(&text, "\na;b x\n");
	fd = file_of(&text);
	assert_int_equal(folded_read(&p, text.data, text.len, &other), PYPROF_ERR_CORRUPT);
	assert_int_equal(folded_read_file(&q, fd, &err), PYPROF_ERR_CORRUPT);
	close(fd);
	assert_string_equal(err.message, other.message);
	assert_null(q);
	str_deinit(&text);
	str_deinit(&whole);
	str_deinit(&again);
}

static void says_what_cannot_be_read(void **state)
{
	struct pyprof_error err = { 0 };
	struct profile *p;

	(void)state;
	assert_int_equal(folded_read_file(&p, -1, &err), PYPROF_ERR_IO);
	assert_non_null(strstr(err.message, "Bad file descriptor"));
	assert_null(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_a_line_a_stack),
		cmocka_unit_test(writes_nothing_of_nothing),
		cmocka_unit_test(escapes_and_reads_back),
		cmocka_unit_test(escapes_where_it_stands),
		cmocka_unit_test(names_threads),
		cmocka_unit_test(any_frame_survives),
		cmocka_unit_test(written_read_and_written),
		cmocka_unit_test(naive_readers_are_right),
		cmocka_unit_test(bytes_that_are_no_utf8),
		cmocka_unit_test(long_and_deep),
		cmocka_unit_test(reads_foreign_files),
		cmocka_unit_test(reads_what_lines_share),
		cmocka_unit_test(refuses_what_is_no_count),
		cmocka_unit_test(takes_any_bytes),
		cmocka_unit_test(reads_files_longer_than_its_window),
		cmocka_unit_test(says_what_cannot_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
