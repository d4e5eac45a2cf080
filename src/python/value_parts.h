/* SPDX-License-Identifier: MIT */
/*
 * What the parts of value.h share: one reading of one value. value.c has the frame and decides
 * which part reads an object; the parts append text and set flags. Nobody outside includes this.
 *
 * Texts are appended by value_add() and its like only, which keep the limits. What a part cannot
 * read it says by value_unreadable(), in the text. Recursion goes through value_object() alone,
 * which is VALUE_DEPTH_MAX deep at most.
 */
#ifndef PYPROF_PYTHON_VALUE_PARTS_H
#define PYPROF_PYTHON_VALUE_PARTS_H

#include "python/dict.h"
#include "python/object.h"
#include "python/string.h"
#include "python/value.h"
#include "python/value_memory.h"
#include "python/value_types.h"

#define VALUE_DEPTH_MAX 24u /* whatever the limits say */

struct value_read {
	struct py_values *values;
	const struct py_runtime *rt; /* whose memory is bounded */
	const struct py_layout *l;
	struct value_memory *memory;
	struct value_types *types;
	struct py_value_limits limits;
	unsigned ways;	  /* enum py_repr_way */
	uint32_t minor;	  /* of 3, for py_printable; 0: 2.7 */
	struct str *out;
	size_t end;	  /* length of *out that must not be passed */
	bool full;	  /* it was */
	unsigned flags;	  /* enum py_value_flags */
	unsigned depth;
	uint64_t path[VALUE_DEPTH_MAX]; /* containers that are being shown */
	size_t n_path;
	enum pyprof_status status; /* NOMEM */
};

/* ---- text ------------------------------------------------------------------------ */

