/* SPDX-License-Identifier: MIT */
/*
 * Functions, methods, classes, modules, generators, exceptions, weak references: objects whose
 * repr() is a name, mostly with an address.
 *
 * Sources: func_repr(), method_repr(), meth_repr(), type_repr(), gen_repr(), BaseException_repr(),
 * weakref_repr() of each release; _module_repr() of Lib/importlib/_bootstrap.py.
 */
#include <string.h>

#include "base/cleanup.h"
#include "python/value_parts.h"

#define BUILTIN_NAME_MAX 200u

/* ---- functions ---------------------------------------------------------------------------- */

static uint32_t name_field(const struct py_layout *l)
{
	return l->value.func_qualname != PY_ABSENT ? l->value.func_qualname : l->value.func_name;
}

static bool add_function(struct value_read *v, uint64_t addr)
{
	uint64_t name;

	if (!value_field(v, addr, name_field(v->l), &name))
		return value_unreadable(v, "unreadable function");
	return value_add(v, "<function ") && value_add_str(v, name) && value_add(v, " at ") &&
	       value_add_address(v, addr) && value_add(v, ">");
}

/* 2.7: the name of the class stands before it, and a method may have no object. */
static bool add_class_name(struct value_read *v, uint64_t addr)
{
	const struct value_type *type, *class = NULL;
	uint64_t object;

	if (!value_field(v, addr, v->l->value.method_self + 8, &object))
		return value_unreadable(v, "unreadable");
	type = value_type_of(v, object);
	if (type && type->kind == KIND_CLASS)
		class = value_class_at(v, object);
	if (class)
		return value_printf(v, "%s.", class->qualname);
	v->flags |= PY_VALUE_OWN;
	return value_add(v, "?.");
}

static bool add_method(struct value_read *v, uint64_t addr)
{
	const struct value_type *type;
	uint64_t function, self, name;
	bool old = v->ways & PY_REPR_2;

	if (!value_field(v, addr, v->l->value.method_func, &function) ||
	    !value_field(v, addr, v->l->value.method_self, &self))
		return value_unreadable(v, "unreadable method");
	type = value_type_of(v, function);
	value_add(v, self ? "<bound method " : "<unbound method ");
	if (old && !add_class_name(v, addr))
		return false;
	if (!type || type->kind != KIND_FUNCTION ||
	    !value_field(v, function, name_field(v->l), &name)) {
		v->flags |= PY_VALUE_OWN;
		value_add(v, "?");
	} else {
		value_add_str(v, name);
	}
	if (!self)
		return value_add(v, ">");
	if (!value_add(v, " of ") || !value_enter(v, addr, "..."))
		return !v->full;
	value_object(v, self);
	value_leave(v);
	return value_add(v, ">");
}

static bool add_builtin(struct value_read *v, uint64_t addr)
{
	const struct value_type *type;
	uint64_t def, self, name;
	uint8_t text[BUILTIN_NAME_MAX];
	size_t got;

	if (!value_field(v, addr, v->l->value.builtin_def, &def) ||
	    !value_field(v, addr, v->l->value.builtin_self, &self) || !value_word(v, def, &name) ||
	    memory_read_prefix(&v->memory->memory, name, text, sizeof(text), &got, NULL))
		return value_unreadable(v, "unreadable function");
	type = self ? value_type_of(v, self) : NULL;
	bool function = !self || (type && type->kind == KIND_MODULE && !(v->ways & PY_REPR_2));
	value_printf(v, "<built-in %s ", function ? "function" : "method");
	value_add_clean(v, (const char *)text, strnlen((const char *)text, got));
	if (function)
		return value_add(v, ">");
	if (!type)
		return value_unreadable(v, "unreadable");
	return value_printf(v, " of %s object at 0x%llx>", type->tp_name,
			    (unsigned long long)self);
}

/* ---- classes ------------------------------------------------------------------------------- */

static bool add_class(struct value_read *v, uint64_t addr)
{
	const struct value_type *class = value_class_at(v, addr);
	const char *word = "class";

	if (!class)
		return value_unreadable(v, "unreadable class");
	if (v->ways & PY_REPR_2 && !class->heap)
		word = "type";
	if (!class->module[0])
		return value_printf(v, "<%s '%s'>", word,
				    class->heap ? class->qualname : class->tp_name);
	return value_printf(v, "<%s '%s.%s'>", word, class->module, class->qualname);
}

/* 2.7: {bases, dict, name} behind the head. "?" where the module is no str. */
static bool add_classic_name(struct value_read *v, uint64_t class)
{
	uint64_t dict, name, module = 0;

	if (!value_field(v, class, v->l->object.size + 8, &dict) ||
	    !value_field(v, class, v->l->object.size + 16, &name))
		return value_unreadable(v, "unreadable");
	if (py_dict_get(v->rt, dict, "__module__", &module, NULL) || !module)
		return value_unreadable(v, "?");
	return value_add_str(v, module) && value_add(v, ".") && value_add_str(v, name);
}

