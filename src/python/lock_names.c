/* SPDX-License-Identifier: MIT */
#include "python/lock_names.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "python/dict.h"
#include "python/lock_end.h"
#include "python/lock_visit.h"
#include "python/string.h"

#define GLOBALS_MAX 256 /* names of one code object that are looked up */
#define GLOBALS_SAME 4096 /* globals of a module among which one object is looked for */
#define DEPTH_MAX   2	/* attributes of attributes */
#define ALIASES_MAX 8
#define HANDLE_SPAN 128 /* bytes of the struct of a _ThreadHandle, more or less */

bool lock_search_init(struct lock_search *search, struct lock_frames *frames)
{
	*search = (struct lock_search){ .rt = frames->rt,
					.types = frames->types,
					.frames = frames };
	search->nodes = calloc(LOCK_NODES_MAX, sizeof(*search->nodes));
	return search->nodes != NULL;
}

void lock_search_deinit(struct lock_search *search)
{
	free(search->nodes);
}

uint64_t lock_handle(const struct py_runtime *rt, uint64_t object)
{
	uint64_t handle;

	return memory_read_u64(rt->target->memory, object + rt->layout.lock.handle, &handle, NULL) ?
		       0 :
		       handle;
}

void lock_name_set(char name[PY_LOCK_NAME_MAX], const char *format, ...)
{
	va_list args;
	int wanted;

	va_start(args, format);
	wanted = vsnprintf(name, PY_LOCK_NAME_MAX, format, args);
	va_end(args);
	str_one_line(name, PY_LOCK_NAME_MAX, wanted);
	if (utf8_valid((const uint8_t *)name, strlen(name)))
		return;
	for (char *c = name; *c; c++)
		*c = (unsigned char)*c < 0x80 ? *c : '?';
}

/* ---- attributes ------------------------------------------------------------------------ */

static void each_attr(struct lock_types *types, uint64_t object, enum lock_type type,
		      py_item_fn *fn, void *arg)
{
	const struct py_runtime *rt = types->rt;
	uint64_t dict;

	if (type != LOCK_TYPE_INSTANCE_OLD)
		py_attrs_each(rt, object, fn, arg, NULL);
	else if (rt->layout.lock.instance_dict != PY_ABSENT &&
		 !memory_read_u64(rt->target->memory, object + rt->layout.lock.instance_dict,
				  &dict, NULL))
		py_dict_each(rt, dict, fn, arg, NULL);
}

