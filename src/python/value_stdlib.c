/* SPDX-License-Identifier: MIT */
/*
 * Reprs written in Python that are known: enum members and classes, dataclasses, named tuples,
 * Counter, UUID, Fraction; 2.7: OrderedDict, Decimal. A class's __repr__ is one of them where its function's
 * name, and the file that its code came from, are those of the standard library.
 *
 * Sources: Lib/enum.py, dataclasses.py, collections/__init__.py, uuid.py, fractions.py of each
 * release.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "python/value_parts.h"

#define FIELDS_MAX 1024u
#define CELLS_MAX  16u

/* The function that is a class's __repr__. */
struct repr {
	uint64_t function;
	const struct value_type *owner; /* the class in whose dict it is */
	struct str name;		/* "Enum.__repr__"; 2.7: by the class */
	struct str file;		/* co_filename */
	struct str code;		/* co_name */
};

static bool ends_with(const struct str *s, const char *end)
{
	size_t n = strlen(end);

	return s->len >= n && memcmp(s->data + s->len - n, end, n) == 0;
}

static bool read_code(struct value_read *v, uint64_t function, struct str *file, struct str *name)
{
	const struct value_type *type = value_type_of(v, function);
	uint64_t code, object;

	return type && type->kind == KIND_FUNCTION &&
	       value_field(v, function, v->l->value.func_code, &code) &&
	       value_field(v, code, v->l->code.filename, &object) && value_str(v, object, file) &&
	       value_field(v, code, v->l->code.name, &object) && value_str(v, object, name);
}

static bool read_repr(struct value_read *v, const struct value_type *type, struct repr *r)
{
	uint64_t name;

	*r = (struct repr){ 0 };
	r->function = value_class_attr(v, type, "__repr__", &r->owner);
	if (!r->function || !read_code(v, r->function, &r->file, &r->code))
		return false;
	if (v->l->value.func_qualname != PY_ABSENT)
		return value_field(v, r->function, v->l->value.func_qualname, &name) &&
		       value_str(v, name, &r->name);
	str_printf(&r->name, "%s.%s", r->owner->qualname, str_cstr(&r->code));
	return true;
}

static void repr_free(struct repr *r)
{
	str_deinit(&r->name);
	str_deinit(&r->file);
	str_deinit(&r->code);
}

/* ---- enums -------------------------------------------------------------------------------------- */

/* Values whose repr() is that of their kind, whatever the enum was mixed with. */
static bool plain(struct value_read *v, uint64_t addr)
{
	const struct value_type *type = value_type_of(v, addr);

	return type && type->kind_repr && !type->heap;
}

static bool is_none(struct value_read *v, uint64_t addr)
{
	const struct value_type *type = addr ? value_type_of(v, addr) : NULL;

	return !type || type->kind == KIND_NONE;
}

static bool add_enum(struct value_read *v, uint64_t addr, const struct value_type *type)
{
	uint64_t name = value_attr(v, addr, type, "_name_");
	uint64_t value = value_attr(v, addr, type, "_value_");

	if (!value)
		return value_instance(v, addr, type);
	if (!plain(v, value))
		v->flags |= PY_VALUE_OWN; /* 3.12: a mixed-in class's repr() may be asked */
	value_printf(v, "<%s", value_type_short(type));
	if (!is_none(v, name)) {
		value_add(v, ".");
		value_add_str(v, name);
	} else if (!(v->ways & PY_REPR_FLAG_NAMED)) {
		v->flags |= PY_VALUE_OWN; /* to 3.10: made of the names of its bits */
	}
	if (!value_add(v, ": ") || !value_enter(v, addr, "..."))
		return !v->full;
	if (name)
		value_object_keyed(v, value, name);
	else
		value_object(v, value);
	value_leave(v);
	return value_add(v, ">");
}

/* Is one of the class's bases enum.Flag? */
static bool is_flag(struct value_read *v, const struct value_type *class)
{
	const struct value_type *owner;

	/* Only Flag and its subclasses have it. */
	return value_class_attr(v, class, "_iter_member_by_value_", &owner) != 0;
}

static bool add_enum_class(struct value_read *v, uint64_t addr)
{
	const struct value_type *class = value_class_at(v, addr);
	bool flag;

	if (!class)
		return value_unreadable(v, "unreadable class");
	flag = v->ways & PY_REPR_FLAG_NAMED && is_flag(v, class);
	return value_printf(v, "<%s '%s'>", flag ? "flag" : "enum", value_type_short(class));
}

/* ---- named tuples --------------------------------------------------------------------------------- */

