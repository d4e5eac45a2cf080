/* SPDX-License-Identifier: MIT */
/*
 * Prints one row of src/python/layout_rows.c, as the headers that it is compiled with have
 * it. scripts/layouts compiles and runs it, once a version and kind of build; 2.7 and 3.6
 * to 3.12. No interpreter is needed, only its headers.
 * -DPy_DEBUG and -DPy_TRACE_REFS make it the row of such a build.
 */
#define PY_SSIZE_T_CLEAN
#define Py_BUILD_CORE 1
#include <Python.h>
#include <frameobject.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define MINOR (PY_VERSION_HEX >> 16)
#define V(major, minor) (MINOR >= ((major) << 8 | (minor)))

#if !(MINOR == 0x0207 || (V(3, 6) && !V(3, 13)))
#error "rows are for 2.7 and 3.6 to 3.12"
#endif

#if V(3, 9)
#include "internal/pycore_interp.h"
#include "internal/pycore_runtime.h"
#elif V(3, 8)
#include "internal/pycore_pystate.h"
#elif V(3, 7)
#include "internal/pystate.h"
#endif
#if V(3, 11)
#include "internal/pycore_dict.h"
#include "internal/pycore_frame.h"
#include "opcode.h"
#else
#include <code.h>
#endif
#if !V(3, 6)
#include <longintrepr.h>
#endif

/* What value() asks for. */
#include <datetime.h>
#if !V(3, 6)
#include <bytearrayobject.h>
#endif
#if !V(3, 8)
#include <structmember.h>
#endif

/* No installed header has these: Modules/_collectionsmodule.c, Objects/odictobject.c,
 * Objects/rangeobject.c, Objects/namespaceobject.c, Modules/_decimal/_decimal.c. */
#if V(3, 6)
struct deque_object {
	PyObject_VAR_HEAD
	void *left, *right;
	Py_ssize_t left_index, right_index;
	size_t state;
	Py_ssize_t max;
};
struct deque_block {
	void *previous;
	PyObject *data[64];
	void *next;
};
struct range_object {
	PyObject_HEAD
	PyObject *start, *stop, *step;
};
struct odict_object {
	PyDictObject dict;
	void *first;
};
#else
struct deque_object {
	PyObject_HEAD
	void *left, *right;
	Py_ssize_t left_index, right_index, ob_size;
	size_t state;
	Py_ssize_t max;
};
struct deque_block {
	PyObject *data[62];
	void *next, *previous;
};
struct range_object {
	PyObject_HEAD
	long start, step, length;
};
#endif
struct defaultdict_object {
	PyDictObject dict;
	PyObject *factory;
};
struct namespace_object {
	PyObject_HEAD
	PyObject *dict;
};
struct decimal_object {
	PyObject_HEAD
	Py_ssize_t hash;
	uint8_t flags;
	Py_ssize_t exp, digits, len, alloc;
	void *data;
};
struct module_object {
	PyObject_HEAD
	PyObject *dict;
};

/* No installed header has this one. */
#if V(3, 6) && !V(3, 11)
struct keys_object { /* Objects/dict-common.h, struct _dictkeysobject, 3.6 to 3.10 */
	Py_ssize_t dk_refcnt;
	Py_ssize_t dk_size;
	void *dk_lookup;
	Py_ssize_t dk_usable;
	Py_ssize_t dk_nentries;
	char dk_indices[];
};
#endif

#define ABSENT (-1L)
#define AT(type, member) ((long)offsetof(type, member))

static int column;

static void put(const char *text)
{
	int len = (int)strlen(text);

	if (column + len + 1 > 90) {
		printf("\n\t\t\t");
		column = 24;
	} else if (column > 24) {
		putchar(' ');
		column++;
	}
	fputs(text, stdout);
	column += len;
}

static void group(const char *name)
{
	printf("\t\t.%s = {\n\t\t\t", name);
	column = 24;
}

static void end(void)
{
	printf("\n\t\t},\n");
}

