/* SPDX-License-Identifier: MIT */
/*
 * Reads from a running interpreter the objects that tests/live/objects_target.py says it
 * made, and compares.
 *
 *   check-objects PID FILE      FILE: what the target printed; exit status 0: all agree
 *
 * On standard output one line: how much was compared.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "python/dict.h"
#include "python/runtime.h"
#include "python/string.h"
#include "python/thread_names.h"

#define MIX 0x9E3779B97F4A7C15u

struct checker {
	struct py_runtime rt;
	uint64_t interp;
	struct py_native_ids ids;
	pid_t *tids;
	size_t n_tids;
	unsigned long checks, wrong, names, names_said;
	char names_text[1 << 16]; /* "IDENT TEXT\n" of every thread that we found */
	bool ended;
};

static void wrong(struct checker *c, const char *line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static void wrong(struct checker *c, const char *line, const char *format, ...)
{
	va_list args;

	if (c->wrong++ >= 10)
		return;
	fprintf(stderr, "check-objects: %.100s: ", line);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

static void add_hex(struct str *out, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		str_printf(out, "%02x", (unsigned char)bytes[i]);
	if (!len)
		str_add_cstr(out, "-");
}

/* ---- strings and ints ----------------------------------------------------------- */

static void check_text(struct checker *c, const char *line, bool bytes, uint64_t addr,
		       const char *want)
{
	struct str text = STR_INIT, hex = STR_INIT;
	struct pyprof_error err = { 0 };
	enum pyprof_status status = bytes ? py_bytes_read(&c->rt, addr, 1 << 20, &text, &err) :
					    py_string_read(&c->rt, addr, &text, &err);

	add_hex(&hex, str_cstr(&text), text.len);
	if (status)
		wrong(c, line, "%s", err.message);
	else if (strcmp(str_cstr(&hex), want) != 0)
		wrong(c, line, "read %.60s", str_cstr(&hex));
	str_deinit(&text);
	str_deinit(&hex);
}

/* Refused, and nothing left behind in the output. */
static void check_refused(struct checker *c, const char *line, const char *kind,
			  uint64_t addr, enum pyprof_status want)
{
	struct str text = STR_INIT;
	enum pyprof_status status;
	int64_t number;

	str_add_cstr(&text, "kept");
	if (strcmp(kind, "bytes") == 0)
		status = py_bytes_read(&c->rt, addr, 1 << 20, &text, NULL);
	else if (strcmp(kind, "int") == 0)
		status = py_int_read(&c->rt, addr, &number, NULL);
	else if (strcmp(kind, "dict") == 0)
		status = py_dict_each(&c->rt, addr, NULL, NULL, NULL);
	else
		status = py_string_read(&c->rt, addr, &text, NULL);
	if (status != want)
		wrong(c, line, "status %s, not %s", pyprof_status_name(status),
		      pyprof_status_name(want));
	if (strcmp(str_cstr(&text), "kept") != 0)
		wrong(c, line, "something was appended");
	str_deinit(&text);
}

static void check_int(struct checker *c, const char *line, uint64_t addr, const char *want)
{
	struct pyprof_error err = { 0 };
	char text[32];
	int64_t number;

	if (py_int_read(&c->rt, addr, &number, &err)) {
		wrong(c, line, "%s", err.message);
		return;
	}
	snprintf(text, sizeof(text), "%" PRId64, number);
	if (strcmp(text, want) != 0)
		wrong(c, line, "read %s", text);
}

static void check_type(struct checker *c, const char *line, uint64_t addr, const char *want)
{
	char name[64], cut[4];

	if (py_type_name(&c->rt, addr, name, sizeof(name), NULL) ||
	    strcmp(name, want) != 0)
		wrong(c, line, "read %s", name);
	if (py_type_name(&c->rt, addr, cut, sizeof(cut), NULL) ||
	    strlen(cut) > 3 || strncmp(cut, want, 3) != 0)
		wrong(c, line, "cut to three it reads %s", cut);
}

/* ---- dicts and attributes --------------------------------------------------------- */

struct sum {
	uint64_t count, total;
};

static bool add_item(uint64_t key, uint64_t value, void *arg)
{
	struct sum *sum = arg;

	sum->count++;
	sum->total += key * MIX + value;
	return true;
}

static void check_each(struct checker *c, const char *line, bool attrs, uint64_t addr,
		       uint64_t count, const char *total)
{
	struct sum sum = { 0 };
	struct pyprof_error err = { 0 };
	enum pyprof_status status = attrs ? py_attrs_each(&c->rt, addr, add_item, &sum, &err) :
					    py_dict_each(&c->rt, addr, add_item, &sum, &err);

	if (status)
		wrong(c, line, "%s", err.message);
	else if (sum.count != count)
		wrong(c, line, "%" PRIu64 " items", sum.count);
	else if (!attrs && strtoull(total, NULL, 16) != sum.total)
		wrong(c, line, "other items");
}

static void check_get(struct checker *c, const char *line, bool attr, uint64_t addr,
		      const char *name, const char *want)
{
	uint64_t value;
	struct pyprof_error err = { 0 };
	enum pyprof_status status = attr ? py_attr_get(&c->rt, addr, name, &value, &err) :
					   py_dict_get(&c->rt, addr, name, &value, &err);

	if (status)
		wrong(c, line, "%s", err.message);
	else if (value != strtoull(want, NULL, 16))
		wrong(c, line, "found %" PRIx64, value);
}

/* ---- threads --------------------------------------------------------------------- */

static void take_name(uint64_t ident, const char *name, void *arg)
{
	struct checker *c = arg;
	struct str hex = STR_INIT;
	size_t len = strlen(c->names_text);

	add_hex(&hex, name, strlen(name));
	snprintf(c->names_text + len, sizeof(c->names_text) - len, "%" PRIx64 " %s\n", ident,
		 str_cstr(&hex));
	c->names++;
	str_deinit(&hex);
}

static void check_thread(struct checker *c, const char *line, const char *ident,
			 const char *name)
{
	char want[1200];

	if (!c->names_said++) {
		struct pyprof_error err = { 0 };
		if (py_thread_names_each(&c->rt, c->interp, take_name, c, &err))
			wrong(c, line, "%s", err.message);
	}
	snprintf(want, sizeof(want), "%s %s\n", ident, name);
	if (!strstr(c->names_text, want))
		wrong(c, line, "no such thread");
}

static void check_tid(struct checker *c, const char *line, uint64_t ident, const char *want)
{
	pid_t tid = py_native_id(&c->ids, &c->rt, ident, c->tids, c->n_tids);

	if ((uint64_t)tid != strtoull(want, NULL, 16))
		wrong(c, line, "found %x", (unsigned)tid);
}

/* ---- lines of the target ------------------------------------------------------------ */

static void check(struct checker *c, char *line)
{
	char copy[128];
	char *text = line;
	const char *kind, *word[3] = { "", "", "" };

	snprintf(copy, sizeof(copy), "%s", line);
	kind = strsep(&text, " ");
	for (size_t i = 0; i < ARRAY_SIZE(word) && text; i++)
		word[i] = strsep(&text, " ");
	uint64_t addr = strtoull(word[0], NULL, 16);

	c->checks++;
	if (!strcmp(kind, "str") || !strcmp(kind, "text"))
		check_text(c, copy, false, addr, word[1]);
	else if (!strcmp(kind, "bytes"))
		check_text(c, copy, true, addr, word[1]);
	else if (!strcmp(kind, "toolong"))
		check_refused(c, copy, "str", addr, PYPROF_ERR_LIMIT);
	else if (!strcmp(kind, "toobig"))
		check_refused(c, copy, "int", addr, PYPROF_ERR_LIMIT);
	else if (!strcmp(kind, "not"))
		check_refused(c, copy, word[0], strtoull(word[1], NULL, 16),
			      PYPROF_ERR_CORRUPT);
	else if (!strcmp(kind, "int"))
		check_int(c, copy, addr, word[1]);
	else if (!strcmp(kind, "type"))
		check_type(c, copy, addr, word[1]);
	else if (!strcmp(kind, "dict"))
		check_each(c, copy, false, addr, strtoull(word[1], NULL, 10), word[2]);
	else if (!strcmp(kind, "attrs"))
		check_each(c, copy, true, addr, strtoull(word[1], NULL, 10), word[2]);
	else if (!strcmp(kind, "get") || !strcmp(kind, "attr"))
		check_get(c, copy, kind[0] == 'a', addr, word[1], word[2]);
	else if (!strcmp(kind, "thread"))
		check_thread(c, copy, word[0], word[1]);
	else if (!strcmp(kind, "tid"))
		check_tid(c, copy, addr, word[1]);
	else if (!strcmp(kind, "end"))
		c->ended = true;
	else if (strcmp(kind, "pid") != 0)
		wrong(c, copy, "a line of no kind");
}

static void check_file(struct checker *c, const char *path)
{
	_cleanup_file_ FILE *file = fopen(path, "r");
	_cleanup_free_ char *line = NULL;
	size_t cap = 0;
	ssize_t len;

	if (!file) {
		perror(path);
		return;
	}
	while ((len = getline(&line, &cap, file)) > 0) {
		if (line[len - 1] == '\n')
			line[len - 1] = '\0';
		check(c, line);
	}
}

/* The main interpreter: the list begins with the newest one. */
static uint64_t main_interpreter(const struct py_runtime *rt)
{
	uint64_t interp = rt->interp_head, next;

	if (rt->interp_head_at)
		memory_read_u64(rt->target->memory, rt->interp_head_at, &interp, NULL);
	while (interp && !memory_read_u64(rt->target->memory,
					  interp + rt->layout.interpreter.next, &next, NULL) &&
	       next)
		interp = next;
	return interp;
}

int main(int argc, char **argv)
{
	static struct checker c;
	struct pyprof_error err = { 0 };
	struct target *target;
	size_t cap = 0;

	if (argc != 3) {
		fprintf(stderr, "usage: check-objects PID FILE\n");
		return 2;
	}
	if (target_open(&target, atoi(argv[1]), &err) ||
	    py_runtime_find(&c.rt, target, &err) ||
	    target_threads(target, &c.tids, &c.n_tids, &cap, &err)) {
		fprintf(stderr, "check-objects: %s\n", err.message);
		return 1;
	}
	c.interp = main_interpreter(&c.rt);
	py_native_ids_init(&c.ids);
	check_file(&c, argv[2]);
	if (c.names != c.names_said)
		wrong(&c, "threads", "%lu names, not %lu", c.names, c.names_said);
	if (!c.ended)
		wrong(&c, "end", "the target did not come to its end");
	printf("%s: %lu checks, %lu wrong, tid at 0x%x\n", c.rt.layout.name, c.checks, c.wrong,
	       c.ids.offset);
	free(c.tids);
	target_close(target);
	return c.wrong ? 1 : 0;
}
