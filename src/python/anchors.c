/* SPDX-License-Identifier: MIT */
#include "python/anchors.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "elf/elf_file.h"
#include "python/head_code.h"
#include "python/proof.h"
#include "python/scan.h"
#include "python/version.h"

/* Symbols of one module, from wherever they are. */
struct symbols {
	const struct elf_image *image;
	const struct maps *maps;
	struct elf_file *file; /* NULL: only those in memory */
};

static uint64_t symbol(const struct symbols *symbols, const char *name)
{
	struct elf_symbol found;

	if (elf_image_symbol(symbols->image, name, &found))
		return found.addr;
	if (symbols->file && elf_file_symbol(symbols->file, name, &found))
		return found.addr + symbols->image->load_bias;
	return 0;
}

/* ---- version ---------------------------------------------------------------------- */

static void take_version(struct py_anchors *anchors, uint32_t version, const char *by)
{
	if (!py_version_plausible(version))
		return;
	anchors->version = version;
	anchors->version_by = by;
}

/*
 * Where there is no Py_Version, the text of sys.version; it is made when an interpreter starts.
 * Until then the name of the file must do, which tells the minor only.
 */
static void find_version(struct py_anchors *anchors, const struct symbols *symbols,
			 const struct module *module)
{
	uint64_t addr = symbol(symbols, "Py_Version");
	struct py_scan scan;
	uint32_t hex;

	if (addr && !memory_read_u32(symbols->image->memory, addr, &hex, NULL))
		take_version(anchors, hex, "Py_Version");
	if (anchors->version)
		return;
	py_scan_module(symbols->image, symbols->maps, &scan);
	take_version(anchors, scan.version, "version text");
	if (!anchors->version)
		take_version(anchors, py_version_of_name(module_name(module)), "file name");
}

/* ---- symbols ------------------------------------------------------------------------ */

/* 2.7 names the functions of its unicode type by the width of a character. */
static uint8_t unicode_width(const struct symbols *symbols)
{
	if (symbol(symbols, "PyUnicodeUCS4_FromUnicode"))
		return 4;
	return symbol(symbols, "PyUnicodeUCS2_FromUnicode") ? 2 : 0;
}

/* Is `addr` that of a variable of so many bytes? */
static bool in_data(const struct elf_image *image, uint64_t addr, uint64_t size)
{
	for (size_t i = 0; i < image->n_segments; i++) {
		const struct elf_segment *segment = &image->segments[i];

		if (segment->writable && addr >= segment->addr && addr % size == 0 &&
		    addr - segment->addr + size <= segment->mem_size)
			return true;
	}
	return false;
}

/* To 3.6 the head of the list of interpreters is a local variable: see head_code.h. */
static uint64_t find_interp_head(const struct symbols *symbols)
{
	const struct elf_image *image = symbols->image;
	uint64_t addr = symbol(symbols, "interp_head"), at;
	uint8_t code[PY_HEAD_CODE_MAX];

	if (addr)
		return addr;
	addr = symbol(symbols, "PyInterpreterState_Head");
	if (!addr || memory_read(image->memory, addr, code, sizeof(code), NULL) ||
	    !py_head_code(code, sizeof(code), addr, image->machine, &at))
		return 0;
	return in_data(image, at, 8) ? at : 0;
}

static bool take_symbols(struct py_anchors *anchors, const struct symbols *symbols,
			 const struct module *module)
{
	anchors->runtime = symbol(symbols, "_PyRuntime");
	if (!anchors->runtime) {
		anchors->thread_current = symbol(symbols, "_PyThreadState_Current");
		anchors->interp_head = find_interp_head(symbols);
		anchors->finalizing = symbol(symbols, "_Py_Finalizing");
		if (!anchors->thread_current)
			return false;
	}
	anchors->unicode_type = symbol(symbols, "PyUnicode_Type");
	anchors->unicode_width = unicode_width(symbols);
	find_version(anchors, symbols, module);
	return true;
}

static bool open_image(struct elf_image *image, const struct target *target,
		       size_t module)
{
	struct pyprof_error err;

	if (!elf_image_init(image, target->memory, target->maps.modules[module].base, &err))
		return true;
	log_debug("%s: %s", target->maps.modules[module].path, err.message);
	return false;
}

bool py_anchors_in_memory(struct py_anchors *anchors, struct target *target,
			  size_t module)
{
	struct elf_image image;
	struct symbols symbols = { .image = &image, .maps = &target->maps };

	*anchors = (struct py_anchors){ .module = module, .found_by = PY_FOUND_DYNSYM };
	if (!open_image(&image, target, module))
		return false;
	return take_symbols(anchors, &symbols, &target->maps.modules[module]);
}

/* ---- the file ------------------------------------------------------------------------ */

/* A file that was written over in place is no longer what is mapped. */
static bool same_object(const struct elf_image *image, struct elf_file *file)
{
	uint8_t id[ELF_BUILD_ID_MAX];
	size_t len = elf_file_build_id(file, id);

	return !len || !image->build_id_len ||
	       (len == image->build_id_len && memcmp(id, image->build_id, len) == 0);
}

static struct elf_file *open_file(const struct target *target, const struct elf_image *image,
				  const struct module *module)
{
	struct elf_file *file = NULL;
	struct pyprof_error err;
	int fd = target_open_module(target, module);

	if (fd < 0) {
		log_debug("%s: cannot be opened: %s", module->path, strerror(errno));
		return NULL;
	}
	if (elf_file_open(&file, fd, &err)) {
		log_debug("%s: %s", module->path, err.message);
		return NULL;
	}
	if (!same_object(image, file)) {
		log_debug("%s: the file is not the one that is mapped", module->path);
		elf_file_close(file);
		return NULL;
	}
	return file;
}

