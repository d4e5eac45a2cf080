/* SPDX-License-Identifier: MIT */
#include "python/locals.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "python/dict.h"
#include "python/object.h"
#include "python/string.h"

#define NAME_ROOM 24u /* of the names of types that are asked for */

enum { CODE_OPTIMIZED = 1, CODE_VARARGS = 4, CODE_VARKEYWORDS = 8 }; /* co_flags */

/* co_localspluskinds, 3.11 and later: Include/internal/pycore_code.h. */
enum { FAST_HIDDEN = 0x10, FAST_CELL = 0x40, FAST_FREE = 0x80 };

/* A variable's name, where it stands in the frame, and what it is. */
struct variable {
	uint64_t name; /* a str */
	uint64_t slot; /* its value, or its cell; untagged */
	enum py_local_kind kind;
	bool cell;   /* the slot is a cell, or may be one */
	bool hidden; /* of a comprehension: told only where it is bound */
	bool twice;  /* to 3.10: an argument that has a cell too */
};

struct walk {
	const struct py_runtime *rt;
	const struct py_layout *l;
	const struct py_frame *frame;
	uint32_t flags;	  /* co_flags */
	uint32_t n_args;  /* *args and **kwargs included */
	struct variable *vars;
	uint64_t *slots;
	size_t n, cap;
	py_local_fn *fn;
	void *arg;
	size_t n_names;
	struct str name;
	bool stopped;
};

/* ---- the code object's tables ---------------------------------------------------------------- */

static enum pyprof_status word_at(const struct walk *w, uint64_t addr, uint64_t *out,
				  struct pyprof_error *err)
{
	return memory_read_u64(w->rt->target->memory, addr, out, err);
}

static enum pyprof_status half_at(const struct walk *w, uint64_t addr, uint32_t *out,
				  struct pyprof_error *err)
{
	return memory_read_u32(w->rt->target->memory, addr, out, err);
}

/* Appends a variable for each item of the tuple at *field of the code object. */
static enum pyprof_status add_names(struct walk *w, uint32_t field, enum py_local_kind kind,
				    bool cell, struct pyprof_error *err)
{
	uint64_t tuple, n;
	enum pyprof_status status = word_at(w, w->frame->code + field, &tuple, err);

	if (!status)
		status = word_at(w, tuple + w->l->tuple.size, &n, err);
	if (status)
		return status;
	if (n > PY_LOCALS_MAX - w->n)
		return error_set_address(err, PYPROF_ERR_CORRUPT, tuple,
					 "a code object has more than %u variables",
					 PY_LOCALS_MAX);
	_cleanup_free_ uint64_t *names = calloc(n ? n : 1, sizeof(*names));
	if (!names || !array_reserve((void **)&w->vars, &w->cap, w->n + n, sizeof(*w->vars)))
		return error_nomem(err);
	status = n ? memory_read(w->rt->target->memory, tuple + w->l->tuple.items, names, 8 * n,
				 err) :
		     PYPROF_OK;
	for (uint64_t i = 0; !status && i < n; i++)
		w->vars[w->n++] = (struct variable){ .name = names[i], .kind = kind, .cell = cell };
	return status;
}

/* To 3.10: variables, then cells of this function, then those of enclosing ones. */
static enum pyprof_status read_tables(struct walk *w, struct pyprof_error *err)
{
	const struct py_layout *l = w->l;
	size_t n_locals;
	enum pyprof_status status = add_names(w, l->code.varnames, PY_LOCAL_VARIABLE, false, err);

	n_locals = w->n;
	if (!status)
		status = add_names(w, l->code.cellvars, PY_LOCAL_VARIABLE, true, err);
	for (size_t i = 0; !status && i < n_locals; i++) {
		for (size_t k = n_locals; k < w->n; k++)
			if (w->vars[k].name == w->vars[i].name)
				w->vars[i].twice = true;
	}
	if (!status)
		status = add_names(w, l->code.freevars, PY_LOCAL_FREE, true, err);
	return status;
}

/* From 3.11 on one table has them all, and another says what each is. */
static enum pyprof_status read_localsplus(struct walk *w, struct pyprof_error *err)
{
	const struct py_layout *l = w->l;
	struct str kinds = STR_INIT;
	uint64_t object;
	enum pyprof_status status =
		add_names(w, l->code.localsplusnames, PY_LOCAL_VARIABLE, false, err);