static bool add_namedtuple(struct value_read *v, uint64_t addr, const struct value_type *type,
			   const char *name)
{
	const struct value_type *owner;
	const struct py_layout *l = v->l;
	uint64_t fields = value_class_attr(v, type, "_fields", &owner), n, count, key, item;

	if (!fields || !value_field(v, fields, l->tuple.size, &count) ||
	    !value_field(v, addr, l->tuple.size, &n) || n != count || n > FIELDS_MAX)
		return value_instance(v, addr, type);
	if (!value_enter(v, addr, "(...)"))
		return !v->full;
	value_printf(v, "%s(", name);
	for (uint64_t i = 0; i < n && value_next(v, i); i++) {
		if (!value_word(v, fields + l->tuple.items + 8 * i, &key) ||
		    !value_word(v, addr + l->tuple.items + 8 * i, &item)) {
			value_unreadable(v, "unreadable");
			break;
		}
		if (!value_add_str(v, key) || !value_add(v, "=") ||
		    !value_object_keyed(v, item, key))
			break;
	}
	value_leave(v);
	return value_add(v, ")");
}

/* ---- dataclasses ------------------------------------------------------------------------------------ */

struct fields {
	struct value_read *v;
	uint64_t addr;
	const struct value_type *type;
	size_t n;
	bool bad;
};

/* A Field is shown where its `repr` is true and its _field_type is dataclasses._FIELD. */
static bool field_shown(struct value_read *v, uint64_t field, bool *shown)
{
	const struct value_type *type = value_type_of(v, field), *kind_type;
	struct str text = STR_INIT;
	uint64_t repr, kind, number = 0;

	if (!type)
		return false;
	repr = value_attr(v, field, type, "repr");
	kind = value_attr(v, field, type, "_field_type");
	kind_type = kind ? value_type_of(v, kind) : NULL;
	if (!repr || !kind_type || !value_field(v, repr, v->l->integer.digits, &number) ||
	    !value_str(v, value_attr(v, kind, kind_type, "name"), &text)) {
		str_deinit(&text);
		return false;
	}
	*shown = (uint32_t)number && strcmp(str_cstr(&text), "_FIELD") == 0;
	str_deinit(&text);
	return true;
}

static bool add_field(uint64_t key, uint64_t field, void *arg)
{
	struct fields *f = arg;
	struct value_read *v = f->v;
	struct str name = STR_INIT;
	bool shown = false;
	uint64_t value;

	if (!field_shown(v, field, &shown) || !value_str(v, key, &name)) {
		f->bad = true;
		str_deinit(&name);
		return false;
	}
	value = shown ? value_attr(v, f->addr, f->type, str_cstr(&name)) : 0;
	bool more = !shown || (value_next(v, f->n++) &&
			       value_add_clean(v, str_cstr(&name), name.len) &&
			       value_add(v, "=") &&
			       value_object_named(v, value, str_cstr(&name), name.len));
	str_deinit(&name);
	return more;
}

static bool add_dataclass(struct value_read *v, uint64_t addr, const struct value_type *type,
			  const struct repr *r)
{
	struct fields f = { .v = v, .addr = addr, .type = type };
	uint64_t fields = 0;

	if (py_dict_get(v->rt, r->owner->dict, "__dataclass_fields__", &fields, NULL) || !fields)
		return value_instance(v, addr, type);
	if (!value_enter(v, addr, "..."))
		return !v->full;
	value_printf(v, "%s(", type->qualname);
	if (py_dict_each(v->rt, fields, add_field, &f, NULL) || f.bad)
		value_unreadable(v, "unreadable");
	value_leave(v);
	return value_add(v, ")");
}

/* Is one of the cells of a wrapper's closure the __repr__ that dataclasses made? */
static bool wraps_made(struct value_read *v, uint64_t function)
{
	uint64_t closure, n, cell, object;
	bool made = false;

	if (!value_field(v, function, v->l->value.func_closure, &closure) || !closure ||
	    !value_field(v, closure, v->l->tuple.size, &n))
		return false;
	for (uint64_t i = 0; i < n && i < CELLS_MAX && !made; i++) {
		struct str file = STR_INIT, name = STR_INIT;

		if (value_word(v, closure + v->l->tuple.items + 8 * i, &cell) &&
		    value_field(v, cell, v->l->value.cell_ref, &object) && object &&
		    read_code(v, object, &file, &name))
			made = strcmp(str_cstr(&file), "<string>") == 0 &&
			       strcmp(str_cstr(&name), "__repr__") == 0;
		str_deinit(&file);
		str_deinit(&name);
	}
	return made;
}

static bool is_dataclass(struct value_read *v, const struct repr *r)
{
	return strcmp(str_cstr(&r->code), "wrapper") == 0 &&
	       (ends_with(&r->file, "dataclasses.py") || ends_with(&r->file, "reprlib.py")) &&
	       wraps_made(v, r->function);
}

/* ---- UUID, Fraction, Decimal ------------------------------------------------------------------------------------ */

static bool add_uuid(struct value_read *v, uint64_t addr, const struct value_type *type)
{
	unsigned __int128 number;
	uint64_t value = value_attr(v, addr, type, "int");
	char hex[40];

	if (!value || !value_int128(v, value, &number))
		return value_instance(v, addr, type);
	snprintf(hex, sizeof(hex), "%016llx%016llx", (unsigned long long)(number >> 64),
		 (unsigned long long)number);
	return value_printf(v, "%s('%.8s-%.4s-%.4s-%.4s-%s')", value_type_short(type), hex,
			    hex + 8, hex + 12, hex + 16, hex + 20);
}