static bool add_classic_class(struct value_read *v, uint64_t addr)
{
	return value_add(v, "<class ") && add_classic_name(v, addr) && value_add(v, " at ") &&
	       value_add_address(v, addr) && value_add(v, ">");
}

struct classic_walk {
	struct value_read *v;
	size_t n;
};

static bool add_classic_item(uint64_t key, uint64_t value, void *arg)
{
	struct classic_walk *walk = arg;
	struct value_read *v = walk->v;

	if (v->full || !value_add(v, walk->n ? ", " : " "))
		return false;
	if (walk->n++ == v->limits.width)
		return value_cut(v) && false;
	return value_add_str(v, key) && value_add(v, "=") && value_object_keyed(v, value, key);
}

/* An instance of a classic class: its repr() may be its class's own, so these words are ours. */
bool value_classic(struct value_read *v, uint64_t addr)
{
	struct classic_walk walk = { .v = v };
	uint64_t class, dict;

	v->flags |= PY_VALUE_OWN;
	if (!value_field(v, addr, v->l->value.instance_class, &class) ||
	    !value_field(v, addr, v->l->value.instance_dict, &dict))
		return value_unreadable(v, "unreadable instance");
	if (!value_enter(v, addr, "<...>"))
		return !v->full;
	value_add(v, "<");
	add_classic_name(v, class);
	py_dict_each(v->rt, dict, add_classic_item, &walk, NULL);
	value_leave(v);
	return value_add(v, ">");
}

/* ---- modules ------------------------------------------------------------------------------- */

static bool is_str(struct value_read *v, uint64_t addr)
{
	const struct value_type *type = addr ? value_type_of(v, addr) : NULL;

	return type && type->kind_repr && (type->kind == KIND_STR || type->kind == KIND_BYTES);
}

static bool is_none(struct value_read *v, uint64_t addr)
{
	const struct value_type *type = addr ? value_type_of(v, addr) : NULL;

	return type && type->kind == KIND_NONE;
}

static uint64_t item_of(const struct value_read *v, uint64_t dict, const char *name)
{
	uint64_t value;

	return py_dict_get(v->rt, dict, name, &value, NULL) ? 0 : value;
}

/* Is it loaded by the class BuiltinImporter? */
static bool is_builtin(struct value_read *v, uint64_t dict)
{
	uint64_t loader = item_of(v, dict, "__loader__");
	const struct value_type *type = loader ? value_type_of(v, loader) : NULL, *class;

	if (!type || type->kind != KIND_CLASS)
		return false;
	class = value_class_at(v, loader);
	return class && strcmp(class->qualname, "BuiltinImporter") == 0;
}

/* Where its spec tells where it came from: 'x' from 'file', or 'x' (built-in). */
static bool add_origin(struct value_read *v, uint64_t spec)
{
	const struct value_type *type = value_type_of(v, spec);
	uint64_t name, origin, has, number;

	if (!type)
		return false;
	name = value_attr(v, spec, type, "name");
	origin = value_attr(v, spec, type, "origin");
	has = value_attr(v, spec, type, "_set_fileattr");
	if (!is_str(v, name) || !is_str(v, origin) || !has ||
	    !value_field(v, has, v->l->integer.digits, &number))
		return false;
	value_add(v, "<module ");
	value_object(v, name);
	if ((uint32_t)number)
		return value_add(v, " from ") && value_object(v, origin) && value_add(v, ">");
	return value_add(v, " (") && value_add_str(v, origin) && value_add(v, ")>");
}

static bool add_module(struct value_read *v, uint64_t addr)
{
	uint64_t dict, spec, name, file;
	bool old = v->ways & PY_REPR_2;

	if (!value_field(v, addr, v->l->value.module_dict, &dict))
		return value_unreadable(v, "unreadable module");
	spec = old ? 0 : item_of(v, dict, "__spec__");
	if (spec && !is_none(v, spec) && add_origin(v, spec))
		return !v->full;
	if (v->full)
		return false;
	name = item_of(v, dict, "__name__");
	file = item_of(v, dict, "__file__");
	if (!is_str(v, name)) {
		v->flags |= PY_VALUE_OWN;
		return value_add(v, "<module>");
	}
	value_add(v, "<module ");
	value_object(v, name);
	if (is_str(v, file) && (old || !spec || is_none(v, spec)))
		return value_add(v, " from ") && value_object(v, file) && value_add(v, ">");
	if (old || (v->ways & PY_REPR_LOADER_FIRST && is_builtin(v, dict)))
		return value_add(v, " (built-in)>");
	v->flags |= PY_VALUE_OWN;
	return value_add(v, ">");
}