static void field(const char *name, long offset)
{
	char text[80];

	if (offset == ABSENT)
		snprintf(text, sizeof(text), ".%s = PY_ABSENT,", name);
	else
		snprintf(text, sizeof(text), ".%s = %ld,", name, offset);
	put(text);
}

/* ---- how this version behaves ---------------------------------------------- */

static void behaviour(void)
{
	printf("\t\t.frame_model = %s,\n", V(3, 11) ? "PY_FRAMES_CFRAME" : "PY_FRAMES_HEAP");
	printf("\t\t.lasti_model = %s,\n",
	       V(3, 11)	  ? "PY_LASTI_POINTER"
	       : V(3, 10) ? "PY_LASTI_UNITS"
			  : "PY_LASTI_BYTES");
	printf("\t\t.line_codec = %s,\n", V(3, 11)   ? "PY_LINES_LOCATIONS"
					  : V(3, 10) ? "PY_LINES_LINETABLE"
					  : V(3, 6)  ? "PY_LINES_LNOTAB"
						     : "PY_LINES_LNOTAB_UNSIGNED");
	printf("\t\t.string_model = %s,\n",
	       V(3, 6) ? "PY_STRINGS_STATE_LOW" : "PY_STRINGS_BYTES");
	printf("\t\t.gil_model = %s,\n", V(3, 12)  ? "PY_GIL_HOLDER"
					 : V(3, 7) ? "PY_GIL_RUNTIME_CURRENT"
						   : "PY_GIL_CURRENT_SYMBOL");
	printf("\t\t.dict_model = %s,\n", V(3, 11)  ? "PY_DICTS_KEYS_311"
					  : V(3, 6) ? "PY_DICTS_KEYS_310"
						    : "PY_DICTS_TABLE");
	printf("\t\t.attr_model = %s,\n", V(3, 12)   ? "PY_ATTRS_VALUES_312"
					  : V(3, 11) ? "PY_ATTRS_VALUES_311"
						     : "PY_ATTRS_DICTOFFSET");
	printf("\t\t.tag_mask = 0,\n");
	printf("\t\t.skip_owner_from = %s,\n", V(3, 12) ? "3" : "255");
}

/* ---- the interpreter's own state --------------------------------------------- */

static void runtime(void)
{
	group("runtime");
#if V(3, 7)
	field("initialized", AT(_PyRuntimeState, initialized));
#if V(3, 9)
	field("finalizing", AT(_PyRuntimeState, _finalizing));
#else
	field("finalizing", AT(_PyRuntimeState, finalizing));
#endif
	field("interpreters_head", AT(_PyRuntimeState, interpreters.head));
	field("main_interpreter", AT(_PyRuntimeState, interpreters.main));
#if V(3, 12)
	field("gil_current", ABSENT);
	field("gil_auto_interp", ABSENT);
#else
	field("gil_current", AT(_PyRuntimeState, gilstate.tstate_current));
	field("gil_auto_interp", AT(_PyRuntimeState, gilstate.autoInterpreterState));
#endif
#else
	field("initialized", ABSENT);
	field("finalizing", ABSENT);
	field("interpreters_head", ABSENT);
	field("main_interpreter", ABSENT);
	field("gil_current", ABSENT);
	field("gil_auto_interp", ABSENT);
#endif
	end();
}

static void interpreter(void)
{
	group("interpreter");
#if V(3, 7)
	field("id", AT(PyInterpreterState, id));
#else
	field("id", ABSENT);
#endif
	field("next", AT(PyInterpreterState, next));
#if V(3, 11)
	field("threads_head", AT(PyInterpreterState, threads.head));
#else
	field("threads_head", AT(PyInterpreterState, tstate_head));
#endif
	field("threads_main", ABSENT);
#if V(3, 9)
	field("runtime", AT(PyInterpreterState, runtime));
#else
	field("runtime", ABSENT);
#endif
	field("sysdict", AT(PyInterpreterState, sysdict));
#if V(3, 12)
	field("modules", AT(PyInterpreterState, imports.modules));
	field("gil", AT(PyInterpreterState, ceval.gil));
#else
	field("modules", AT(PyInterpreterState, modules));
	field("gil", ABSENT);
#endif
#if V(3, 9)
	field("gc_collecting", AT(PyInterpreterState, gc.collecting));
#else
	field("gc_collecting", ABSENT);
#endif
	field("code_generation", ABSENT);
	field("tlbc_generation", ABSENT);
	end();

	group("gil");
#if V(3, 12)
	field("locked", AT(struct _gil_runtime_state, locked));
	field("last_holder", AT(struct _gil_runtime_state, last_holder));
#else
	field("locked", ABSENT);
	field("last_holder", ABSENT);
#endif
	field("enabled", ABSENT);
	end();
}

