/* SPDX-License-Identifier: MIT */
#include "python/value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "python/value_parts.h"

#define MARK "…"
/* Behind a text that is full: what has been opened is not closed, but the mark is there. */
#define MARK_ROOM (sizeof(MARK) - 1)
#define NAME_MAX_BYTES (1u << 16) /* of a key that is bytes */
#define KEY_TEXT_LEAST 16u /* bytes of a text that is called some_key and is a secret, perhaps */
#define TOO_SMALL 16u /* bytes; a smaller limit is taken for this one */

const struct py_value_limits py_value_short = {
	.depth = 3, .width = 10, .text = 100, .bytes = 200, .reads = 400,
};
const struct py_value_limits py_value_long = {
	.depth = 8, .width = 200, .text = 2000, .bytes = 8000, .reads = 4000,
};

/*
 * A word of its own in the name, by underscores, digits or capitals: AUTH_TOKEN, dbPassword, key2;
 * not monkey, author, tokenize. Some are known where they are run together too: accesstoken.
 */
#define BEGINS "(?:(?<![A-Za-z])|(?<=[a-z])(?=[A-Z]))"
#define ENDS   "(?:(?![A-Za-z])|(?<=[a-z])(?=[A-Z]))"
const char py_value_redact_default[] =
	"(?:" BEGINS
	"(?i:pass(?:code)?s?|pwds?|pw|o?auth|authorization|credentials?|creds?|cookies?|"
	"session(?:_?(?:id|key))|jwts?|bearer|private|salt|csrf|signature|pin|ssn)" ENDS
	"|(?i:passwords?|passwd|passphrases?|secrets?|tokens?|(?:api|secret|private|access|session|"
	"auth|encryption|signing|ssh|master|shared|hmac|account|storage)[_-]?keys?)" ENDS ")";
/* Of a dict, a table, a selector, or a secret. */
const char py_value_redact_text_default[] = BEGINS "(?i:key)" ENDS;

/* What stays between readings. */
struct py_value_cache {
	struct value_memory memory;
	struct value_types types;
	struct target target; /* a copy of the runtime's, with our memory */
	struct py_runtime rt;
};

void py_values_init(struct py_values *values, struct py_runtime *rt,
		    const struct py_value_limits *limits, struct regex *redact)
{
	*values = (struct py_values){ .rt = rt, .limits = *limits, .redact = redact };
}

void py_values_deinit(struct py_values *values)
{
	if (values->cache)
		value_types_deinit(&values->cache->types);
	free(values->cache);
	values->cache = NULL;
}

bool py_value_withheld(const struct py_values *values, const char *name, size_t len)
{
	return values->redact && regex_matches(values->redact, name, len);
}

/* "key", "KEY2": no word before it. */
static bool is_key_alone(const char *name, size_t len)
{
	if (len < 3 || strncasecmp(name, "key", 3) != 0)
		return false;
	for (size_t i = 3; i < len; i++)
		if (name[i] < '0' || name[i] > '9')
			return false;
	return true;
}

/* Is it a text of so many bytes? Of what cannot be read that is taken for so. */
static bool is_long_text(struct value_read *v, uint64_t addr, const struct value_type *type,
			 size_t least)
{
	struct str text = STR_INIT;
	bool known, result;

	if (!(type->flags & (PY_TYPE_STR | PY_TYPE_BYTES)))
		return false;
	known = type->flags & PY_TYPE_STR ? value_str(v, addr, &text) :
					    !py_bytes_read(v->rt, addr, NAME_MAX_BYTES, &text, NULL);
	result = !known || text.failed || text.len >= least;
	str_deinit(&text);
	return result;
}

bool value_withheld(struct value_read *v, uint64_t addr, const char *name, size_t len)
{
	const struct py_values *values = v->values;
	bool strong = py_value_withheld(values, name, len);
	bool weak = !strong && values->redact_text &&
		    regex_matches(values->redact_text, name, len);
	const struct value_type *type;

	if (!strong && !weak)
		return false;
	if (!values->redact_text)
		return true;
	type = value_type_of(v, addr);
	if (!type)
		return true;
	switch (type->kind) {
	case KIND_NONE:
	case KIND_BOOL:
	case KIND_MODULE:
	case KIND_FUNCTION:
	case KIND_CLASS:
	case KIND_CLASSIC_CLASS:
		return false;
	default:
		break;
	}
	if (weak)
		return is_long_text(v, addr, type, is_key_alone(name, len) ? 1 : KEY_TEXT_LEAST);
	return !(type->flags & (PY_TYPE_STR | PY_TYPE_BYTES)) || is_long_text(v, addr, type, 1);
}

