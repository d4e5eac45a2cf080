/* SPDX-License-Identifier: MIT */
/* The text of /proc/PID/maps: one line a mapping (see proc_pid_maps(5)). */
#include "target/maps.h"

#include <inttypes.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "base/array.h"
#include "base/cleanup.h"

static const char DELETED[] = " (deleted)";

/* ---- one line --------------------------------------------------------------- */

/* Takes digits of `radix` (10, 16) from *p; false where there are none or too many. */
static bool take_number(char **p, unsigned int radix, uint64_t *out)
{
	uint64_t value = 0;
	char *start = *p;

	for (;; (*p)++) {
		unsigned int digit;
		char c = **p;
		if (c >= '0' && c <= '9')
			digit = (unsigned int)(c - '0');
		else if (radix == 16 && c >= 'a' && c <= 'f')
			digit = (unsigned int)(c - 'a' + 10);
		else
			break;
		if (__builtin_mul_overflow(value, radix, &value) ||
		    __builtin_add_overflow(value, digit, &value))
			return false;
	}
	*out = value;
	return *p > start;
}

static bool take_char(char **p, char c)
{
	if (**p != c)
		return false;
	(*p)++;
	return true;
}

static bool take_permissions(char **p, struct mapping *m)
{
	static const char letters[] = "rwx";
	bool *const flags[] = { &m->readable, &m->writable, &m->executable };

	for (size_t i = 0; i < 3; i++) {
		char c = **p;
		if (c != letters[i] && c != '-')
			return false;
		*flags[i] = c != '-';
		(*p)++;
	}
	return take_char(p, 'p') || take_char(p, 's');
}

static bool take_device(char **p, struct mapping *m)
{
	uint64_t major, minor;

	if (!take_number(p, 16, &major) || !take_char(p, ':') || !take_number(p, 16, &minor))
		return false;
	if (major > UINT32_MAX || minor > UINT32_MAX)
		return false;
	m->device = makedev((unsigned int)major, (unsigned int)minor);
	return true;
}

/* The kernel writes a newline in a path as \012 and nothing else that way. */
static void unescape(char *path)
{
	char *to = path;

	for (const char *from = path; *from;) {
		if (strncmp(from, "\\012", 4) == 0) {
			*to++ = '\n';
			from += 4;
		} else {
			*to++ = *from++;
		}
	}
	*to = '\0';
}

static void take_path(char *p, struct mapping *m)
{
	size_t len;
	size_t suffix = sizeof(DELETED) - 1;

	while (*p == ' ')
		p++;
	unescape(p);
	len = strlen(p);
	if (*p == '/' && len > suffix && strcmp(p + len - suffix, DELETED) == 0) {
		p[len - suffix] = '\0';
		m->deleted = true;
	}
	m->path = p;
}

/* Reads the NUL-terminated line into *m. NULL, or what is wrong with it. */
static const char *parse_line(char *p, struct mapping *m)
{
	memset(m, 0, sizeof(*m));
	if (!take_number(&p, 16, &m->start) || !take_char(&p, '-') ||
	    !take_number(&p, 16, &m->end) || !take_char(&p, ' '))
		return "no address range";
	if (m->end <= m->start)
		return "the range ends before it starts";
	if (!take_permissions(&p, m) || !take_char(&p, ' '))
		return "no permissions";
	if (!take_number(&p, 16, &m->offset) || !take_char(&p, ' '))
		return "no offset";
	if (!take_device(&p, m) || !take_char(&p, ' '))
		return "no device";
	if (!take_number(&p, 10, &m->inode) || (*p && *p != ' '))
		return "no inode";
	take_path(p, m);
	return NULL;
}

/* ---- modules ----------------------------------------------------------------- */

/*
 * How far apart two neighbouring segments of one object may lie with nothing mapped between
 * them: linkers align segments to at most 2 MiB on the machines that we know.
 */
#define MAX_SEGMENT_HOLE (UINT64_C(4) << 20)

static bool is_file(const struct mapping *m)
{
	return m->path[0] == '/';
}

static bool is_anonymous(const struct mapping *m)
{
	return m->path[0] == '\0' && m->inode == 0;
}

static bool same_object(const struct mapping *a, const struct mapping *b)
{
	return a->device == b->device && a->inode == b->inode && a->deleted == b->deleted &&
	       strcmp(a->path, b->path) == 0;
}

static bool any_executable(const struct maps *maps, size_t first, size_t last)
{
	for (size_t i = first; i <= last; i++)
		if (maps->mappings[i].executable)
			return true;
	return false;
}

/* Is mapping `next`, of the same object, a later segment of what is [first, last] so far? */
static bool continues_object(const struct maps *maps, size_t first, size_t last, size_t next)
{
	const struct mapping *a = &maps->mappings[last];
	const struct mapping *b = &maps->mappings[next];
	bool touches = b->start == maps->mappings[next - 1].end;

	/*
	 * Offset 0 again: a second copy, or the file mapped to be read, beside the object; or
	 * the data of an object whose text lies in the same page of the file.
	 */
	if (b->offset == 0)
		return a->offset == 0 && touches && !b->executable &&
		       any_executable(maps, first, last);
	if (b->offset < a->offset)
		return false;
	return touches || (next == last + 1 && b->start - a->end <= MAX_SEGMENT_HOLE);
}

/*
 * Index of the last mapping of the object that starts at `first`. Anonymous memory may lie
 * inside an object (text moved into huge pages) as long as there is no hole beside it.
 */