static void thread(void)
{
	group("thread");
	field("size", sizeof(PyThreadState));
#if V(3, 6)
	field("prev", AT(PyThreadState, prev));
#else
	field("prev", ABSENT);
#endif
	field("next", AT(PyThreadState, next));
	field("interp", AT(PyThreadState, interp));
#if V(3, 11)
	field("frame", AT(PyThreadState, cframe));
#else
	field("frame", AT(PyThreadState, frame));
#endif
	field("base_frame", ABSENT);
	field("thread_id", AT(PyThreadState, thread_id));
#if V(3, 11)
	field("native_thread_id", AT(PyThreadState, native_thread_id));
	field("datastack_chunk", AT(PyThreadState, datastack_chunk));
#else
	field("native_thread_id", ABSENT);
	field("datastack_chunk", ABSENT);
#endif
#if V(3, 12)
	field("status", AT(PyThreadState, _status));
#else
	field("status", ABSENT);
#endif
	field("holds_gil", ABSENT);
	field("gil_requested", ABSENT);
#if V(3, 12)
	field("current_exception", AT(PyThreadState, current_exception));
#else
	field("current_exception", AT(PyThreadState, curexc_value));
#endif
#if V(3, 7)
	field("exc_info", AT(PyThreadState, exc_info));
#else
	field("exc_info", ABSENT);
#endif
	end();
}

/* ---- frames and code ------------------------------------------------------------ */

static void frame(void)
{
	group("cframe");
#if V(3, 11)
	field("current_frame", AT(_PyCFrame, current_frame));
#else
	field("current_frame", ABSENT);
#endif
	end();
	group("chunk");
#if V(3, 11)
	field("previous", AT(_PyStackChunk, previous));
	field("size", AT(_PyStackChunk, size));
	field("top", AT(_PyStackChunk, top));
	field("data", AT(_PyStackChunk, data));
#else
	field("previous", ABSENT);
	field("size", ABSENT);
	field("top", ABSENT);
	field("data", ABSENT);
#endif
	end();

	group("frame");
#if V(3, 11)
	field("size", AT(_PyInterpreterFrame, localsplus));
	field("previous", AT(_PyInterpreterFrame, previous));
	field("executable", AT(_PyInterpreterFrame, f_code));
	field("lasti", AT(_PyInterpreterFrame, prev_instr));
	field("owner", AT(_PyInterpreterFrame, owner));
	field("localsplus", AT(_PyInterpreterFrame, localsplus));
	field("stackpointer", ABSENT);
#if V(3, 12)
	field("is_entry", ABSENT);
#else
	field("is_entry", AT(_PyInterpreterFrame, is_entry));
#endif
	field("stacktop", AT(_PyInterpreterFrame, stacktop));
	field("lineno", ABSENT);
	field("trace", ABSENT);
#else
	field("size", AT(PyFrameObject, f_localsplus));
	field("previous", AT(PyFrameObject, f_back));
	field("executable", AT(PyFrameObject, f_code));
	field("lasti", AT(PyFrameObject, f_lasti));
	field("owner", ABSENT);
	field("localsplus", AT(PyFrameObject, f_localsplus));
	field("stackpointer", ABSENT);
	field("is_entry", ABSENT);
	field("stacktop", ABSENT);
	field("lineno", AT(PyFrameObject, f_lineno));
	field("trace", AT(PyFrameObject, f_trace));
#endif
	field("tlbc_index", ABSENT);
#if V(3, 6)
	field("tstate", ABSENT);
#else
	field("tstate", AT(PyFrameObject, f_tstate));
#endif
#if V(3, 11) || !V(3, 6)
	field("executing", ABSENT);
	field("state", ABSENT);
#elif V(3, 10)
	field("executing", ABSENT);
	field("state", AT(PyFrameObject, f_state));
#else
	field("executing", AT(PyFrameObject, f_executing));
	field("state", ABSENT);
#endif
	end();
}

