/* SPDX-License-Identifier: MIT */
#include "python/value_types.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/utf8.h"
#include "python/dict.h"
#include "python/object.h"
#include "python/string.h"

#define FLAG_HEAP  (1u << 9)
#define FLAG_CLASS (1u << 31)
#define TYPES_MAX  2048u /* remembered at a time */

/* Known by name; `need` are flags that its objects' type must have (Include/object.h). */
struct known {
	const char *name;
	enum value_kind kind;
	uint32_t need;
};

static const struct known known[] = {
	{ "object", KIND_OBJECT, 0 },
	{ "NoneType", KIND_NONE, 0 },
	{ "bool", KIND_BOOL, 0 },
	{ "ellipsis", KIND_ELLIPSIS, 0 },
	{ "NotImplementedType", KIND_NOTIMPLEMENTED, 0 },
	{ "int", KIND_INT, PY_TYPE_INT | PY_TYPE_SMALL_INT },
	{ "long", KIND_LONG, PY_TYPE_INT },
	{ "float", KIND_FLOAT, 0 },
	{ "complex", KIND_COMPLEX, 0 },
	{ "str", KIND_STR, PY_TYPE_STR },
	{ "str", KIND_BYTES, PY_TYPE_BYTES },
	{ "unicode", KIND_STR, PY_TYPE_STR },
	{ "bytes", KIND_BYTES, PY_TYPE_BYTES },
	{ "bytearray", KIND_BYTEARRAY, 0 },
	{ "list", KIND_LIST, 1u << 25 },
	{ "tuple", KIND_TUPLE, 1u << 26 },
	{ "dict", KIND_DICT, PY_TYPE_DICT },
	{ "set", KIND_SET, 0 },
	{ "frozenset", KIND_FROZENSET, 0 },
	{ "slice", KIND_SLICE, 0 },
	{ "range", KIND_RANGE, 0 },
	{ "xrange", KIND_RANGE, 0 },
	{ "collections.deque", KIND_DEQUE, 0 },
	{ "collections.OrderedDict", KIND_ODICT, PY_TYPE_DICT },
	{ "collections.defaultdict", KIND_DEFAULTDICT, PY_TYPE_DICT },
	{ "types.SimpleNamespace", KIND_NAMESPACE, 0 },
	{ "datetime.date", KIND_DATE, 0 },
	{ "datetime.time", KIND_TIME, 0 },
	{ "datetime.datetime", KIND_DATETIME, 0 },
	{ "datetime.timedelta", KIND_TIMEDELTA, 0 },
	{ "datetime.timezone", KIND_TIMEZONE, 0 },
	{ "decimal.Decimal", KIND_DECIMAL, 0 },
	{ "function", KIND_FUNCTION, 0 },
	{ "method", KIND_METHOD, 0 },
	{ "instancemethod", KIND_METHOD, 0 },
	{ "builtin_function_or_method", KIND_BUILTIN, 0 },
	{ "type", KIND_CLASS, FLAG_CLASS },
	{ "classobj", KIND_CLASSIC_CLASS, 0 },
	{ "instance", KIND_CLASSIC, 0 },
	{ "module", KIND_MODULE, 0 },
	{ "generator", KIND_GENERATOR, 0 },
	{ "coroutine", KIND_COROUTINE, 0 },
	{ "async_generator", KIND_ASYNC_GENERATOR, 0 },
	{ "BaseException", KIND_EXCEPTION, 1u << 30 },
	{ "exceptions.BaseException", KIND_EXCEPTION, 1u << 30 },
	{ "weakref", KIND_WEAKREF, 0 },
	{ "weakref.ReferenceType", KIND_WEAKREF, 0 },
	{ "thread.lock", KIND_LOCK, 0 },
	{ "_thread.lock", KIND_LOCK, 0 },
	{ "_thread.RLock", KIND_RLOCK, 0 },
	{ "numpy.ndarray", KIND_NUMPY_ARRAY, 0 },
	{ "numpy.generic", KIND_NUMPY_SCALAR, 0 },
};

