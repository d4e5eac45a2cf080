/* SPDX-License-Identifier: MIT */
/*
 * Instances of classes: what is in them, where repr() is not known: <module.Class a=1, b='x'>.
 * Attributes are those of the instance's __dict__ (however the version keeps it) and its slots,
 * which the types' tp_members tell. What the instance is besides, a list for example, comes first.
 *
 * Sources: object_repr(); Include/structmember.h: PyMemberDef.
 */
#include <string.h>

#include "base/cleanup.h"
#include "python/value_parts.h"

#define MEMBER_SIZE  40u /* PyMemberDef: name, type, offset, flags, doc */
#define MEMBERS_MAX  256u
#define MEMBER_NAME  200u
#define OFFSET_MAX   (1u << 16)
#define CLASSES_MAX  64u /* of one __mro__ */
#define ATTRS_MAX    4096u

enum { MEMBER_OBJECT = 6, MEMBER_OBJECT_EX = 16 }; /* T_OBJECT, T_OBJECT_EX */

/* ---- slots ------------------------------------------------------------------------------- */

struct slot {
	char name[MEMBER_NAME];
	uint64_t value;
};

/* Return false to stop. */
typedef bool slot_fn(struct value_read *v, const struct slot *slot, void *arg);

/* The i-th slot of a type: false where there is none. A slot that is empty has value 0. */
static bool read_slot(struct value_read *v, uint64_t addr, const struct value_type *type,
		      uint64_t i, struct slot *slot)
{
	uint64_t member[MEMBER_SIZE / 8];
	size_t got;

	if (!value_bytes(v, type->members + i * MEMBER_SIZE, member, sizeof(member)) ||
	    !member[0] || member[2] > OFFSET_MAX ||
	    memory_read_prefix(&v->memory->memory, member[0], slot->name, MEMBER_NAME, &got,
			       NULL))
		return false;
	slot->name[got < MEMBER_NAME ? got : MEMBER_NAME - 1] = '\0';
	slot->value = 0;
	int what = (int)member[1];
	if (what == MEMBER_OBJECT || what == MEMBER_OBJECT_EX)
		value_word(v, addr + member[2], &slot->value);
	return true;
}

/* Every slot that is not empty, of the type and of its bases that are classes of Python's. */
static void each_slot(struct value_read *v, uint64_t addr, const struct value_type *type,
		      slot_fn *fn, void *arg)
{
	struct slot slot;

	for (unsigned depth = 0; type && type->heap && depth < VALUE_BASES_MAX; depth++) {
		for (uint64_t i = 0; type->members && i < MEMBERS_MAX; i++) {
			if (!read_slot(v, addr, type, i, &slot))
				break;
			if (slot.value && !fn(v, &slot, arg))
				return;
		}
		type = type->base && type->base != type->addr ?
			       value_class_at(v, type->base) :
			       NULL;
	}
}

/* ---- attributes by name --------------------------------------------------------------------- */

struct find {
	const char *name;
	uint64_t value;
};

static bool find_slot(struct value_read *v, const struct slot *slot, void *arg)
{
	struct find *find = arg;

	(void)v;
	if (strcmp(slot->name, find->name) != 0)
		return true;
	find->value = slot->value;
	return false;
}

uint64_t value_class_attr(struct value_read *v, const struct value_type *type, const char *name,
			  const struct value_type **owner)
{
	uint64_t mro, n, class, value;

	if (!value_field(v, type->addr, v->l->type.mro, &mro) || !mro ||
	    !value_field(v, mro, v->l->tuple.size, &n))
		return 0;
	for (uint64_t i = 0; i < n && i < CLASSES_MAX; i++) {
		if (!value_word(v, mro + v->l->tuple.items + 8 * i, &class))
			return 0;
		const struct value_type *t = value_class_at(v, class);
		if (!t || !t->dict || !t->heap ||
		    py_dict_get(v->rt, t->dict, name, &value, NULL) || !value)
			continue;
		*owner = t;
		return value;
	}
	return 0;
}