static void code(void)
{
	group("opcode");
#if V(3, 11)
	field("return_value", RETURN_VALUE);
#else
	field("return_value", ABSENT);
#endif
#if V(3, 12)
	field("return_const", RETURN_CONST);
#else
	field("return_const", ABSENT);
#endif
	end();

	group("code");
#if V(3, 11)
	field("size", AT(PyCodeObject, co_code_adaptive));
#else
	field("size", sizeof(PyCodeObject));
#endif
	field("filename", AT(PyCodeObject, co_filename));
	field("name", AT(PyCodeObject, co_name));
#if V(3, 11)
	field("qualname", AT(PyCodeObject, co_qualname));
#else
	field("qualname", ABSENT);
#endif
#if V(3, 10)
	field("linetable", AT(PyCodeObject, co_linetable));
#else
	field("linetable", AT(PyCodeObject, co_lnotab));
#endif
	field("firstlineno", AT(PyCodeObject, co_firstlineno));
#if V(3, 11)
	field("code", AT(PyCodeObject, co_code_adaptive));
#else
	field("code", AT(PyCodeObject, co_code));
#endif
	field("argcount", AT(PyCodeObject, co_argcount));
	field("flags", AT(PyCodeObject, co_flags));
#if V(3, 11)
	field("localsplusnames", AT(PyCodeObject, co_localsplusnames));
	field("localspluskinds", AT(PyCodeObject, co_localspluskinds));
	field("varnames", ABSENT);
	field("cellvars", ABSENT);
	field("freevars", ABSENT);
#else
	field("localsplusnames", ABSENT);
	field("localspluskinds", ABSENT);
	field("varnames", AT(PyCodeObject, co_varnames));
	field("cellvars", AT(PyCodeObject, co_cellvars));
	field("freevars", AT(PyCodeObject, co_freevars));
#endif
	field("tlbc", ABSENT);
#if V(3, 12)
	field("version", AT(PyCodeObject, co_version));
#else
	field("version", ABSENT);
#endif
#if V(3, 11)
	field("stacksize", AT(PyCodeObject, co_stacksize));
	field("nlocalsplus", AT(PyCodeObject, co_nlocalsplus));
#else
	field("stacksize", ABSENT);
	field("nlocalsplus", ABSENT);
#endif
	end();
}

/* ---- objects ---------------------------------------------------------------------- */

static void objects(void)
{
	group("object");
	field("size", sizeof(PyObject));
	field("ob_type", AT(PyObject, ob_type));
	end();
	group("type");
	field("name", AT(PyTypeObject, tp_name));
	field("flags", AT(PyTypeObject, tp_flags));
	field("basicsize", AT(PyTypeObject, tp_basicsize));
	field("dictoffset", AT(PyTypeObject, tp_dictoffset));
	field("repr", AT(PyTypeObject, tp_repr));
	field("mro", AT(PyTypeObject, tp_mro));
	end();
	group("heap_type");
#if V(3, 6)
	field("cached_keys", AT(PyHeapTypeObject, ht_cached_keys));
#else
	field("cached_keys", ABSENT);
#endif
	end();
	group("generator");
#if V(3, 6)
	field("name", AT(PyGenObject, gi_name));
#else
	field("name", ABSENT);
#endif
#if V(3, 11)
	field("iframe", AT(PyGenObject, gi_iframe));
	field("frame_state", AT(PyGenObject, gi_frame_state));
#else
	field("iframe", AT(PyGenObject, gi_frame));
	field("frame_state", ABSENT);
#endif
	end();
}

