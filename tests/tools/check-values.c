/* SPDX-License-Identifier: MIT */
/*
 * Reads the variables of every frame of a running interpreter, and their values, and compares them
 * with what tests/live/targets/values.py said of them.
 *
 *   check-values PID FILE       FILE: what the target printed; exit status 0: all agree
 *
 * A line of FILE: FUNCTION NAME KIND MUST HEX. KIND: arg, var, free, name. MUST: exact (no flag,
 * and the text is HEX, which is what repr() gave, in UTF-8), own, cut, redacted (that flag), maybe
 * (exact or a flag), ours (own, and HEX is what it has to be), unbound. Whatever MUST says: a text without flags has to be HEX. On standard
 * output one line: how much was compared.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/utf8.h"
#include "python/locals.h"
#include "python/string.h"
#include "python/threads.h"
#include "python/value.h"

struct said {
	char *function, *name, *kind, *must, *hex;
	bool met;
};

/*
 * Memory that keeps what is read, as the pieces of a fuzz input. Whole pages are refused, so that
 * only what is needed is asked for.
 */
struct keeper {
	struct memory memory; /* first */
	struct memory *under;
	struct str *out;
	struct memory_piece kept[4096];
	size_t n;
};

struct checker {
	struct py_runtime rt;
	struct py_values values, brief;
	struct said *said;
	size_t n_said, cap;
	struct str function;
	unsigned long checks, exact, wrong;
	bool verbose;
	const char *seeds; /* a folder */
	uint8_t key;
	unsigned n_seeds;
	struct keeper keeper;
};