	if (!status)
		status = word_at(w, w->frame->code + l->code.localspluskinds, &object, err);
	if (!status)
		status = py_bytes_read(w->rt, object, PY_LOCALS_MAX, &kinds, err);
	if (!status && kinds.len != w->n)
		status = error_set_address(err, PYPROF_ERR_CORRUPT, w->frame->code,
					   "a code object has %zu variables of %zu kinds", w->n,
					   kinds.len);
	for (size_t i = 0; !status && i < w->n; i++) {
		unsigned kind = (unsigned char)kinds.data[i];

		w->vars[i].cell = kind & (FAST_CELL | FAST_FREE);
		w->vars[i].hidden = kind & FAST_HIDDEN;
		if (kind & FAST_FREE)
			w->vars[i].kind = PY_LOCAL_FREE;
	}
	str_deinit(&kinds);
	return status;
}

static enum pyprof_status read_code(struct walk *w, struct pyprof_error *err)
{
	const struct py_layout *l = w->l;
	uint64_t code = w->frame->code;
	uint32_t args, kwonly = 0;
	enum pyprof_status status = half_at(w, code + l->code.flags, &w->flags, err);

	if (!status)
		status = half_at(w, code + l->code.argcount, &args, err);
	if (!status && l->value.code_kwonly != PY_ABSENT)
		status = half_at(w, code + l->value.code_kwonly, &kwonly, err);
	if (!status)
		status = l->code.localsplusnames != PY_ABSENT ? read_localsplus(w, err) :
								read_tables(w, err);
	if (status)
		return status;
	w->n_args = !!(w->flags & CODE_VARARGS) + !!(w->flags & CODE_VARKEYWORDS);
	if (args > PY_LOCALS_MAX || kwonly > PY_LOCALS_MAX || args + kwonly + w->n_args > w->n)
		return error_set_address(err, PYPROF_ERR_CORRUPT, code,
					 "a code object has more arguments than variables");
	w->n_args += args + kwonly;
	for (size_t i = 0; i < w->n_args; i++)
		w->vars[i].kind = PY_LOCAL_ARGUMENT;
	return PYPROF_OK;
}

/* ---- the frame's values ------------------------------------------------------------------------ */

/* The frame must still be one of this code: what has been left is another one's by now. */
static enum pyprof_status read_slots(struct walk *w, struct pyprof_error *err)
{
	const struct py_layout *l = w->l;
	uint64_t *slots = calloc(w->n ? w->n : 1, sizeof(*slots));
	uint64_t code;
	const struct memory_piece pieces[] = {
		{ w->frame->addr + l->frame.executable, &code, sizeof(code) },
		{ w->frame->addr + l->frame.localsplus, slots, 8 * w->n },
	};
	size_t want = w->n ? 2 : 1;
	enum pyprof_status status = PYPROF_ERR_FAULT;

	w->slots = slots;
	if (!slots)
		return error_nomem(err);
	if (memory_readv(w->rt->target->memory, pieces, want, &status) < want)
		return error_set_address(err, status, w->frame->addr, "cannot read a frame");
	if ((code & ~l->tag_mask) != w->frame->code)
		return error_set_address(err, PYPROF_ERR_CORRUPT, w->frame->addr,
					 "the frame has been left meanwhile");
	for (size_t i = 0; i < w->n; i++) {
		bool number = l->tag_mask && (slots[i] & l->tag_mask) == l->tag_mask;

		w->vars[i].slot = number ? 0 : slots[i] & ~l->tag_mask;
	}
	return PYPROF_OK;
}

static bool type_is(const struct walk *w, uint64_t object, const char *name)
{
	char text[NAME_ROOM];

	return !py_type_name(w->rt, object, text, sizeof(text), NULL) && strcmp(text, name) == 0;
}

/*
 * What a cell holds. From 3.11 on, the slot of an argument that gets a cell has the argument
 * itself until the function has made it.
 */
static enum pyprof_status look_into(const struct walk *w, const struct variable *var,
				    uint64_t *value, struct pyprof_error *err)
{
	*value = var->slot;
	if (!var->cell || !var->slot || !type_is(w, var->slot, "cell"))
		return PYPROF_OK;
	return word_at(w, var->slot + w->l->value.cell_ref, value, err);
}