static void sequences(void)
{
	group("tuple");
	field("size", AT(PyVarObject, ob_size));
	field("items", AT(PyTupleObject, ob_item));
	end();
	group("list");
	field("size", AT(PyVarObject, ob_size));
	field("items", AT(PyListObject, ob_item));
	end();
	group("bytes");
	field("size", AT(PyVarObject, ob_size));
#if V(3, 6)
	field("data", AT(PyBytesObject, ob_sval));
#else
	field("data", AT(PyStringObject, ob_sval));
#endif
	end();
}

static void dicts(void)
{
	group("dict");
	field("used", AT(PyDictObject, ma_used));
#if V(3, 6)
	field("keys", AT(PyDictObject, ma_keys));
	field("values", AT(PyDictObject, ma_values));
#else
	field("keys", AT(PyDictObject, ma_table));
	field("values", AT(PyDictObject, ma_mask));
#endif
	end();
	group("dict_keys");
#if V(3, 11)
	field("size", ABSENT);
	field("log2_size", AT(struct _dictkeysobject, dk_log2_size));
	field("log2_index_bytes", AT(struct _dictkeysobject, dk_log2_index_bytes));
	field("kind", AT(struct _dictkeysobject, dk_kind));
	field("nentries", AT(struct _dictkeysobject, dk_nentries));
	field("indices", AT(struct _dictkeysobject, dk_indices));
#elif V(3, 6)
	field("size", AT(struct keys_object, dk_size));
	field("log2_size", ABSENT);
	field("log2_index_bytes", ABSENT);
	field("kind", ABSENT);
	field("nentries", AT(struct keys_object, dk_nentries));
	field("indices", AT(struct keys_object, dk_indices));
#else
	field("size", ABSENT);
	field("log2_size", ABSENT);
	field("log2_index_bytes", ABSENT);
	field("kind", ABSENT);
	field("nentries", ABSENT);
	field("indices", ABSENT);
#endif
	end();
}

static void values(void)
{
	group("unicode");
#if V(3, 6)
	field("state", AT(PyASCIIObject, state));
	field("length", AT(PyASCIIObject, length));
	field("ascii_data", sizeof(PyASCIIObject));
	field("compact_data", sizeof(PyCompactUnicodeObject));
	field("legacy_data", AT(PyUnicodeObject, data));
	field("ucs2_data", ABSENT);
#else
	field("state", ABSENT);
	field("length", AT(PyUnicodeObject, length));
	field("ascii_data", ABSENT);
	field("compact_data", ABSENT);
	field("legacy_data", ABSENT);
	field("ucs2_data", AT(PyUnicodeObject, str));
#endif
	end();
	group("integer");
#if V(3, 12)
	field("tag", AT(PyLongObject, long_value.lv_tag));
	field("digits", AT(PyLongObject, long_value.ob_digit));
#else
	field("tag", AT(PyVarObject, ob_size));
	field("digits", AT(struct _longobject, ob_digit));
#endif
#if V(3, 6)
	field("small", ABSENT);
#else
	field("small", AT(PyIntObject, ob_ival));
#endif
	end();
	group("floating");
	field("value", AT(PyFloatObject, ob_fval));
	end();
}

/* ---- locks, and what is handled ------------------------------------------------------ */

/*
 * Lock objects are declared in Modules/_threadmodule.c (2.7: threadmodule.c) only: behind the
 * object's head a pointer to the lock, then, of an RLock, the owner and how often it has it.
 */