const char *value_type_short(const struct value_type *type)
{
	const char *dot = strrchr(type->tp_name, '.');

	return dot ? dot + 1 : type->tp_name;
}

/* ---- names ------------------------------------------------------------------------ */

/*
 * Text of others, cut to a name's room at the start of a character; no control characters. Is it
 * another one now?
 */
static bool set_name(char *name, const char *text, size_t len)
{
	struct str clean = STR_INIT;
	bool changed = false;
	size_t n = 0;

	utf8_add_clean(&clean, text, len);
	for (size_t i = 0; i < clean.len;) {
		uint32_t code;
		size_t step = utf8_decode(clean.data + i, clean.len - i, &code);

		bool bad = code < 0x20 || (code >= 0x7f && code < 0xa0) ||
			   (code >= 0xd800 && code < 0xe000);

		changed |= bad || n + step >= VALUE_NAME_MAX;
		if (n + step >= VALUE_NAME_MAX)
			break;
		memcpy(name + n, bad ? "?" : clean.data + i, bad ? 1 : step);
		n += bad ? 1 : step;
		i += step;
	}
	name[n] = '\0';
	str_deinit(&clean);
	return changed;
}

static bool set_name_of(const struct py_runtime *rt, struct value_type *t, char *name,
			uint64_t string)
{
	struct str text = STR_INIT;
	bool good = string && !py_string_read(rt, string, &text, NULL);

	if (good && set_name(name, str_cstr(&text), text.len))
		t->name_changed = true;
	str_deinit(&text);
	return good;
}

static bool word(const struct py_runtime *rt, uint64_t addr, uint32_t offset, uint64_t *out)
{
	*out = 0;
	return offset != PY_ABSENT &&
	       !memory_read_u64(rt->target->memory, addr + offset, out, NULL);
}

/* A heap type's module is in its dict; a static type's in its name. */
static void read_names(const struct py_runtime *rt, struct value_type *t)
{
	const struct py_layout *l = &rt->layout;
	const char *dot = strrchr(t->tp_name, '.');
	uint64_t object;
	bool heap_name = t->heap && word(rt, t->addr,
					 l->value.heap_qualname != PY_ABSENT ?
						 l->value.heap_qualname :
						 l->value.heap_name,
					 &object);

	if (!heap_name || !set_name_of(rt, t, t->qualname, object))
		set_name(t->qualname, dot ? dot + 1 : t->tp_name,
			 strlen(dot ? dot + 1 : t->tp_name));
	t->module[0] = '\0';
	if (!t->heap && dot)
		set_name(t->module, t->tp_name, (size_t)(dot - t->tp_name));
	else if (t->heap && t->dict && !py_dict_get(rt, t->dict, "__module__", &object, NULL))
		set_name_of(rt, t, t->module, object);
	if (strcmp(t->module, "builtins") == 0 || strcmp(t->module, "__builtin__") == 0)
		t->module[0] = '\0';
}

/* ---- one type ---------------------------------------------------------------------- */

static bool read_fields(const struct py_runtime *rt, uint64_t addr, struct value_type *t)
{
	const struct py_layout *l = &rt->layout;
	uint64_t name, meta_flags;
	uint8_t text[VALUE_NAME_MAX];
	size_t got;

	*t = (struct value_type){ .addr = addr };
	if (!addr || addr % 8 || !word(rt, addr, l->object.ob_type, &t->meta) ||
	    !word(rt, t->meta, l->type.flags, &meta_flags) || !(meta_flags & FLAG_CLASS) ||
	    !word(rt, addr, l->type.flags, &t->flags) || !word(rt, addr, l->type.name, &name) ||
	    !word(rt, addr, l->type.repr, &t->repr) ||
	    !word(rt, addr, l->type.basicsize, &t->basicsize) ||
	    !word(rt, addr, l->value.type_itemsize, &t->itemsize) ||
	    !word(rt, addr, l->value.type_members, &t->members) ||
	    !word(rt, addr, l->value.type_base, &t->base) ||
	    !word(rt, addr, l->value.type_dict, &t->dict))
		return false;
	if (memory_read_prefix(rt->target->memory, name, text, sizeof(text), &got, NULL))
		return false;
	t->name_changed = set_name(t->tp_name, (const char *)text,
				   strnlen((const char *)text, got));
	t->heap = t->flags & FLAG_HEAP;
	return t->tp_name[0];
}