/* ---- text ------------------------------------------------------------------------ */

bool value_add_bytes(struct value_read *v, const char *bytes, size_t len)
{
	if (v->full)
		return false;
	size_t room = v->end - v->out->len;
	if (len <= room) {
		str_add(v->out, bytes, len);
		return true;
	}
	while (room && ((unsigned char)bytes[room] & 0xc0) == 0x80)
		room--;
	str_add(v->out, bytes, room);
	str_add_cstr(v->out, MARK);
	v->flags |= PY_VALUE_CUT;
	v->full = true;
	return false;
}

bool value_add(struct value_read *v, const char *text)
{
	return value_add_bytes(v, text, strlen(text));
}

bool value_printf(struct value_read *v, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	int len = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return value_add_bytes(v, text,
			       len < (int)sizeof(text) ? (size_t)len : sizeof(text) - 1);
}

bool value_cut(struct value_read *v)
{
	v->flags |= PY_VALUE_CUT;
	return value_add(v, MARK);
}

bool value_unreadable(struct value_read *v, const char *what)
{
	v->flags |= v->memory->exhausted ? PY_VALUE_CUT : PY_VALUE_UNREADABLE;
	return v->memory->exhausted ? value_add(v, MARK) : value_printf(v, "<%s>", what);
}

bool value_redacted(struct value_read *v)
{
	v->flags |= PY_VALUE_REDACTED;
	return value_add(v, "<redacted>");
}

bool value_add_clean(struct value_read *v, const char *text, size_t len)
{
	for (size_t i = 0; i < len;) {
		uint32_t code;
		size_t step = utf8_decode(text + i, len - i, &code);
		bool bad = code < 0x20 || (code >= 0x7f && code < 0xa0) ||
			   (code >= 0xd800 && code < 0xe000);

		if (bad)
			v->flags |= PY_VALUE_OWN;
		if (!value_add_bytes(v, bad ? "?" : text + i, bad ? 1 : step))
			return false;
		i += step;
	}
	return true;
}

bool value_add_address(struct value_read *v, uint64_t addr)
{
	return value_printf(v, "0x%llx", (unsigned long long)addr);
}

/* ---- memory ---------------------------------------------------------------------- */

bool value_bytes(const struct value_read *v, uint64_t addr, void *buf, size_t len)
{
	return !memory_read(&v->memory->memory, addr, buf, len, NULL);
}

bool value_word(const struct value_read *v, uint64_t addr, uint64_t *out)
{
	*out = 0;
	return value_bytes(v, addr, out, sizeof(*out));
}

bool value_field(const struct value_read *v, uint64_t addr, uint32_t offset, uint64_t *out)
{
	*out = 0;
	return offset != PY_ABSENT && value_word(v, addr + offset, out);
}

const struct value_type *value_class_at(struct value_read *v, uint64_t addr)
{
	bool nomem = false;
	const struct value_type *t = addr ? value_type_at(v->types, addr, &nomem) : NULL;

	if (nomem)
		v->status = PYPROF_ERR_NOMEM;
	if (t && t->name_changed)
		v->flags |= PY_VALUE_OWN;
	return t;
}

const struct value_type *value_type_of(struct value_read *v, uint64_t addr)
{
	uint64_t type;

	if (!addr || addr % 8 || !value_field(v, addr, v->l->object.ob_type, &type))
		return NULL;
	return value_class_at(v, type);
}

bool value_str(struct value_read *v, uint64_t addr, struct str *out)
{
	enum pyprof_status status =
		addr ? py_string_read(v->rt, addr, out, NULL) : PYPROF_ERR_CORRUPT;

	if (status == PYPROF_ERR_NOMEM)
		v->status = status;
	return !status;
}

bool value_add_str(struct value_read *v, uint64_t addr)
{
	struct str text = STR_INIT;
	bool good = value_str(v, addr, &text);

	if (good)
		good = value_add_clean(v, str_cstr(&text), text.len);
	else
		value_unreadable(v, "unreadable");
	str_deinit(&text);
	return good;
}

/* ---- containers -------------------------------------------------------------------- */