static void locks(void)
{
	group("lock");
	field("handle", sizeof(PyObject));
#if V(3, 6)
	field("owner", sizeof(PyObject) + sizeof(void *));
	field("count", sizeof(PyObject) + 2 * sizeof(void *));
#else
	field("owner", ABSENT);
	field("count", ABSENT);
#endif
	field("thread_handle", ABSENT);
	field("thread_ident", ABSENT);
	field("method_self", AT(PyCFunctionObject, m_self));
	field("descr_name", AT(PyDescrObject, d_name));
	field("function_name", AT(PyFunctionObject, func_name));
	field("cell", AT(PyCellObject, ob_ref));
#if V(3, 6)
	field("instance_dict", ABSENT);
#else
	field("instance_dict", AT(PyInstanceObject, in_dict));
#endif
	field("type_dict", AT(PyTypeObject, tp_dict));
	field("code_names", AT(PyCodeObject, co_names));
#if V(3, 11)
	field("code_exceptions", AT(PyCodeObject, co_exceptiontable));
	field("globals", AT(_PyInterpreterFrame, f_globals));
	field("valuestack", ABSENT);
	field("iblock", ABSENT);
	field("blocks", ABSENT);
	field("block_size", ABSENT);
	field("block_level", ABSENT);
#else
	field("code_exceptions", ABSENT);
	field("globals", AT(PyFrameObject, f_globals));
	field("valuestack", AT(PyFrameObject, f_valuestack));
	field("iblock", AT(PyFrameObject, f_iblock));
	field("blocks", AT(PyFrameObject, f_blockstack));
	field("block_size", sizeof(PyTryBlock));
	field("block_level", AT(PyTryBlock, b_level));
#endif
#if V(3, 11)
	field("suspended", (unsigned char)FRAME_SUSPENDED);
	field("suspended_last", (unsigned char)FRAME_SUSPENDED);
#else
	field("suspended", ABSENT);
	field("suspended_last", ABSENT);
#endif
	field("exit_pair", 0);
	end();
}

static void handled(void)
{
	group("handled");
#if V(3, 11)
	field("type", ABSENT);
	field("value", AT(_PyErr_StackItem, exc_value));
	field("previous", AT(_PyErr_StackItem, previous_item));
#elif V(3, 7)
	field("type", AT(_PyErr_StackItem, exc_type));
	field("value", AT(_PyErr_StackItem, exc_value));
	field("previous", AT(_PyErr_StackItem, previous_item));
#else
	field("type", AT(PyThreadState, exc_type));
	field("value", AT(PyThreadState, exc_value));
	field("previous", ABSENT);
#endif
#if V(3, 7) && !V(3, 9)
	field("collecting", AT(_PyRuntimeState, gc.collecting));
#else
	field("collecting", ABSENT);
#endif
	end();
}

/* ---- what only values are read by ------------------------------------------------ */

static void value_types(void)
{
	group("value");
	field("digit_bits", PyLong_SHIFT);
	field("type_itemsize", AT(PyTypeObject, tp_itemsize));
	field("type_members", AT(PyTypeObject, tp_members));
	field("type_base", AT(PyTypeObject, tp_base));
	field("type_dict", AT(PyTypeObject, tp_dict));
	field("heap_name", AT(PyHeapTypeObject, ht_name));
#if V(3, 6)
	field("heap_qualname", AT(PyHeapTypeObject, ht_qualname));
#else
	field("heap_qualname", ABSENT);
#endif
#if V(3, 6)
	field("code_kwonly", AT(PyCodeObject, co_kwonlyargcount));
#else
	field("code_kwonly", ABSENT);
#endif
#if V(3, 12)
	field("frame_locals", AT(_PyInterpreterFrame, f_locals));
	field("frame_func", AT(_PyInterpreterFrame, f_funcobj));
#elif V(3, 11)
	field("frame_locals", AT(_PyInterpreterFrame, f_locals));
	field("frame_func", AT(_PyInterpreterFrame, f_func));
#else
	field("frame_locals", AT(PyFrameObject, f_locals));
	field("frame_func", ABSENT);
#endif
}

