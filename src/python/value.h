/* SPDX-License-Identifier: MIT */
/*
 * A Python object as text, read from the target's memory: what repr() would say of it where that
 * can be known without running anything, within limits.
 *
 * Exact are None, True, False, Ellipsis, NotImplemented, int of any size, float, complex, str,
 * unicode, bytes, bytearray, list, tuple (named ones by their fields), dict and its well-known
 * subclasses, set, frozenset, slice, range, datetime's and decimal's types, functions, classes,
 * modules, locks, enum members, dataclasses, exceptions, and their subclasses that keep the repr() they
 * inherit. Of other instances the class, the attributes (__dict__, inline values, slots) are shown
 * as <module.Class a=1, b='x'>; of arrays the type and shape.
 *
 * The memory is hostile: an address may be garbage, an object half made, a container changed while
 * it is read, a length a lie. Work and bytes are bounded whatever is read, recursion too, and what
 * cannot be read is said in its place.
 */
#ifndef PYPROF_PYTHON_VALUE_H
#define PYPROF_PYTHON_VALUE_H

#include "base/regex.h"
#include "python/runtime.h"

struct py_value_limits {
	unsigned depth; /* containers within containers */
	unsigned width; /* items of one container */
	size_t text;	/* characters of one str, bytes or int shown */
	size_t bytes;	/* of the whole text */
	unsigned reads; /* system calls for one value */
};

extern const struct py_value_limits py_value_short; /* a line or so each */
extern const struct py_value_limits py_value_long;  /* a screen or so */

/* What a value's text is. */
enum py_value_flags {
	PY_VALUE_CUT = 1 << 0,	   /* a limit was met: "…" stands where something is missing */
	PY_VALUE_REDACTED = 1 << 1, /* something in it was withheld: "<redacted>" */
	PY_VALUE_UNREADABLE = 1 << 2, /* memory that could not be read, or makes no sense */
	PY_VALUE_OWN = 1 << 3,	   /* not what repr() gives, which only running it could tell: our words */
	PY_VALUE_CYCLE = 1 << 4,   /* it holds itself: shown as repr() does, [...] */
};

struct py_values {
	struct py_runtime *rt; /* not owned */
	struct py_value_limits limits;
	struct regex *redact; /* not owned; names whose values are withheld; NULL: none */
	/*
	 * With the default list: names of which only texts are withheld, of 16 bytes and more, or of
	 * any length where it is "key" alone. Then None, True, False, empty texts, modules,
	 * functions and classes are shown, whatever they are called. NULL: as `redact` says.
	 */
	struct regex *redact_text;
	struct py_value_cache *cache; /* types that were met; NULL until then */
};

/* Withheld by default are values of names that match this, whatever their case. */
extern const char py_value_redact_default[];
extern const char py_value_redact_text_default[]; /* for redact_text */

void py_values_init(struct py_values *values, struct py_runtime *rt,
		    const struct py_value_limits *limits, struct regex *redact);
void py_values_deinit(struct py_values *values);

/*
 * Appends the text of the object at `addr` to *out, valid UTF-8 without control characters, and
 * gives the name of its type as people know it ("int", "collections.OrderedDict") in `type` where
 * not NULL. *flags: py_value_flags; 0 where the text is what repr() gives. Whatever is wrong with
 * the object is in the text, and no error. Errors: NOMEM, GONE.
 */
enum pyprof_status py_value_read(struct py_values *values, uint64_t addr, struct str *out,
				 struct str *type, unsigned *flags, struct pyprof_error *err);

/* The same of the value of what is called `name`: "<redacted>" where that is to be withheld. */
enum pyprof_status py_value_read_named(struct py_values *values, uint64_t addr, const char *name,
				       struct str *out, struct str *type, unsigned *flags,
				       struct pyprof_error *err);

/* Does `redact` match the name? */
bool py_value_withheld(const struct py_values *values, const char *name, size_t len);

#endif