bool value_enter(struct value_read *v, uint64_t addr, const char *cycle)
{
	for (size_t i = 0; i < v->n_path; i++) {
		if (v->path[i] == addr) {
			v->flags |= PY_VALUE_CYCLE;
			value_add(v, cycle);
			return false;
		}
	}
	if (v->depth > v->limits.depth || v->n_path == VALUE_DEPTH_MAX) {
		value_cut(v);
		return false;
	}
	v->path[v->n_path++] = addr;
	v->depth++;
	return true;
}

void value_leave(struct value_read *v)
{
	v->n_path--;
	v->depth--;
}

bool value_next(struct value_read *v, size_t i)
{
	if (v->full || v->status)
		return false;
	if (i && !value_add(v, ", "))
		return false;
	if (i < v->limits.width && !v->memory->exhausted)
		return true;
	value_cut(v);
	return false;
}

bool value_object_named(struct value_read *v, uint64_t addr, const char *name, size_t len)
{
	if (value_withheld(v, addr, name, len))
		return value_redacted(v);
	return value_object(v, addr);
}

/* A name that cannot be read may be one of those. */
static bool withheld_by_name(struct value_read *v, uint64_t addr, uint64_t key,
			     const struct value_type *type)
{
	struct str text = STR_INIT;
	bool known = type->flags & PY_TYPE_STR ?
			     value_str(v, key, &text) :
			     !py_bytes_read(v->rt, key, NAME_MAX_BYTES, &text, NULL);
	bool withheld = !known || text.failed ||
			value_withheld(v, addr, str_cstr(&text), text.len);

	str_deinit(&text);
	return withheld;
}

bool value_object_keyed(struct value_read *v, uint64_t addr, uint64_t key)
{
	const struct value_type *type = v->values->redact ? value_type_of(v, key) : NULL;

	if (type && type->flags & (PY_TYPE_STR | PY_TYPE_BYTES) && 
	    withheld_by_name(v, addr, key, type))
		return value_redacted(v);
	return value_object(v, addr);
}

bool value_object_behind(struct value_read *v, uint64_t addr, uint64_t key, size_t from)
{
	const struct value_type *type = v->values->redact ? value_type_of(v, key) : NULL;

	if (!type || type->flags & (PY_TYPE_STR | PY_TYPE_BYTES))
		return value_object_keyed(v, addr, key);
	return value_object_named(v, addr, str_cstr(v->out) + from, v->out->len - from);
}

/* ---- which part reads it ------------------------------------------------------------- */

static bool read_number(struct value_read *v, uint64_t addr, enum value_kind kind)
{
	uint64_t word;

	switch (kind) {
	case KIND_NONE:
		return value_add(v, "None");
	case KIND_ELLIPSIS:
		return value_add(v, "Ellipsis");
	case KIND_NOTIMPLEMENTED:
		return value_add(v, "NotImplemented");
	case KIND_BOOL: /* the one digit; 2.7: the C long */
		if (!value_field(v, addr,
				 v->ways & PY_REPR_2 ? v->l->integer.small : v->l->integer.digits,
				 &word))
			return value_unreadable(v, "unreadable bool");
		return value_add(v, (uint32_t)word ? "True" : "False");
	case KIND_FLOAT:
		return value_float(v, addr);
	case KIND_COMPLEX:
		return value_complex(v, addr);
	case KIND_DECIMAL:
		return value_decimal(v, addr);
	default:
		return value_int(v, addr, kind == KIND_LONG);
	}
}

static bool read_container(struct value_read *v, uint64_t addr, const struct value_type *type,
			   enum value_kind kind)
{
	switch (kind) {
	case KIND_LIST:
		return value_list(v, addr);
	case KIND_TUPLE:
		return value_tuple(v, addr);
	case KIND_DICT:
		return value_dict(v, addr);
	case KIND_SLICE:
		return value_slice(v, addr);
	case KIND_RANGE:
		return value_range(v, addr);
	case KIND_DEQUE:
		return value_deque(v, addr, type);
	case KIND_ODICT:
		return value_odict(v, addr, type);
	case KIND_DEFAULTDICT:
		return value_defaultdict(v, addr, type);
	case KIND_NAMESPACE:
		return value_namespace(v, addr, type);
	default:
		return value_set(v, addr, type, kind == KIND_FROZENSET);
	}
}