static void wrong(struct checker *c, const char *name, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static void wrong(struct checker *c, const char *name, const char *format, ...)
{
	va_list args;

	if (c->wrong++ >= 40)
		return;
	fprintf(stderr, "%s %s: ", str_cstr(&c->function), name);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

static bool same_hex(const struct str *text, const char *hex)
{
	for (size_t i = 0; i < text->len; i++) {
		char byte[3];

		snprintf(byte, sizeof(byte), "%02x", (unsigned char)text->data[i]);
		if (strncmp(byte, hex + 2 * i, 2) != 0)
			return false;
	}
	return strlen(hex) == 2 * text->len || (!text->len && !strcmp(hex, "-"));
}

static void print_hex(const char *hex)
{
	fputs("    repr() says ", stderr);
	for (size_t i = 0; i < 600 && hex[i] && hex[i + 1]; i += 2) {
		char byte[3] = { hex[i], hex[i + 1], 0 };
		fputc((int)strtoul(byte, NULL, 16), stderr);
	}
	fputc('\n', stderr);
}

static struct said *find(struct checker *c, const char *name)
{
	for (size_t i = 0; i < c->n_said; i++) {
		if (!strcmp(c->said[i].function, str_cstr(&c->function)) &&
		    !strcmp(c->said[i].name, name))
			return &c->said[i];
	}
	return NULL;
}

static bool printable(const struct str *text)
{
	for (size_t i = 0; i < text->len; i++) {
		unsigned char b = (unsigned char)text->data[i];
		if (b < 0x20 || b == 0x7f)
			return false;
	}
	return !text->len || utf8_valid((const uint8_t *)text->data, text->len);
}

/* What targets hide where it has to be withheld. */
#define SECRET "hunter2"

static const struct {
	const char *must;
	unsigned flag;
} musts[] = {
	{ "own", PY_VALUE_OWN },
	{ "cut", PY_VALUE_CUT },
	{ "redacted", PY_VALUE_REDACTED },
	{ "cycle", PY_VALUE_CYCLE },
};

static void check_text(struct checker *c, const struct said *said, const struct str *text,
		       unsigned flags)
{
	bool same = same_hex(text, said->hex);

	if (!strcmp(said->must, "ours")) {
		if (!same || flags != PY_VALUE_OWN)
			wrong(c, said->name, "flags %x: %.300s", flags, str_cstr(text));
		return;
	}
	if (!printable(text))
		wrong(c, said->name, "is no clean text: %.300s", str_cstr(text));
	if (!strcmp(said->must, "exact") && flags)
		wrong(c, said->name, "flags %x: %.600s", flags, str_cstr(text));
	for (size_t i = 0; i < ARRAY_SIZE(musts); i++) {
		if (!strcmp(said->must, musts[i].must) && !(flags & musts[i].flag))
			wrong(c, said->name, "flags %x: %.300s", flags, str_cstr(text));
	}
	if (!strcmp(said->must, "redacted") && strstr(str_cstr(text), SECRET))
		wrong(c, said->name, "it is not withheld: %.300s", str_cstr(text));
	/* A cycle is shown as repr() does. */
	if (!same && !(flags & ~(unsigned)PY_VALUE_CYCLE)) {
		wrong(c, said->name, "flags %x, but read %.600s", flags, str_cstr(text));
		print_hex(said->hex);
	}
	c->exact += !flags;
}

static void check_value(struct checker *c, struct py_values *values, const struct said *said,
			uint64_t addr, bool brief)
{
	struct str text = STR_INIT, type = STR_INIT;
	struct pyprof_error err = { 0 };
	struct said less = *said;
	unsigned flags;

	if (brief && !strcmp(said->must, "exact"))
		less.must = (char *)"maybe";
	if (brief && strcmp(said->must, "redacted") != 0)
		less.must = (char *)"maybe";
	if (py_value_read(values, addr, &text, &type, &flags, &err))
		wrong(c, said->name, "%s", err.message);
	else
		check_text(c, &less, &text, flags);
	if (!type.len)
		wrong(c, said->name, "no type");
	if (text.len > values->limits.bytes)
		wrong(c, said->name, "%zu bytes of text", text.len);
	if (c->verbose && !brief)
		printf("%s %s %s: %s  %x\n", str_cstr(&c->function), said->name, str_cstr(&type),
		       str_cstr(&text), flags);
	str_deinit(&text);
	str_deinit(&type);
}

static bool is_kept(const struct keeper *k, const struct memory_piece *piece)
{
	for (size_t i = 0; i < k->n; i++) {
		uint64_t skip = piece->addr - k->kept[i].addr;

		if (skip < k->kept[i].len && piece->len <= k->kept[i].len - skip)
			return true;
	}
	return false;
}

static size_t keeper_readv(struct memory *memory, const struct memory_piece *pieces, size_t n,
			   enum pyprof_status *status)
{
	struct keeper *k = (struct keeper *)memory;

	for (size_t i = 0; i < n; i++) {
		uint16_t len = (uint16_t)pieces[i].len;

		if (pieces[i].len == 4096 || len != pieces[i].len || k->n == 4096 ||
		    !memory_readv(k->under, &pieces[i], 1, status)) {
			*status = PYPROF_ERR_FAULT;
			return i;
		}
		if (is_kept(k, &pieces[i]))
			continue;
		k->kept[k->n++] = pieces[i];
		str_add(k->out, &pieces[i].addr, 8);
		str_add(k->out, &len, 2);
		str_add(k->out, pieces[i].buf, len);
	}
	return n;
}

/* One input: key, what (0 a value, 1 a frame), its address, that of the code, pieces. */
static void save_seed(struct checker *c, const char *name, const struct str *bytes)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%02x-%s-%u", c->seeds, c->key, name, c->n_seeds++);
	FILE *file = bytes->len < 24u << 10 ? fopen(path, "w") : NULL;
	if (file && (fwrite(bytes->data, 1, bytes->len, file) != bytes->len || fclose(file)))
		perror(path);
}

static bool ignore_local(const struct py_local *local, void *arg)
{
	(void)local;
	(void)arg;
	return true;
}

static void make_seed(struct checker *c, const char *name, uint8_t what, uint64_t addr,
		      const struct py_frame *frame)
{
	static const struct memory_ops ops = { .name = "keeper", .readv = keeper_readv };
	struct str bytes = STR_INIT, text = STR_INIT;
	struct memory *under = c->rt.target->memory;
	uint64_t code = frame ? frame->code : 0;
	unsigned flags;

	c->keeper.memory = (struct memory){ .ops = &ops };
	c->keeper.under = under;
	c->keeper.out = &bytes;
	c->keeper.n = 0;
	str_add(&bytes, &c->key, 1);
	str_add(&bytes, &what, 1);
	str_add(&bytes, &addr, 8);
	str_add(&bytes, &code, 8);
	c->rt.target->memory = &c->keeper.memory;
	if (frame)
		py_locals_each(&c->rt, frame, ignore_local, NULL, NULL);
	else
		py_value_read(&c->brief, addr, &text, NULL, &flags, NULL);
	c->rt.target->memory = under;
	save_seed(c, name, &bytes);
	str_deinit(&bytes);
	str_deinit(&text);
}

static bool check_local(const struct py_local *local, void *arg)
{
	static const char *const kinds[] = { "", "arg", "var", "free", "name" };
	struct checker *c = arg;
	struct said *said = find(c, local->name);

	/* Of variables without a value nothing need be said: those of comprehensions, which have
	 * an iterator called .0; and the target's own module has many names. */
	if (!said && (!local->value || local->name[0] == '.' ||
		      !strcmp(str_cstr(&c->function), "<module>")))
		return true;
	if (!said) {
		wrong(c, local->name, "nothing was said of it");
		return true;
	}
	c->checks++;
	if (said->met)
		wrong(c, said->name, "met twice");
	said->met = true;
	if (strcmp(said->kind, kinds[local->kind]) != 0)
		wrong(c, said->name, "is %s", kinds[local->kind]);
	if (!strcmp(said->must, "unbound") != !local->value)
		wrong(c, said->name, local->value ? "is bound" : "is not bound");
	if (!local->value)
		return true;
	if (c->seeds)
		make_seed(c, said->name, 0, local->value, NULL);
	bool withheld = py_value_withheld(&c->values, said->name, strlen(said->name));
	if (withheld != (strncmp(said->name, "hide_", 5) == 0))
		wrong(c, said->name, withheld ? "is withheld" : "is not withheld");
	check_value(c, &c->values, said, local->value, false);
	check_value(c, &c->brief, said, local->value, true);
	return true;
}

static bool wanted(const struct checker *c)
{
	for (size_t i = 0; i < c->n_said; i++) {
		if (!strcmp(c->said[i].function, str_cstr(&c->function)))
			return true;
	}
	return false;
}

static void check_frame(struct checker *c, const struct py_frame *frame)
{
	struct pyprof_error err = { 0 };
	uint64_t name;

	str_clear(&c->function);
	if (memory_read_u64(c->rt.target->memory, frame->code + c->rt.layout.code.name, &name,
			    &err) ||
	    py_string_read(&c->rt, name, &c->function, &err)) {
		wrong(c, "?", "%s", err.message);
		return;
	}
	for (size_t i = 0; i < c->function.len; i++) {
		if (c->function.data[i] == ' ')
			c->function.data[i] = '_';
	}
	if (c->seeds && wanted(c))
		make_seed(c, "frame", 1, frame->addr, frame);
	if (wanted(c) && py_locals_each(&c->rt, frame, check_local, c, &err))
		wrong(c, "?", "%s", err.message);
}

static void check_threads(struct checker *c)
{
	struct pyprof_error err = { 0 };
	struct py_walker walker = { 0 };
	struct py_threads threads;
	struct py_stack stack;

	py_threads_init(&threads, &c->rt);
	if (py_threads_refresh(&threads, &err) || !py_walker_init(&walker, &c->rt))
		wrong(c, "threads", "%s", err.message);
	for (size_t i = 0; i < threads.n; i++) {
		struct py_thread *thread = threads.threads[i];

		if (py_walk(&walker, thread->tstate, &thread->memory, &stack) != PY_WALK_STACK)
			continue;
		for (size_t k = 0; k < stack.n; k++)
			check_frame(c, &stack.frames[k]);
	}
	py_walker_deinit(&walker);
	py_threads_deinit(&threads);
}

static void read_file(struct checker *c, const char *path)
{
	_cleanup_file_ FILE *file = fopen(path, "r");
	_cleanup_free_ char *line = NULL;
	size_t cap = 0;

	while (file && getline(&line, &cap, file) > 0) {
		struct said s = { 0 };

		line[strcspn(line, "\n")] = '\0';
		if (!strcmp(line, "end"))
			return;
		if (sscanf(line, "%ms %ms %ms %ms %ms", &s.function, &s.name, &s.kind, &s.must,
			   &s.hex) != 5 ||
		    !array_grow(c->said, c->n_said, c->cap)) {
			fprintf(stderr, "check-values: bad line: %.80s\n", line);
			exit(2);
		}
		c->said[c->n_said++] = s;
	}
	fprintf(stderr, "check-values: %s has no end\n", path);
	exit(2);
}

int main(int argc, char **argv)
{
	static struct checker c;
	static const struct py_value_limits wide = {
		.depth = 12, .width = 1000, .text = 5000, .bytes = 60000, .reads = 20000,
	};
	struct pyprof_error err = { 0 };
	struct target *target;
	struct regex *redact = NULL;

	if (argc < 3) {
		fprintf(stderr, "usage: check-values PID FILE\n");
		return 2;
	}
	c.verbose = argc == 4;
	if (argc == 6) {
		c.seeds = argv[4];
		c.key = (uint8_t)strtoul(argv[5], NULL, 16);
	}
	read_file(&c, argv[2]);
	if (target_open(&target, atoi(argv[1]), &err) || py_runtime_find(&c.rt, target, &err) ||
	    regex_create(&redact, py_value_redact_default, "--redact", &err)) {
		fprintf(stderr, "check-values: %s\n", err.message);
		return 1;
	}
	py_values_init(&c.values, &c.rt, &wide, redact);
	py_values_init(&c.brief, &c.rt, &py_value_short, redact);
	check_threads(&c);
	str_clear(&c.function);
	for (size_t i = 0; i < c.n_said; i++) {
		if (!c.said[i].met)
			wrong(&c, c.said[i].name, "of %s was not met", c.said[i].function);
	}
	printf("%s: %lu variables, %lu texts exact, %lu wrong\n", c.rt.layout.name, c.checks,
	       c.exact, c.wrong);
	py_values_deinit(&c.values);
	py_values_deinit(&c.brief);
	regex_destroy(redact);
	target_close(target);
	return c.wrong || !c.checks;
}