/* Is this the type that the name says, not a class of Python's that is called so too? */
static const struct known *find_known(const struct value_type *t)
{
	if (t->heap && !strchr(t->tp_name, '.'))
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		if (strcmp(known[i].name, t->tp_name) == 0 &&
		    (!known[i].need || t->flags & known[i].need))
			return &known[i];
	}
	return NULL;
}

/*
 * Goes up the bases: the kind is that of the first one known, and the last one is object. A
 * base whose memory cannot be read leaves what was found so far.
 */
static void find_kind(const struct py_runtime *rt, struct value_type *t)
{
	struct value_type base = *t;
	bool found = false;

	for (unsigned i = 0; i < VALUE_BASES_MAX; i++) {
		const struct known *k = find_known(&base);

		if (k && !found) {
			t->kind = k->kind;
			t->kind_repr = t->repr == base.repr;
			found = true;
		}
		if (k && k->kind == KIND_OBJECT)
			t->object_repr = t->repr == base.repr;
		if (!base.base || base.base == base.addr)
			break;
		if (!read_fields(rt, base.base, &base))
			break;
	}
}

static bool read_type(const struct py_runtime *rt, uint64_t addr, struct value_type *t)
{
	if (!read_fields(rt, addr, t))
		return false;
	find_kind(rt, t);
	read_names(rt, t);
	return true;
}

/* ---- all of them ------------------------------------------------------------------- */

static bool same_addr(const void *entries, uint32_t index, const void *key)
{
	return ((struct value_type *const *)entries)[index]->addr == *(const uint64_t *)key;
}

static void forget(struct value_types *types)
{
	for (size_t i = 0; i < types->n; i++)
		free(types->types[i]);
	types->n = 0;
	map_clear(&types->by_addr);
}

void value_types_deinit(struct value_types *types)
{
	forget(types);
	free(types->types);
	map_deinit(&types->by_addr);
}

void value_types_begin(struct value_types *types, const struct py_runtime *rt)
{
	if (types->n > TYPES_MAX)
		forget(types);
	types->rt = rt;
	types->round++;
}

static struct value_type *add(struct value_types *types, uint64_t addr)
{
	struct value_type *t = malloc(sizeof(*t));

	if (!t || !array_grow(types->types, types->n, types->cap) ||
	    !map_insert(&types->by_addr, hash_u64(addr), (uint32_t)types->n)) {
		free(t);
		return NULL;
	}
	t->addr = addr;
	types->types[types->n++] = t;
	return t;
}

/*
 * One that was no type is remembered as such, with no name, for this reading. A static type stays
 * what it is.
 */
const struct value_type *value_type_at(struct value_types *types, uint64_t addr, bool *nomem)
{
	uint32_t i = map_find(&types->by_addr, hash_u64(addr), same_addr, types->types, &addr);
	struct value_type *t = i == MAP_NONE ? NULL : types->types[i];

	if (t && ((t->tp_name[0] && !t->heap) || t->round == types->round))
		return t->tp_name[0] ? t : NULL;
	if (!t)
		t = add(types, addr);
	if (!t) {
		*nomem = true;
		return NULL;
	}
	if (!read_type(types->rt, addr, t))
		*t = (struct value_type){ .addr = addr };
	t->round = types->round;
	return t->tp_name[0] ? t : NULL;
}