/* Where one of these gives false the text is full, and there is no use in going on. */
bool value_add(struct value_read *v, const char *text);
bool value_add_bytes(struct value_read *v, const char *bytes, size_t len);
bool value_printf(struct value_read *v, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* "…", and the flag. */
bool value_cut(struct value_read *v);
/* <what>, and the flag. */
bool value_unreadable(struct value_read *v, const char *what);
bool value_redacted(struct value_read *v);
/* Text that others wrote, such as a name: cleaned of what is no character or a control one. */
bool value_add_clean(struct value_read *v, const char *text, size_t len);
/* "0x7f…" */
bool value_add_address(struct value_read *v, uint64_t addr);

/* ---- memory ---------------------------------------------------------------------- */

bool value_word(const struct value_read *v, uint64_t addr, uint64_t *out);
bool value_bytes(const struct value_read *v, uint64_t addr, void *buf, size_t len);
/* The field of an object; false also where the layout has none. */
bool value_field(const struct value_read *v, uint64_t addr, uint32_t offset, uint64_t *out);
/* The type of an object; NULL where there is none that makes sense. */
const struct value_type *value_type_of(struct value_read *v, uint64_t addr);
/* The type that lies at `addr`; NULL where there is none. */
const struct value_type *value_class_at(struct value_read *v, uint64_t addr);
/* The text of a str (2.7: str or unicode) as UTF-8. False: it is none, or too long. */
bool value_str(struct value_read *v, uint64_t addr, struct str *out);
/* The same, appended to the text. */
bool value_add_str(struct value_read *v, uint64_t addr);

/* ---- objects --------------------------------------------------------------------- */

/* Any object, by its type. */
bool value_object(struct value_read *v, uint64_t addr);
/* The value of what is called `name` (a str object, or UTF-8), which may have to be withheld. */
bool value_object_named(struct value_read *v, uint64_t addr, const char *name, size_t len);
/* Is it to be withheld, being called so? */
bool value_withheld(struct value_read *v, uint64_t addr, const char *name, size_t len);
bool value_object_keyed(struct value_read *v, uint64_t addr, uint64_t key);
/*
 * The value of a dict's key that has just been written, from byte `from` of *out on: of a key that
 * is no str or bytes, such as a tuple or an enum's member, the text tells.
 */
bool value_object_behind(struct value_read *v, uint64_t addr, uint64_t key, size_t from);
/* As value_object(), but as an object of kind `kind`, whose own repr() is asked for. */
bool value_as(struct value_read *v, uint64_t addr, const struct value_type *type,
	      enum value_kind kind);

/* Begins a container: false where it is one already being shown, or too deep (both said). */
bool value_enter(struct value_read *v, uint64_t addr, const char *cycle);
void value_leave(struct value_read *v);
/* Before item `i`: the comma. False: enough of them. */
bool value_next(struct value_read *v, size_t i);

/* value_numbers.c */
bool value_int(struct value_read *v, uint64_t addr, bool is_long);
bool value_float(struct value_read *v, uint64_t addr);
bool value_complex(struct value_read *v, uint64_t addr);
/* A double as repr() writes it; `buf` has 32 bytes. `point`: "1.0", not "1". */
const char *value_double_text(double number, bool point, char *buf);

/* An int of up to 128 bits, not below zero. */
bool value_int128(struct value_read *v, uint64_t addr, unsigned __int128 *out);

/* value_text.c */
bool value_string(struct value_read *v, uint64_t addr, bool unicode);
bool value_bytearray(struct value_read *v, uint64_t addr, const struct value_type *type);

/* value_containers.c */
bool value_list(struct value_read *v, uint64_t addr);
bool value_tuple(struct value_read *v, uint64_t addr);
bool value_dict(struct value_read *v, uint64_t addr);
bool value_set(struct value_read *v, uint64_t addr, const struct value_type *type, bool frozen);

/* value_collections.c */
bool value_deque(struct value_read *v, uint64_t addr, const struct value_type *type);
bool value_odict(struct value_read *v, uint64_t addr, const struct value_type *type);
bool value_odict_27(struct value_read *v, uint64_t addr, const struct value_type *type);
bool value_defaultdict(struct value_read *v, uint64_t addr, const struct value_type *type);
bool value_counter(struct value_read *v, uint64_t addr, const struct value_type *type);
bool value_slice(struct value_read *v, uint64_t addr);
bool value_range(struct value_read *v, uint64_t addr);
bool value_namespace(struct value_read *v, uint64_t addr, const struct value_type *type);

/* value_times.c */
bool value_time(struct value_read *v, uint64_t addr, const struct value_type *type,
		enum value_kind kind);

/* value_decimal.c */
bool value_decimal(struct value_read *v, uint64_t addr);
/* The text of Decimal's str(): digits, and ten to the power of `exponent`. */
bool value_add_scientific(struct value_read *v, bool negative, const char *digits, size_t n,
			  int64_t exponent);

/* value_code.c: functions, classes, modules, exceptions and their like */
bool value_code_object(struct value_read *v, uint64_t addr, const struct value_type *type,
		       enum value_kind kind);

/* value_instances.c */
bool value_instance(struct value_read *v, uint64_t addr, const struct value_type *type);
bool value_default(struct value_read *v, uint64_t addr, const struct value_type *type);
bool value_classic(struct value_read *v, uint64_t addr);
/* Address of the value of an attribute: of the instance, its slots, or its classes; 0: none. */
uint64_t value_attr(struct value_read *v, uint64_t addr, const struct value_type *type,
		    const char *name);

/* What the classes made in Python of `type` have under `name`, and whose it is; 0: nothing. */
uint64_t value_class_attr(struct value_read *v, const struct value_type *type, const char *name,
			  const struct value_type **owner);

/* value_locks.c */
bool value_lock(struct value_read *v, uint64_t addr, const struct value_type *type,
		enum value_kind kind);

/* value_arrays.c */
bool value_numpy(struct value_read *v, uint64_t addr, const struct value_type *type);

/* value_stdlib.c: reprs written in Python that are known. False: `type` has none of these. */
bool value_known_repr(struct value_read *v, uint64_t addr, const struct value_type *type,
		      bool *shown);

#endif