/* ---- generators, exceptions, weak references ----------------------------------------------- */

static bool add_generator(struct value_read *v, uint64_t addr, const char *word)
{
	uint64_t name, code;

	if (v->l->value.generator_qualname != PY_ABSENT) {
		if (!value_field(v, addr, v->l->value.generator_qualname, &name))
			return value_unreadable(v, "unreadable generator");
	} else if (!value_field(v, addr, v->l->value.generator_code, &code) ||
		   !value_field(v, code, v->l->code.name, &name)) {
		return value_unreadable(v, "unreadable generator");
	}
	return value_printf(v, "<%s object ", word) && value_add_str(v, name) &&
	       value_add(v, " at ") && value_add_address(v, addr) && value_add(v, ">");
}

static bool add_exception(struct value_read *v, uint64_t addr, const struct value_type *type)
{
	const struct value_type *args_type;
	uint64_t args, n, item;

	if (!value_field(v, addr, v->l->value.exception_args, &args))
		return value_unreadable(v, "unreadable exception");
	args_type = value_type_of(v, args);
	if (!args_type || args_type->kind != KIND_TUPLE ||
	    !value_field(v, args, v->l->tuple.size, &n)) {
		value_printf(v, "%s(", value_type_short(type));
		return value_unreadable(v, "unreadable") && value_add(v, ")");
	}
	value_add(v, value_type_short(type));
	if (!value_enter(v, addr, "(...)"))
		return !v->full;
	if (n == 1 && !(v->ways & PY_REPR_EXCEPTION_COMMA) &&
	    value_field(v, args, v->l->tuple.items, &item)) {
		if (value_add(v, "(") && value_object(v, item))
			value_add(v, ")");
	} else {
		value_object(v, args);
	}
	value_leave(v);
	return !v->full;
}

/* The name that a weak reference's repr() gives of functions and classes in brackets. */
static bool add_name_of(struct value_read *v, uint64_t addr, const struct value_type *type)
{
	const struct value_type *class, *owner;
	const char *dot;
	uint64_t name;

	if (type->kind == KIND_FUNCTION && value_field(v, addr, v->l->value.func_name, &name))
		return value_add(v, " (") && value_add_str(v, name) && value_add(v, ")");
	class = type->flags & (1u << 31) ? value_class_at(v, addr) : NULL;
	if (class) {
		dot = strrchr(class->qualname, '.');
		return value_printf(v, " (%s)", dot ? dot + 1 : class->qualname);
	}
	if (type->kind == KIND_FUNCTION || type->kind == KIND_MODULE ||
	    type->kind == KIND_METHOD || type->kind == KIND_GENERATOR ||
	    type->kind == KIND_COROUTINE || value_class_attr(v, type, "__getattr__", &owner) ||
	    value_class_attr(v, type, "__getattribute__", &owner) ||
	    value_attr(v, addr, type, "__name__"))
		v->flags |= PY_VALUE_OWN;
	return true;
}

static bool add_weakref(struct value_read *v, uint64_t addr)
{
	const struct value_type *type;
	uint64_t object;

	if (!value_field(v, addr, v->l->value.weakref_object, &object))
		return value_unreadable(v, "unreadable weakref");
	type = value_type_of(v, object);
	value_printf(v, "<weakref at 0x%llx; ", (unsigned long long)addr);
	if (!type)
		return value_unreadable(v, "unreadable") && value_add(v, ">");
	if (type->kind == KIND_NONE)
		return value_add(v, "dead>");
	value_printf(v, "to '%s' at 0x%llx", type->tp_name, (unsigned long long)object);
	return add_name_of(v, object, type) && value_add(v, ">");
}

bool value_code_object(struct value_read *v, uint64_t addr, const struct value_type *type,
		       enum value_kind kind)
{
	switch (kind) {
	case KIND_FUNCTION:
		return add_function(v, addr);
	case KIND_METHOD:
		return add_method(v, addr);
	case KIND_BUILTIN:
		return add_builtin(v, addr);
	case KIND_CLASS:
		return add_class(v, addr);
	case KIND_CLASSIC_CLASS:
		return add_classic_class(v, addr);
	case KIND_MODULE:
		return add_module(v, addr);
	case KIND_GENERATOR:
		return add_generator(v, addr, "generator");
	case KIND_COROUTINE:
		return add_generator(v, addr, "coroutine");
	case KIND_ASYNC_GENERATOR:
		return add_generator(v, addr, "async_generator");
	case KIND_EXCEPTION:
		return add_exception(v, addr, type);
	default:
		return add_weakref(v, addr);
	}
}