static bool is_dunder(const char *name, size_t len)
{
	return len > 4 && memcmp(name, "__", 2) == 0 && memcmp(name + len - 2, "__", 2) == 0;
}

static bool give(struct walk *w, enum py_local_kind kind, uint64_t value)
{
	const struct py_local local = { str_cstr(&w->name), kind, value };

	w->stopped = !w->fn(&local, w->arg);
	return !w->stopped;
}

static enum pyprof_status give_variable(struct walk *w, size_t i, struct pyprof_error *err)
{
	struct variable *var = &w->vars[i];
	bool function = w->flags & CODE_OPTIMIZED;
	uint64_t value;
	enum pyprof_status status;

	for (size_t k = i + 1; var->twice && k < w->n; k++) {
		if (w->vars[k].name == var->name && w->vars[k].cell && w->vars[k].slot) {
			var->slot = w->vars[k].slot;
			var->cell = true;
		}
	}
	status = look_into(w, var, &value, err);
	str_clear(&w->name);
	if (!status)
		status = py_string_read(w->rt, var->name, &w->name, err);
	if (status)
		return status;
	if (!value && (!function || var->hidden))
		return PYPROF_OK;
	if (!function && is_dunder(str_cstr(&w->name), w->name.len))
		return PYPROF_OK;
	give(w, var->kind, value);
	return PYPROF_OK;
}

/* A cell that is an argument's has been told with the argument. */
static bool told_before(const struct walk *w, size_t i)
{
	for (size_t k = 0; w->vars[i].cell && k < i; k++) {
		if (w->vars[k].twice && w->vars[k].name == w->vars[i].name)
			return true;
	}
	return false;
}

/* ---- namespaces that are dicts ------------------------------------------------------------------ */

/* Functions, classes and modules are what a program is made of, not what it works with. */
static bool is_furniture(const struct walk *w, uint64_t object)
{
	static const char *const names[] = { "module", "function", "builtin_function_or_method",
					     "classobj", "type" };
	uint64_t type, flags;
	char text[32];

	if (py_type_name(w->rt, object, text, sizeof(text), NULL))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (strcmp(text, names[i]) == 0)
			return true;
	}
	return !word_at(w, object + w->l->object.ob_type, &type, NULL) &&
	       !py_type_flags(w->rt, type, &flags, NULL) && flags & (1u << 31);
}

static bool give_name(uint64_t key, uint64_t value, void *arg)
{
	struct walk *w = arg;

	str_clear(&w->name);
	if (py_string_read(w->rt, key, &w->name, NULL) ||
	    is_dunder(str_cstr(&w->name), w->name.len) || is_furniture(w, value))
		return true;
	return w->n_names++ < PY_LOCALS_NAMES_MAX && give(w, PY_LOCAL_NAME, value);
}

static enum pyprof_status give_names(struct walk *w, struct pyprof_error *err)
{
	uint64_t dict;
	enum pyprof_status status =
		word_at(w, w->frame->addr + w->l->value.frame_locals, &dict, err);

	if (status || !dict)
		return status;
	return py_dict_each(w->rt, dict & ~w->l->tag_mask, give_name, w, err);
}

/* ---- the interface ------------------------------------------------------------------------------ */

static enum pyprof_status walk(struct walk *w, struct pyprof_error *err)
{
	enum pyprof_status status = read_code(w, err);

	if (!status)
		status = read_slots(w, err);
	for (size_t i = 0; !status && !w->stopped && i < w->n; i++) {
		if (!told_before(w, i))
			status = give_variable(w, i, err);
	}
	if (!status && !w->stopped && !(w->flags & CODE_OPTIMIZED))
		status = give_names(w, err);
	return status;
}

enum pyprof_status py_locals_each(const struct py_runtime *rt, const struct py_frame *frame,
				  py_local_fn *fn, void *arg, struct pyprof_error *err)
{
	struct walk w = { .rt = rt, .l = &rt->layout, .frame = frame, .fn = fn, .arg = arg };
	enum pyprof_status status = walk(&w, err);

	free(w.vars);
	free(w.slots);
	str_deinit(&w.name);
	return status;
}
