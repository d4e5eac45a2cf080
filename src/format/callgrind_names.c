/* SPDX-License-Identifier: MIT */
/* Names in callgrind's format, by number or whole. */
#include <stdlib.h>

#include "base/array.h"
#include "format/callgrind.h"
#include "format/callgrind_reader.h"
#include "format/folded_text.h"

static bool number_equal(const void *entries, uint32_t index, const void *key)
{
	return ((const uint64_t *)entries)[index] == *(const uint64_t *)key;
}

void callgrind_names_deinit(struct callgrind_names *names)
{
	map_deinit(&names->map);
	free(names->numbers);
	free(names->strings);
}

static uint32_t find_name(const struct callgrind_names *names, uint64_t number)
{
	return map_find(&names->map, hash_u64(number), number_equal, names->numbers,
			&number);
}

/* Told again, in another part, it is the new one. */
static bool remember(struct callgrind_names *names, uint64_t number, uint32_t string)
{
	uint32_t i = find_name(names, number);

	if (i == MAP_NONE) {
		if (names->n >= PROFILE_NONE ||
		    !array_grow(names->numbers, names->n, names->cap_numbers) ||
		    !array_grow(names->strings, names->n, names->cap_strings) ||
		    !map_insert(&names->map, hash_u64(number), (uint32_t)names->n))
			return false;
		i = (uint32_t)names->n++;
		names->numbers[i] = number;
	}
	names->strings[i] = string;
	return true;
}

void callgrind_clean(const struct callgrind_reader *r, struct str *out, struct text t)
{
	if (r->from_us) {
		folded_unescape(out, t.p, (size_t)(t.end - t.p));
		return;
	}
	while (t.p < t.end) {
		const char *stop = memchr(t.p, '\\', (size_t)(t.end - t.p));

		folded_unescape(out, t.p, (size_t)((stop ? stop : t.end) - t.p));
		if (stop)
			str_add_char(out, '\\');
		t.p = stop ? stop + 1 : t.end;
	}
}

static enum pyprof_status intern(struct callgrind_reader *r, enum callgrind_kind kind,
				 struct text t, uint32_t *string)
{
	*string = 0;
	if (kind != FUNCTION && word_is(t, CALLGRIND_UNKNOWN))
		return PYPROF_OK;
	if (kind == FUNCTION && r->from_us && word_is(t, CALLGRIND_ROOT)) {
		*string = NAME_ROOT;
		return PYPROF_OK;
	}
	if (kind == FUNCTION && r->from_us && word_is(t, CALLGRIND_TRUNCATED)) {
		*string = NAME_TRUNCATED;
		return PYPROF_OK;
	}
	str_clear(&r->scratch);
	callgrind_clean(r, &r->scratch, t);
	if (!r->scratch.failed)
		*string = profile_string(r->profile, r->scratch.data, r->scratch.len);
	return r->scratch.failed || *string == PROFILE_NONE ? error_nomem(r->err)
							    : PYPROF_OK;
}

/* "(3) ": a number in parentheses; false, and nothing taken, where there is none. */
static bool take_name_number(struct text *t, uint64_t *number)
{
	struct text rest = *t;

	*number = 0;
	if (!take(&rest, "(") || rest.p == rest.end || digit(*rest.p) >= 10)
		return false;
	for (; rest.p < rest.end && digit(*rest.p) < 10; rest.p++)
		if (__builtin_mul_overflow(*number, (uint64_t)10, number) ||
		    __builtin_add_overflow(*number, (uint64_t)digit(*rest.p), number))
			return false;
	if (!take(&rest, ")"))
		return false;
	skip_spaces(&rest);
	*t = rest;
	return true;
}

enum pyprof_status callgrind_take_name(struct callgrind_reader *r,
				       enum callgrind_kind kind, struct text t,
				       uint32_t *string)
{
	struct callgrind_names *names = &r->names[kind];
	enum pyprof_status status;
	uint64_t number;
	uint32_t i;

	skip_spaces(&t);
	if (!take_name_number(&t, &number))
		return intern(r, kind, t, string);
	if (t.p == t.end) {
		i = find_name(names, number);
		if (i == MAP_NONE)
			return callgrind_fail(r, PYPROF_ERR_CORRUPT, t.p,
					      "the name of that number was not told");
		*string = names->strings[i];
		return PYPROF_OK;
	}
	status = intern(r, kind, t, string);
	if (!status && !remember(names, number, *string))
		status = error_nomem(r->err);
	return status;
}