static bool take_section(struct py_anchors *anchors, const struct symbols *symbols,
			 const struct module *module)
{
	struct elf_symbol section;

	if (!elf_file_section(symbols->file, ".PyRuntime", &section))
		return false;
	anchors->found_by = PY_FOUND_SECTION;
	anchors->runtime = section.addr + symbols->image->load_bias;
	find_version(anchors, symbols, module);
	return true;
}

bool py_anchors_in_file(struct py_anchors *anchors, struct target *target,
			size_t module)
{
	const struct module *m = &target->maps.modules[module];
	struct elf_image image;
	struct symbols symbols = { .image = &image, .maps = &target->maps };
	bool found;

	*anchors = (struct py_anchors){ .module = module, .found_by = PY_FOUND_SYMTAB };
	if (!open_image(&image, target, module))
		return false;
	symbols.file = open_file(target, &image, m);
	if (!symbols.file)
		return false;
	found = take_symbols(anchors, &symbols, m) || take_section(anchors, &symbols, m);
	elf_file_close(symbols.file);
	return found;
}

/* ---- nothing but data ------------------------------------------------------------------ */

struct head_scan {
	struct py_runtime rt; /* to try an address out */
	const struct py_layout *layout;
	uint64_t at;
	size_t reach; /* interpreters that the pointer at `at` leads to */
};

/*
 * To 3.6 two static pointers lead to an interpreter: the head of the list and the one for
 * PyGILState_Ensure(), which is the main interpreter. New ones are put in front, so the head is
 * that which reaches most.
 */
static bool take_static_head(uint64_t at, void *arg)
{
	struct head_scan *scan = arg;
	size_t reach;

	scan->rt.layout = *scan->layout;
	scan->rt.interp_head_at = at;
	if (!py_proof_once(&scan->rt, &reach, NULL) && reach > scan->reach) {
		scan->reach = reach;
		scan->at = at;
	}
	return true;
}

/*
 * From 3.7 on the head lies in _PyRuntime, which must hold as a whole, and beside it the main
 * interpreter; the newest may have no thread that would point back.
 */
static bool take_runtime_head(uint64_t at, void *arg)
{
	struct head_scan *scan = arg;
	const uint32_t places[] = {
		scan->layout->runtime.interpreters_head,
		scan->layout->runtime.main_interpreter,
	};

	for (size_t i = 0; i < 2; i++) {
		scan->rt.layout = *scan->layout;
		scan->rt.runtime = at - places[i];
		scan->rt.interp_head_at = scan->rt.runtime + places[0];
		if (py_proof_once(&scan->rt, NULL, NULL))
			continue;
		scan->at = scan->rt.interp_head_at;
		return false;
	}
	return true;
}

static bool find_head(struct py_anchors *anchors, struct target *target,
		      const struct elf_image *image, const struct py_layout *layout)
{
	struct head_scan scan = { .rt.target = target, .layout = layout };
	bool is_static = layout->runtime.interpreters_head == PY_ABSENT;

	/* Most of a module's pointers lead into itself, but few to an interpreter there. */
	for (int inside = 0; inside < 2 && !scan.at; inside++)
		py_scan_interpreters(image, &target->maps, layout, inside,
				     is_static ? take_static_head : take_runtime_head, &scan);
	if (!scan.at)
		return false;
	if (is_static)
		anchors->interp_head = scan.at;
	else
		anchors->runtime = scan.at - layout->runtime.interpreters_head;
	return true;
}

static bool find_head_by_rows(struct py_anchors *anchors, struct target *target,
			      const struct elf_image *image)
{
	const struct py_layout *layout;
	size_t cursor = 0;

	while ((layout = py_layout_next(anchors->version, &cursor))) {
		if (find_head(anchors, target, image, layout))
			return true;
	}
	return false;
}

bool py_anchors_by_scan(struct py_anchors *anchors, struct target *target,
			size_t module)
{
	struct elf_image image;
	struct py_scan scan;

	*anchors = (struct py_anchors){ .module = module, .found_by = PY_FOUND_SCAN };
	if (!open_image(&image, target, module))
		return false;
	py_scan_module(&image, &target->maps, &scan);
	take_version(anchors, scan.version, "version text");
	if (scan.debug_offsets)
		anchors->runtime = scan.debug_offsets;
	else if (anchors->version)
		find_head_by_rows(anchors, target, &image);
	/* Every CPython that has started has made its version text. */
	return anchors->runtime || anchors->version;
}

void py_anchors_find_head(struct py_anchors *anchors, struct target *target)
{
	const struct module *module = &target->maps.modules[anchors->module];
	struct elf_image image;
	struct symbols symbols = { .image = &image, .maps = &target->maps };

	if (!open_image(&image, target, anchors->module))
		return;
	symbols.file = open_file(target, &image, module);
	anchors->interp_head = symbol(&symbols, "interp_head");
	elf_file_close(symbols.file);
	if (!anchors->interp_head && py_version_supported(anchors->version))
		find_head_by_rows(anchors, target, &image);
}

uint64_t py_anchors_variable(struct target *target, size_t module, const char *name,
			     uint64_t size)
{
	struct elf_image image;
	struct symbols symbols = { .image = &image, .maps = &target->maps };
	uint64_t addr;

	if (module >= target->maps.n_modules || !open_image(&image, target, module))
		return 0;
	symbols.file = open_file(target, &image, &target->maps.modules[module]);
	addr = symbol(&symbols, name);
	elf_file_close(symbols.file);
	return addr && in_data(&image, addr, size) ? addr : 0;
}