static bool add_fraction(struct value_read *v, uint64_t addr, const struct value_type *type)
{
	uint64_t above = value_attr(v, addr, type, "_numerator");
	uint64_t below = value_attr(v, addr, type, "_denominator");

	if (!above || !below || !plain(v, above) || !plain(v, below) || v->ways & PY_REPR_2)
		return value_instance(v, addr, type);
	if (!value_enter(v, addr, "..."))
		return !v->full;
	bool more = value_printf(v, "%s(", value_type_short(type)) && value_object(v, above) &&
		    value_add(v, ", ") && value_object(v, below);
	value_leave(v);
	return more && value_add(v, ")");
}

/* 2.7: {_sign, _int, _exp, _is_special}; what is special has a letter for its exponent. */
static bool add_decimal(struct value_read *v, uint64_t addr, const struct value_type *type)
{
	struct str digits = STR_INIT;
	uint64_t special = value_attr(v, addr, type, "_is_special");
	uint64_t sign = value_attr(v, addr, type, "_sign");
	int64_t exponent, negative, is_special;
	bool good = special && sign && !py_int_read(v->rt, special, &is_special, NULL) &&
		    !is_special && !py_int_read(v->rt, sign, &negative, NULL) &&
		    !py_int_read(v->rt, value_attr(v, addr, type, "_exp"), &exponent, NULL) &&
		    exponent > INT32_MIN && exponent < INT32_MAX &&
		    value_str(v, value_attr(v, addr, type, "_int"), &digits) && digits.len;

	if (good) {
		value_add(v, "Decimal('");
		value_add_scientific(v, negative, digits.data, digits.len, exponent);
		value_add(v, "')");
	}
	str_deinit(&digits);
	return good ? !v->full : value_instance(v, addr, type);
}

/* ---- which one ------------------------------------------------------------------------------------------- */

/* 3.6 and before make a named tuple's class of a text; its globals are called so. */
static bool made_of_text(struct value_read *v, const struct repr *r)
{
	struct str name = STR_INIT;
	uint64_t globals, value;
	bool made = strcmp(str_cstr(&r->file), "<string>") == 0 &&
		    value_field(v, r->function, v->l->value.func_globals, &globals) &&
		    !py_dict_get(v->rt, globals, "__name__", &value, NULL) && value &&
		    value_str(v, value, &name) &&
		    strncmp(str_cstr(&name), "namedtuple_", strlen("namedtuple_")) == 0;

	str_deinit(&name);
	return made;
}

static bool is(const struct repr *r, const char *name, const char *file)
{
	return strcmp(str_cstr(&r->name), name) == 0 && ends_with(&r->file, file);
}

static bool show(struct value_read *v, uint64_t addr, const struct value_type *type,
		 const struct repr *r, bool *shown)
{
	bool collections = ends_with(&r->file, "collections/__init__.py") ||
			   ends_with(&r->file, "/collections.py");

	*shown = true;
	if (is(r, "Enum.__repr__", "enum.py") || is(r, "Flag.__repr__", "enum.py"))
		return add_enum(v, addr, type);
	if (is(r, "EnumMeta.__repr__", "enum.py") || is(r, "EnumType.__repr__", "enum.py"))
		return add_enum_class(v, addr);
	if (type->kind == KIND_TUPLE && strcmp(str_cstr(&r->code), "__repr__") == 0 &&
	    (collections || made_of_text(v, r)))
		return add_namedtuple(v, addr, type,
				      value_type_short(v->ways & PY_REPR_2 ? r->owner : type));
	if (is_dataclass(v, r))
		return add_dataclass(v, addr, type, r);
	if (collections && type->kind == KIND_DICT &&
	    strcmp(str_cstr(&r->name), "Counter.__repr__") == 0)
		return value_counter(v, addr, type);
	if (collections && v->ways & PY_REPR_2 && type->kind == KIND_DICT &&
	    strcmp(str_cstr(&r->name), "OrderedDict.__repr__") == 0)
		return value_odict_27(v, addr, type);
	if (is(r, "UUID.__repr__", "uuid.py"))
		return add_uuid(v, addr, type);
	if (v->ways & PY_REPR_2 && is(r, "Decimal.__repr__", "decimal.py"))
		return add_decimal(v, addr, type);
	if (is(r, "Fraction.__repr__", "fractions.py"))
		return add_fraction(v, addr, type);
	*shown = false;
	return true;
}

bool value_known_repr(struct value_read *v, uint64_t addr, const struct value_type *type,
		      bool *shown)
{
	struct repr r;
	bool more = true;

	*shown = false;
	if (type->heap && read_repr(v, type, &r)) {
		more = show(v, addr, type, &r, shown);
		repr_free(&r);
	} else if (type->heap) {
		repr_free(&r);
	}
	return more;
}