static size_t object_last(const struct maps *maps, size_t first)
{
	size_t last = first;

	for (size_t i = first + 1; i < maps->n; i++) {
		const struct mapping *m = &maps->mappings[i];
		if (is_anonymous(m) && m->start == maps->mappings[i - 1].end)
			continue;
		if (!same_object(m, &maps->mappings[first]) ||
		    !continues_object(maps, first, last, i))
			break;
		last = i;
	}
	return last;
}

/*
 * End of the object whose last mapping is `last`, its .bss included: anonymous memory right
 * behind. Where that memory was merged with the heap it is called [heap].
 */
static uint64_t object_end(const struct maps *maps, size_t last)
{
	const struct mapping *m = &maps->mappings[last];

	if (last + 1 < maps->n) {
		const struct mapping *next = &maps->mappings[last + 1];
		if (next->start == m->end && next->readable && next->writable &&
		    (is_anonymous(next) || strcmp(next->path, "[heap]") == 0))
			return next->end;
	}
	return m->end;
}

static bool find_modules(struct maps *maps)
{
	size_t next;

	for (size_t i = 0; i < maps->n; i = next) {
		const struct mapping *m = &maps->mappings[i];
		next = i + 1;
		if (!is_file(m) || m->offset != 0)
			continue;
		size_t last = object_last(maps, i);
		next = last + 1;
		if (!any_executable(maps, i, last))
			continue;
		if (!array_grow(maps->modules, maps->n_modules, maps->cap_modules))
			return false;
		maps->modules[maps->n_modules++] = (struct module){
			.path = m->path,
			.base = m->start,
			.end = object_end(maps, last),
			.first = i,
			.last = last,
			.device = m->device,
			.inode = m->inode,
			.deleted = m->deleted,
		};
	}
	return true;
}

/* ---- the whole text ---------------------------------------------------------- */

static enum pyprof_status parse_text(struct maps *maps, size_t len, struct pyprof_error *err)
{
	char *end = maps->text + len;
	size_t line = 0;

	for (char *p = maps->text; p < end;) {
		char *newline = memchr(p, '\n', (size_t)(end - p));
		char *next = newline ? newline + 1 : end;
		const char *wrong;

		line++;
		if (newline)
			*newline = '\0';
		if (!array_grow(maps->mappings, maps->n, maps->cap))
			return error_nomem(err);
		struct mapping *m = &maps->mappings[maps->n];
		wrong = parse_line(p, m);
		if (!wrong && maps->n && m->start < m[-1].end)
			wrong = "the range lies below the end of the one before";
		if (wrong)
			return error_set(err, PYPROF_ERR_CORRUPT, "maps line %zu: %s", line,
					 wrong);
		maps->n++;
		p = next;
	}
	return PYPROF_OK;
}

enum pyprof_status maps_parse(struct maps *maps, const char *text, size_t len,
			      struct pyprof_error *err)
{
	enum pyprof_status status;

	*maps = (struct maps)MAPS_INIT;
	if (len > MAPS_MAX_BYTES)
		return error_set(err, PYPROF_ERR_LIMIT,
				 "maps: more than %u MiB of text", MAPS_MAX_BYTES >> 20);
	if (len && memchr(text, '\0', len))
		return error_set(err, PYPROF_ERR_CORRUPT, "maps: a NUL byte in the text");
	maps->text = malloc(len + 1);
	if (!maps->text)
		return error_nomem(err);
	if (len)
		memcpy(maps->text, text, len);
	maps->text[len] = '\0';
	status = parse_text(maps, len, err);
	if (status == PYPROF_OK && !find_modules(maps))
		status = error_nomem(err);
	if (status != PYPROF_OK)
		maps_deinit(maps);
	return status;
}

void maps_deinit(struct maps *maps)
{
	free(maps->mappings);
	free(maps->modules);
	free(maps->text);
	*maps = (struct maps)MAPS_INIT;
}

void maps_format(const struct maps *maps, struct str *out)
{
	for (size_t i = 0; i < maps->n; i++) {
		const struct mapping *m = &maps->mappings[i];
		str_printf(out,
			   "%08" PRIx64 "-%08" PRIx64 " %c%c%cp %08" PRIx64
			   " %02x:%02x %" PRIu64 " ",
			   m->start, m->end, m->readable ? 'r' : '-', m->writable ? 'w' : '-',
			   m->executable ? 'x' : '-', m->offset, major(m->device),
			   minor(m->device), m->inode);
		for (const char *p = m->path; *p; p++) {
			if (*p == '\n')
				str_add_cstr(out, "\\012");
			else
				str_add_char(out, *p);
		}
		if (m->deleted)
			str_add_cstr(out, DELETED);
		str_add_char(out, '\n');
	}
}

/* ---- lookup ------------------------------------------------------------------- */

const struct mapping *maps_find(const struct maps *maps, uint64_t addr)
{
	size_t low = 0;
	size_t high = maps->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (maps->mappings[middle].end <= addr)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < maps->n && maps->mappings[low].start <= addr)
		return &maps->mappings[low];
	return NULL;
}

bool maps_readable(const struct maps *maps, uint64_t addr, uint64_t len)
{
	const struct mapping *m = maps_find(maps, addr);
	uint64_t end;

	if (__builtin_add_overflow(addr, len, &end))
		return false;
	if (len == 0)
		return true;
	for (; m && m->readable && m->end < end; m++)
		if (m == &maps->mappings[maps->n - 1] || m[1].start != m->end)
			return false;
	return m && m->readable;
}

const char *module_name(const struct module *module)
{
	const char *slash = strrchr(module->path, '/');

	return slash ? slash + 1 : module->path;
}