uint64_t value_attr(struct value_read *v, uint64_t addr, const struct value_type *type,
		    const char *name)
{
	struct find find = { .name = name };
	const struct value_type *owner;
	uint64_t value;

	if (!py_attr_get(v->rt, addr, name, &value, NULL) && value)
		return value;
	each_slot(v, addr, type, find_slot, &find);
	return find.value ? find.value : value_class_attr(v, type, name, &owner);
}

/* ---- all attributes ---------------------------------------------------------------------------- */

struct attrs {
	struct value_read *v;
	size_t n;
	bool base; /* something of the instance stands before them */
};

/* The comma, or the space before the first one. False: enough. */
static bool begin_attr(struct attrs *attrs)
{
	struct value_read *v = attrs->v;

	if (v->full || !value_add(v, attrs->n ? ", " : " "))
		return false;
	if (attrs->n++ < v->limits.width && !v->memory->exhausted)
		return true;
	value_cut(v);
	return false;
}

static bool add_attr(uint64_t key, uint64_t value, void *arg)
{
	struct attrs *attrs = arg;
	struct value_read *v = attrs->v;

	return begin_attr(attrs) && value_add_str(v, key) && value_add(v, "=") &&
	       value_object_keyed(v, value, key);
}

static bool add_slot(struct value_read *v, const struct slot *slot, void *arg)
{
	return begin_attr(arg) && value_add_clean(v, slot->name, strlen(slot->name)) &&
	       value_add(v, "=") &&
	       value_object_named(v, slot->value, slot->name, strlen(slot->name));
}

static bool add_class_name(struct value_read *v, const struct value_type *type)
{
	if (type->module[0])
		return value_printf(v, "%s.%s", type->module, type->qualname);
	return value_add(v, type->heap ? type->qualname : type->tp_name);
}

/* Kinds whose own text says something of an instance. */
static bool has_base(const struct value_type *type)
{
	return (type->kind >= KIND_INT && type->kind <= KIND_DECIMAL) ||
	       type->kind == KIND_EXCEPTION;
}

bool value_instance(struct value_read *v, uint64_t addr, const struct value_type *type)
{
	struct attrs attrs = { .v = v };

	v->flags |= PY_VALUE_OWN;
	if (type->kind == KIND_NUMPY_ARRAY || type->kind == KIND_NUMPY_SCALAR)
		return value_numpy(v, addr, type);
	if ((type->kind >= KIND_FUNCTION && type->kind <= KIND_ASYNC_GENERATOR) ||
	    type->kind == KIND_WEAKREF)
		return value_as(v, addr, type, type->kind); /* not all that a class has in it */
	if (!value_enter(v, addr, "<...>"))
		return !v->full;
	value_add(v, "<");
	add_class_name(v, type);
	if (has_base(type)) {
		value_add(v, " ");
		v->n_path--; /* it is the same object, and no cycle */
		value_as(v, addr, type, type->kind);
		v->path[v->n_path++] = addr;
	}
	py_attrs_each(v->rt, addr, add_attr, &attrs, NULL);
	if (!v->full)
		each_slot(v, addr, type, add_slot, &attrs);
	value_leave(v);
	return value_add(v, ">");
}

/* ---- object's own repr() -------------------------------------------------------------------------- */

static bool count_attr(uint64_t key, uint64_t value, void *arg)
{
	(void)key;
	(void)value;
	++*(size_t *)arg;
	return false;
}

static bool count_slot(struct value_read *v, const struct slot *slot, void *arg)
{
	(void)v;
	(void)slot;
	++*(size_t *)arg;
	return false;
}

/* <module.Class object at 0x…>: said where there is nothing in it that would say more. */
bool value_default(struct value_read *v, uint64_t addr, const struct value_type *type)
{
	size_t n = 0;

	py_attrs_each(v->rt, addr, count_attr, &n, NULL);
	each_slot(v, addr, type, count_slot, &n);
	if (n || has_base(type))
		return value_instance(v, addr, type);
	value_add(v, "<");
	add_class_name(v, type);
	return value_printf(v, " object at 0x%llx>", (unsigned long long)addr);
}