uint64_t lock_attr(struct lock_types *types, uint64_t object, const char *name)
{
	const struct py_runtime *rt = types->rt;
	uint64_t dict, value;

	if (lock_type_of(types, object) != LOCK_TYPE_INSTANCE_OLD)
		return py_attr_get(rt, object, name, &value, NULL) ? 0 : value;
	if (rt->layout.lock.instance_dict == PY_ABSENT ||
	    memory_read_u64(rt->target->memory, object + rt->layout.lock.instance_dict, &dict,
			    NULL))
		return 0;
	return py_dict_get(rt, dict, name, &value, NULL) ? 0 : value;
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

bool lock_visit_add(struct visit *v, uint64_t object, uint64_t key, uint8_t root)
{
	uint32_t i = (uint32_t)v->n;

	if (v->n == LOCK_NODES_MAX)
		return false;
	if (object)
		v->search->nodes[v->n++] = (struct lock_node){
			.object = object, .key = key, .root = root, .how = v->how,
			.parent = root ? i : v->parent,
		};
	return true;
}

bool lock_visit_attr(uint64_t key, uint64_t value, void *arg)
{
	struct visit *v = arg;

	if (v->wanted && !bsearch(&key, v->wanted, v->n_wanted, sizeof(key), by_value))
		return !spent(v->search);
	return ++v->n_attrs <= LOCK_ATTRS_MAX && lock_visit_add(v, value, key, v->root) &&
	       !spent(v->search);
}

/* ---- roots ---------------------------------------------------------------------------- */

void lock_visit_types(struct visit *v, size_t from)
{
	struct lock_node *nodes = v->search->nodes;
	uint64_t objects[LOCK_TYPES_BATCH];
	enum lock_type types[LOCK_TYPES_BATCH];

	while (from < v->n) {
		size_t n = v->n - from < LOCK_TYPES_BATCH ? v->n - from : LOCK_TYPES_BATCH;

		for (size_t i = 0; i < n; i++)
			objects[i] = nodes[from + i].object;
		lock_types_of(v->search->types, objects, n, types);
		for (size_t i = 0; i < n; i++)
			nodes[from + i].type = types[i];
		from += n;
	}
}

/* What cells hold, and what methods are bound to, in their places. */
static void look_into(struct visit *v, size_t from)
{
	const struct py_runtime *rt = v->search->rt;
	struct lock_node *nodes = v->search->nodes;

	for (size_t i = from; i < v->n; i++) {
		uint64_t inner = lock_method_self(v->search->frames, nodes[i].object,
						  nodes[i].type);

		if (nodes[i].type == LOCK_TYPE_CELL &&
		    memory_read_u64(rt->target->memory, nodes[i].object + rt->layout.lock.cell,
				    &inner, NULL))
			inner = 0;
		if (!inner)
			continue;
		nodes[i].object = inner;
		nodes[i].type = lock_type_of(v->search->types, inner);
	}
}

static void add_locals(struct visit *v)
{
	uint64_t slots[LOCK_LOCALS_MAX];
	size_t n = lock_frame_locals(v->search->frames, v->frame, slots, LOCK_LOCALS_MAX);

	for (size_t i = 0; i < n; i++)
		lock_visit_add(v, slots[i], i, ROOT_LOCAL);
}

static void add_stack(struct visit *v)
{
	uint64_t slots[LOCK_STACK_MAX];
	size_t n = lock_frame_stack(v->search->frames, v->frame, slots, LOCK_STACK_MAX);

	for (size_t i = 0; i < n; i++)
		lock_visit_add(v, slots[i], 0, ROOT_STACK);
}

/* The names that the code uses, as addresses: a name is one object, shared by all who use it. */
static size_t names_used(const struct visit *v, uint64_t *names)
{
	const struct py_layout *l = &v->search->rt->layout;
	const struct lock_code *code = lock_frame_code(v->search->frames, v->frame);
	struct memory *memory = v->search->rt->target->memory;
	uint64_t n;

	if (!code || memory_read_u64(memory, code->names + l->tuple.size, &n, NULL))
		return 0;
	n = n < GLOBALS_MAX ? n : GLOBALS_MAX;
	if (!n || memory_read(memory, code->names + l->tuple.items, names, n * 8, NULL))
		return 0;
	qsort(names, n, sizeof(*names), by_value);
	return n;
}

static void add_globals(struct visit *v, const uint64_t *names, size_t n_names)
{
	const struct py_runtime *rt = v->search->rt;
	uint64_t dict;

	if (!n_names || memory_read_u64(rt->target->memory,
					v->frame->addr + rt->layout.lock.globals, &dict, NULL))
		return;
	v->wanted = names;
	v->n_wanted = n_names;
	v->n_attrs = 0;
	v->root = ROOT_GLOBAL;
	py_dict_each(rt, dict, lock_visit_attr, v, NULL);
	v->wanted = NULL;
	v->root = 0;
}

/* ---- the search ------------------------------------------------------------------------ */

/* Does this object have what the thread waits for? */
static bool is_sought(const struct visit *v, const struct lock_node *node)
{
	const struct lock_found *found = v->found;
	uint64_t handle;

	if (found->semaphore &&
	    (node->type == LOCK_TYPE_LOCK || node->type == LOCK_TYPE_RLOCK ||
	     node->type == LOCK_TYPE_SIMPLE_QUEUE))
		return lock_handle(v->search->rt, node->object) == found->semaphore;
	if (!found->parked || node->type != LOCK_TYPE_THREAD_HANDLE)
		return false;
	handle = lock_handle(v->search->rt, node->object);
	return handle && found->parked >= handle && found->parked - handle < HANDLE_SPAN;
}

/* The first of the nodes behind `from` that is, or has the name of, what is looked for. */
bool lock_visit_find(struct visit *v, size_t from, size_t *node, size_t *alias)
{
	const struct lock_node *nodes = v->search->nodes;

	if (!v->found->lock) {
		for (size_t i = from; i < v->n && !v->found->lock; i++) {
			if (is_sought(v, &nodes[i]))
				v->found->lock = nodes[i].object;
		}
		if (!v->found->lock)
			return false;
		v->aliases[0].object = v->aliases[0].stands_for = v->found->lock;
		v->n_aliases = 1;
	}
	for (size_t i = from; i < v->n; i++) {
		for (size_t k = v->n_aliases; k-- > 0 && nodes[i].root != ROOT_STACK;) {
			if (nodes[i].object != v->aliases[k].object)
				continue;
			*node = i;
			*alias = k;
			return true;
		}
	}
	return false;
}

static bool has_attrs(const struct lock_node *node)
{
	switch (node->type) {
	case LOCK_TYPE_INSTANCE:
	case LOCK_TYPE_INSTANCE_OLD:
	case LOCK_TYPE_CONDITION:
	case LOCK_TYPE_THREAD:
	case LOCK_TYPE_MODULE_LOCK:
	case LOCK_TYPE_RLOCK_PYTHON:
		return true;
	case LOCK_TYPE_MODULE:
		return node->root != 0;
	default:
		return false;
	}
}

/* The attributes of the nodes from `from` to `to`: of modules only those that the code names. */
static void expand(struct visit *v, size_t from, size_t to, const uint64_t *names,
		   size_t n_names)
{
	struct lock_node *nodes = v->search->nodes;

	for (size_t i = from; i < to && !spent(v->search); i++) {
		bool module = nodes[i].type == LOCK_TYPE_MODULE;

		if (!has_attrs(&nodes[i]) || (module && !n_names))
			continue;
		v->parent = (uint32_t)i;
		v->n_attrs = 0;
		v->wanted = module ? names : NULL;
		v->n_wanted = n_names;
		each_attr(v->search->types, nodes[i].object, nodes[i].type, lock_visit_attr, v);
		v->wanted = NULL;
	}
}

/* The shortest way from what the frame holds to what is looked for. */
static bool search_frame(struct visit *v, bool library, size_t *node, size_t *alias)
{
	uint64_t names[GLOBALS_MAX];
	size_t n_names = names_used(v, names), from = 0;

	v->n = 0;
	add_locals(v);
	add_globals(v, names, n_names);
	if (!v->found->lock)
		add_stack(v);
	for (unsigned depth = 0; depth <= DEPTH_MAX; depth++) {
		size_t to = v->n;

		lock_visit_types(v, from);
		if (depth == 0)
			look_into(v, 0);
		if (lock_visit_find(v, from, node, alias))
			return true;
		if (depth < DEPTH_MAX)
			expand(v, from, to, names, n_names);
		from = to;
	}
	/* What it is, is found on the stack before: it is for its name only. */
	return v->found->lock && !library && lock_visit_items(v, names, n_names, node, alias);
}

/* ---- a better name ----------------------------------------------------------------------- */

/* The object whose method this frame runs, as its first variable has it; 0: it runs none. */
static uint64_t self_of(struct visit *v)
{
	const struct lock_code *code = lock_frame_code(v->search->frames, v->frame);
	struct str name = STR_INIT;
	uint64_t self = 0;

	if (!code || !lock_frame_local_name(v->search->frames, code, 0, &name) ||
	    strcmp(str_cstr(&name), "self") != 0 ||
	    !lock_frame_locals(v->search->frames, v->frame, &self, 1))
		self = 0;
	str_deinit(&name);
	return self;
}

static bool take_same(uint64_t key, uint64_t value, void *arg)
{
	struct visit *v = arg;

	if (value == v->same)
		return lock_visit_add(v, value, key, v->root) && false;
	return ++v->n_attrs <= GLOBALS_SAME && !spent(v->search);
}

/*
 * What only a variable of the frame has for its name, such as an argument, has one that others know
 * as well where it is a global of the module, too, or an attribute of `self`.
 */
static void find_better(struct visit *v, size_t *node)
{
	const struct py_runtime *rt = v->search->rt;
	struct lock_node *nodes = v->search->nodes;
	const struct lock_node local = nodes[*node];
	uint64_t dict, self;

	if (local.root != ROOT_LOCAL)
		return;
	v->n = v->n_attrs = 0;
	v->same = local.object;
	v->root = ROOT_GLOBAL;
	v->how = BY_NAME;
	if (!memory_read_u64(rt->target->memory, v->frame->addr + rt->layout.lock.globals, &dict,
			     NULL))
		py_dict_each(rt, dict, take_same, v, NULL);
	v->root = 0;
	self = v->n ? 0 : self_of(v);
	if (self && self != local.object && !spent(v->search)) {
		nodes[0] = (struct lock_node){ .object = self, .root = ROOT_LOCAL };
		v->n = 1;
		lock_visit_types(v, 0);
		v->parent = 0;
		v->n_attrs = 0;
		if (has_attrs(&nodes[0]))
			each_attr(v->search->types, self, nodes[0].type, take_same, v);
		v->n -= v->n == 1;
	}
	*node = v->n ? v->n - 1 : 0;
	if (!v->n)
		nodes[0] = local;
}

/* ---- names ------------------------------------------------------------------------------ */

static void add_name(struct visit *v, const struct lock_node *node, struct str *out)
{
	if (node->how != BY_NAME) {
		lock_item_name(v->search->rt, node, out);
	} else if (node->root == ROOT_LOCAL) {
		const struct lock_code *code = lock_frame_code(v->search->frames, v->frame);

		if (code)
			lock_frame_local_name(v->search->frames, code, node->key, out);
	} else {
		py_string_read(v->search->rt, node->key, out, NULL);
	}
}

/* "self.queue": how the frame comes to node `i`. */
static void path_of(struct visit *v, size_t i, struct str *out)
{
	const struct lock_node *nodes = v->search->nodes;
	size_t way[DEPTH_MAX + 3], n = 0; /* an attribute of a class, and an item */

	for (;;) {
		way[n++] = i;
		if (nodes[i].root || n > DEPTH_MAX + 2)
			break;
		i = nodes[i].parent;
	}
	while (n-- > 0) {
		if (out->len && nodes[way[n]].how == BY_NAME)
			str_add_char(out, '.');
		add_name(v, &nodes[way[n]], out);
	}
}

/* In 2.7 threading.Event is a function, and the class has a name of its own. */
static const char *public_name(const struct py_runtime *rt, const char *class)
{
	static const char *const names[] = { "_Condition", "_Event", "_Semaphore",
					     "_BoundedSemaphore" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (rt->layout.lock.instance_dict != PY_ABSENT && strcmp(class, names[i]) == 0)
			return class + 1;
	}
	return class;
}

static void set_name(struct visit *v, struct py_lock_thread *thread, size_t node,
		     const struct alias *alias)
{
	struct str path = STR_INIT;
	uint64_t what = alias->stands_for;
	bool queue = lock_type_of(v->search->types, what) == LOCK_TYPE_SIMPLE_QUEUE;

	path_of(v, node, &path);
	str_add_cstr(&path, alias->suffix);
	/* Of what only has a lock inside, what it is. */
	if (!queue && (what == v->found->lock ||
		       (what == v->found->within &&
			v->found->within_type != LOCK_TYPE_THREAD)))
		lock_name_set(thread->name, "%s", str_cstr(&path));
	else
		lock_name_set(thread->name, "%s (%s)", str_cstr(&path),
			      public_name(v->search->rt, lock_type_name(v->search->types, what)));
	v->search->nomem |= path.failed;
	str_deinit(&path);
}

/* ---- through the standard library --------------------------------------------------------- */

/* An object that uses the lock, under this name, for itself. */
static void note_within(struct visit *v, uint64_t self, enum lock_type type, const char *attr)
{
	static const struct {
		enum lock_type type;
		const char *attr;
	} uses[] = {
		{ LOCK_TYPE_MODULE_LOCK, "wakeup" },
		{ LOCK_TYPE_RLOCK_PYTHON, "_block" },
		{ LOCK_TYPE_RLOCK_PYTHON, "_RLock__block" },
		{ LOCK_TYPE_THREAD, "_tstate_lock" },
		{ LOCK_TYPE_THREAD, "_Thread__block" },
	};

	/* Its _ThreadHandle, whatever that is called. */
	if (v->found->parked && type == LOCK_TYPE_THREAD) {
		v->found->within = self;
		v->found->within_type = type;
	}
	for (size_t i = 0; i < sizeof(uses) / sizeof(uses[0]); i++) {
		if (uses[i].type == type && strcmp(uses[i].attr, attr) == 0) {
			v->found->within = self;
			v->found->within_type = type;
		}
	}
}

/*
 * A method of the library waits for something that its object has: from now on the object's name
 * will do. What is private in it has no name of its own for those who use it.
 */
static void add_alias(struct visit *v, uint64_t self, const struct alias *of, const char *attr)
{
	struct alias *alias = &v->aliases[v->n_aliases];

	for (size_t i = 0; i < v->n_aliases; i++) {
		if (v->aliases[i].object == self)
			return;
	}
	if (v->n_aliases == ALIASES_MAX)
		return;
	*alias = (struct alias){ .object = self, .stands_for = self };
	if (attr[0] != '_') {
		alias->stands_for = of->stands_for;
		lock_name_set(alias->suffix, ".%s%s", attr, of->suffix);
	}
	v->n_aliases++;
}

static void pass_through(struct visit *v)
{
	struct lock_node node = { .object = self_of(v) };
	const struct lock_node *nodes = v->search->nodes;

	node.type = node.object ? lock_type_of(v->search->types, node.object) : LOCK_TYPE_OTHER;
	if (!has_attrs(&node))
		return;
	v->n = 0;
	v->parent = 0;
	v->n_attrs = 0;
	each_attr(v->search->types, node.object, node.type, lock_visit_attr, v);
	for (size_t i = 0; i < v->n; i++) {
		for (size_t k = v->n_aliases; k-- > 0;) {
			struct str attr = STR_INIT;

			if (nodes[i].object != v->aliases[k].object)
				continue;
			py_string_read(v->search->rt, nodes[i].key, &attr, NULL);
			note_within(v, node.object, node.type, str_cstr(&attr));
			add_alias(v, node.object, &v->aliases[k], str_cstr(&attr));
			str_deinit(&attr);
		}
	}
	/* Who waits in a Condition has a lock made for it that nobody else knows. */
	if (node.type == LOCK_TYPE_CONDITION && v->found->lock)
		add_alias(v, node.object, &v->aliases[0], "_waiters");
}

/* ---- whose code it is ---------------------------------------------------------------------- */

/* The folder of the standard library, as the files of its modules have it: len bytes of `file`. */
static bool library_folder(const char *file, size_t *len)
{
	static const char *const names[] = { "/threading.py", "/queue.py", "/Queue.py" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t n = strlen(names[i]), all = strlen(file);

		if (all > n && strncmp(file + all - n, names[i], n) == 0) {
			*len = all - n + 1;
			return true;
		}
		/* "threading.pyc" of 2.7 */
		if (all > n + 1 && strncmp(file + all - n - 1, names[i], n) == 0) {
			*len = all - n;
			return true;
		}
	}
	return false;
}

/* Is the frame's code the library's? `folder` is filled in as soon as it is known. */
static bool is_library(struct visit *v, struct str *folder)
{
	const struct lock_code *code = lock_frame_code(v->search->frames, v->frame);
	struct str file = STR_INIT;
	size_t len;
	bool is = false;

	if (code && !py_string_read(v->search->rt, code->filename, &file, NULL)) {
		const char *text = str_cstr(&file);

		if (!folder->len && library_folder(text, &len))
			str_add(folder, text, len);
		is = strncmp(text, "<frozen importlib", 17) == 0 ||
		     (folder->len && strncmp(text, str_cstr(folder), folder->len) == 0 &&
		      !strstr(text, "-packages/"));
	}
	str_deinit(&file);
	return is;
}

void lock_search_run(struct lock_search *search, struct py_lock_thread *thread,
		     struct lock_found *found)
{
	struct alias aliases[ALIASES_MAX] = {
		{ .object = found->lock, .stands_for = found->lock },
	};
	struct visit v = { .search = search, .found = found, .aliases = aliases, .n_aliases = 1 };
	struct str folder = STR_INIT;
	size_t node, alias;

	search->last_read = search->rt->target->memory->reads + LOCK_READS_MAX;
	thread->name[0] = '\0';
	for (size_t i = 0; i < thread->n_frames && i < LOCK_FRAMES_NAMED && !spent(search); i++) {
		bool library, named;

		v.frame = &thread->frames[thread->n_frames - 1 - i];
		library = is_library(&v, &folder);
		named = search_frame(&v, library, &node, &alias);
		if (named) {
			find_better(&v, &node);
			set_name(&v, thread, node, &aliases[alias]);
		}
		if (named && !library)
			break;
		found->at_end = lock_waits_at_end(search, v.frame, i == 0, found);
		if (found->at_end)
			break;
		if (library)
			pass_through(&v);
	}
	search->nomem |= folder.failed;
	str_deinit(&folder);
}