static void value_containers(void)
{
	field("set_used", AT(PySetObject, used));
	field("set_mask", AT(PySetObject, mask));
	field("set_table", AT(PySetObject, table));
	field("set_entry_key", AT(setentry, key));
	field("slice_start", AT(PySliceObject, start));
#if V(3, 6)
	field("bytearray_start", AT(PyByteArrayObject, ob_start));
#else
	field("bytearray_start", AT(PyByteArrayObject, ob_bytes));
#endif
	field("complex_real", AT(PyComplexObject, cval));
	field("cell_ref", AT(PyCellObject, ob_ref));
	field("range_start", AT(struct range_object, start));
	field("defaultdict_factory", AT(struct defaultdict_object, factory));
#if V(3, 6)
	field("odict_first", AT(struct odict_object, first));
#else
	field("odict_first", ABSENT);
#endif
#if V(3, 6)
	field("deque_size", AT(PyVarObject, ob_size));
#else
	field("deque_size", AT(struct deque_object, ob_size));
#endif
	field("deque_left", AT(struct deque_object, left));
	field("deque_left_index", AT(struct deque_object, left_index));
	field("deque_max", AT(struct deque_object, max));
	field("block_data", AT(struct deque_block, data));
	field("block_next", AT(struct deque_block, next));
	field("block_len", sizeof(((struct deque_block *)0)->data) / sizeof(void *));
}

static void value_code(void)
{
	field("func_code", AT(PyFunctionObject, func_code));
	field("func_globals", AT(PyFunctionObject, func_globals));
	field("func_name", AT(PyFunctionObject, func_name));
#if V(3, 6)
	field("func_qualname", AT(PyFunctionObject, func_qualname));
#else
	field("func_qualname", ABSENT);
#endif
	field("func_closure", AT(PyFunctionObject, func_closure));
	field("method_func", AT(PyMethodObject, im_func));
	field("method_self", AT(PyMethodObject, im_self));
	field("builtin_def", AT(PyCFunctionObject, m_ml));
	field("builtin_self", AT(PyCFunctionObject, m_self));
	field("module_dict", AT(struct module_object, dict));
	field("exception_args", AT(PyBaseExceptionObject, args));
	field("weakref_object", AT(PyWeakReference, wr_object));
#if V(3, 6)
	field("namespace_dict", AT(struct namespace_object, dict));
	field("generator_qualname", AT(PyGenObject, gi_qualname));
	field("generator_code", ABSENT);
	field("instance_class", ABSENT);
	field("instance_dict", ABSENT);
#else
	field("namespace_dict", ABSENT);
	field("generator_qualname", ABSENT);
	field("generator_code", AT(PyGenObject, gi_code));
	field("instance_class", AT(PyInstanceObject, in_class));
	field("instance_dict", AT(PyInstanceObject, in_dict));
#endif
}

static void value_numbers(void)
{
	field("delta_days", AT(PyDateTime_Delta, days));
	field("date_data", AT(PyDateTime_Date, data));
	field("date_has_zone", AT(PyDateTime_Date, hastzinfo));
	field("time_zone", AT(PyDateTime_Time, tzinfo));
	field("datetime_zone", AT(PyDateTime_DateTime, tzinfo));
#if V(3, 6)
	field("time_fold", AT(PyDateTime_Time, fold));
	field("datetime_fold", AT(PyDateTime_DateTime, fold));
#else
	field("time_fold", ABSENT);
	field("datetime_fold", ABSENT);
#endif
#if V(3, 6)
	field("decimal_flags", AT(struct decimal_object, flags));
	field("decimal_exp", AT(struct decimal_object, exp));
	field("decimal_digits", AT(struct decimal_object, digits));
	field("decimal_len", AT(struct decimal_object, len));
	field("decimal_data", AT(struct decimal_object, data));
#else
	field("decimal_flags", ABSENT);
	field("decimal_exp", ABSENT);
	field("decimal_digits", ABSENT);
	field("decimal_len", ABSENT);
	field("decimal_data", ABSENT);
#endif
	end();
}

int main(void)
{
#ifdef Py_TRACE_REFS
	printf("\t\t.trace_refs = true,\n");
#else
	printf("\t\t.trace_refs = false,\n");
#endif
	printf("\t\t.free_threaded = false,\n");
	behaviour();
	runtime();
	interpreter();
	thread();
	frame();
	code();
	objects();
	sequences();
	dicts();
	values();
	locks();
	handled();
	value_types();
	value_containers();
	value_code();
	value_numbers();
	return 0;
}