bool value_as(struct value_read *v, uint64_t addr, const struct value_type *type,
	      enum value_kind kind)
{
	switch (kind) {
	case KIND_NONE ... KIND_COMPLEX:
	case KIND_DECIMAL:
		return read_number(v, addr, kind);
	case KIND_STR:
		return value_string(v, addr, true);
	case KIND_BYTES:
		return value_string(v, addr, false);
	case KIND_BYTEARRAY:
		return value_bytearray(v, addr, type);
	case KIND_LIST ... KIND_NAMESPACE:
		return read_container(v, addr, type, kind);
	case KIND_DATE ... KIND_TIMEZONE:
		return value_time(v, addr, type, kind);
	case KIND_LOCK ... KIND_RLOCK:
		return value_lock(v, addr, type, kind);
	case KIND_CLASSIC:
		return value_classic(v, addr);
	case KIND_FUNCTION ... KIND_CLASSIC_CLASS:
	case KIND_MODULE ... KIND_WEAKREF:
		return value_code_object(v, addr, type, kind);
	default:
		return value_instance(v, addr, type);
	}
}

bool value_object(struct value_read *v, uint64_t addr)
{
	const struct value_type *type;
	bool shown = false;

	if (v->full || v->status)
		return false;
	if (!addr)
		return value_unreadable(v, "NULL");
	type = value_type_of(v, addr);
	if (!type) {
		value_unreadable(v, "unreadable");
		return !v->full;
	}
	if (v->n_path >= VALUE_DEPTH_MAX)
		return value_cut(v);
	if (type->kind_repr && type->kind != KIND_OBJECT && type->kind < KIND_NUMPY_ARRAY)
		return value_as(v, addr, type, type->kind);
	if (type->object_repr)
		return value_default(v, addr, type);
	bool more = value_known_repr(v, addr, type, &shown);
	return shown ? more : value_instance(v, addr, type);
}

/* ---- one value ---------------------------------------------------------------------- */

/* What differs between versions in how repr() writes. */
static void set_ways(struct value_read *v, uint32_t version)
{
	unsigned ways = py_repr_ways(version);

	v->ways = ways & 0xffff;
	v->minor = ways >> 16;
}

/* The name of the type, as people know it. */
static void name_type(struct value_read *v, uint64_t addr, struct str *type)
{
	const struct value_type *t = value_type_of(v, addr);
	char text[2 * VALUE_NAME_MAX + 2];

	if (!t)
		return;
	if (t->kind == KIND_CLASSIC || !t->module[0])
		snprintf(text, sizeof(text), "%s", t->qualname);
	else
		snprintf(text, sizeof(text), "%s.%s", t->module, t->qualname);
	str_add_cstr(type, text);
}

static struct py_value_cache *cache_of(struct py_values *values)
{
	if (!values->cache) {
		values->cache = calloc(1, sizeof(*values->cache));
		if (values->cache)
			value_memory_init(&values->cache->memory);
	}
	return values->cache;
}

static void begin(struct py_values *values, struct py_value_cache *c)
{
	c->target = *values->rt->target;
	c->rt = *values->rt;
	c->rt.target = &c->target;
	value_memory_begin(&c->memory, values->rt->target->memory, values->limits.reads);
	c->target.memory = &c->memory.memory;
	value_types_begin(&c->types, &c->rt);
}

enum pyprof_status py_value_read(struct py_values *values, uint64_t addr, struct str *out,
				 struct str *type, unsigned *flags, struct pyprof_error *err)
{
	return py_value_read_named(values, addr, NULL, out, type, flags, err);
}

enum pyprof_status py_value_read_named(struct py_values *values, uint64_t addr, const char *name,
				       struct str *out, struct str *type, unsigned *flags,
				       struct pyprof_error *err)
{
	struct py_value_cache *c = cache_of(values);
	size_t bytes = values->limits.bytes > TOO_SMALL ? values->limits.bytes : TOO_SMALL;

	if (!c)
		return error_nomem(err);
	begin(values, c);
	struct value_read v = {
		.values = values,
		.rt = &c->rt,
		.l = &c->rt.layout,
		.memory = &c->memory,
		.types = &c->types,
		.limits = values->limits,
		.out = out,
		.end = out->len + bytes - MARK_ROOM,
	};
	set_ways(&v, values->rt->version);
	if (type)
		name_type(&v, addr, type);
	if (name)
		value_object_named(&v, addr, name, strlen(name));
	else
		value_object(&v, addr);
	if (c->memory.exhausted)
		v.flags |= PY_VALUE_CUT;
	*flags = v.flags;
	if (c->memory.gone)
		return error_set(err, PYPROF_ERR_GONE, "the process ended while a value was read");
	if (v.status || out->failed || (type && type->failed))
		return error_nomem(err);
	return PYPROF_OK;
}
