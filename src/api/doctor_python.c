/* SPDX-License-Identifier: MIT */
/* The doctor's later steps: the interpreter in the target's memory. */
#include "api/doctor.h"

#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "elf/elf_image.h"

#define MAX_MODULES_SHOWN 32

/* ---- runtime --------------------------------------------------------------------- */

static const char *frames_text(enum py_frame_model model)
{
	switch (model) {
	case PY_FRAMES_HEAP:
		return "frame objects";
	case PY_FRAMES_CFRAME:
		return "interpreter frames by way of the cframe";
	case PY_FRAMES_CURRENT:
		return "interpreter frames";
	}
	return "unknown";
}

static const char *gil_text(enum py_gil_model model)
{
	switch (model) {
	case PY_GIL_CURRENT_SYMBOL:
		return "_PyThreadState_Current";
	case PY_GIL_RUNTIME_CURRENT:
		return "the runtime's gilstate.tstate_current";
	case PY_GIL_HOLDER:
		return "the interpreter's GIL: last_holder while locked";
	case PY_GIL_THREAD_FLAG:
		return "holds_gil of each thread state";
	case PY_GIL_NONE:
		return "none";
	}
	return "unknown";
}

static void write_address(struct doctor *doctor, const char *label, uint64_t addr)
{
	if (addr)
		doctor_line(doctor, label, "0x%" PRIx64, addr);
}

static void write_where(struct doctor *doctor)
{
	const struct py_runtime *rt = &doctor->rt;
	const struct maps *maps = &doctor->target->maps;

	if (rt->found_by && rt->module < maps->n_modules)
		doctor_line(doctor, "module", "%s", maps->modules[rt->module].path);
	write_address(doctor, "_PyRuntime", rt->runtime);
	write_address(doctor, "current thread", rt->thread_current);
	write_address(doctor, "interpreters", rt->interp_head_at);
	write_address(doctor, "interpreter", rt->interp_head);
	if (rt->found_by)
		doctor_line(doctor, "found by", "%s", py_found_by_name(rt->found_by));
}

static void write_layout(struct doctor *doctor)
{
	const struct py_layout *layout = &doctor->rt.layout;

	doctor_line(doctor, "layout", "%s", layout->name ? layout->name : "unknown");
	doctor_line(doctor, "proof", "%s", doctor->rt.proof);
	doctor_line(doctor, "frames", "%s", frames_text(layout->frame_model));
	doctor_line(doctor, "GIL holder", "%s", gil_text(layout->gil_model));
	doctor_line(doctor, "free-threaded", layout->free_threaded ? "yes" : "no");
	if (layout->trace_refs)
		doctor_line(doctor, "objects", "traced (Py_TRACE_REFS)");
}

void doctor_runtime(struct doctor *doctor)
{
	struct pyprof_error err;
	char version[32];
	enum pyprof_status status;

	doctor_heading(doctor, "Interpreter");
	status = py_runtime_find(&doctor->rt, doctor->target, &err);
	write_where(doctor);
	if (doctor->rt.version)
		doctor_line(doctor, "version", "%s",
			    py_version_text(doctor->rt.version, version, sizeof(version)));
	if (status) {
		doctor_fail(doctor, &err);
		return;
	}
	doctor->found = true;
	write_layout(doctor);
}

/* ---- modules --------------------------------------------------------------------- */

/* "libpython3.11.so.1.0", "python3.11"; not "_bz2.cpython-311-x86_64-linux-gnu.so". */
static bool names_python(const char *name)
{
	return strcasestr(name, "python") && !strcasestr(name, "cpython-");
}

/* Does its name say python, is it the program itself, or did we find the runtime in it? */
static bool is_interesting(const struct doctor *doctor, size_t index)
{
	const struct target *target = doctor->target;
	const struct module *module = &target->maps.modules[index];

	return names_python(module_name(module)) ||
	       (target->exe[0] && !strcmp(module->path, target->exe)) ||
	       (doctor->rt.found_by && doctor->rt.module == index);
}

static void write_module(struct doctor *doctor, const struct module *module)
{
	struct elf_image image;
	struct pyprof_error err;
	char build_id[2 * ELF_BUILD_ID_MAX + 1] = "none";

	doctor_line(doctor, "module", "%s%s", module->path,
		    module->deleted ? " (deleted or replaced on disk)" : "");
	if (elf_image_init(&image, doctor->target->memory, module->base, &err)) {
		doctor_line(doctor, "", "0x%" PRIx64 ", no ELF object: %s", module->base,
			    err.message);
		return;
	}
	for (size_t i = 0; i < image.build_id_len; i++)
		snprintf(build_id + 2 * i, 3, "%02x", image.build_id[i]);
	doctor_line(doctor, "", "0x%" PRIx64 "-0x%" PRIx64 ", load bias 0x%" PRIx64
		    ", build id %s", module->base, module->end, image.load_bias, build_id);
}

void doctor_modules(struct doctor *doctor)
{
	const struct maps *maps = &doctor->target->maps;
	size_t shown = 0, hidden = 0;

	doctor_heading(doctor, "Modules");
	for (size_t i = 0; i < maps->n_modules; i++) {
		if (!is_interesting(doctor, i) || shown == MAX_MODULES_SHOWN) {
			hidden++;
			continue;
		}
		write_module(doctor, &maps->modules[i]);
		shown++;
	}
	doctor_line(doctor, "others", "%zu", hidden);
}

/* ---- threads --------------------------------------------------------------------- */

static void write_thread(const struct pyprof_thread_stack *stack, void *arg)
{
	struct doctor *doctor = arg;
	char label[32];

	snprintf(label, sizeof(label), "%" PRIu64, stack->tid);
	doctor_line(doctor, label, "%s, %s%s, %zu frame%s%s%s",
		    stack->name[0] ? stack->name : "(no name)",
		    stack->on_cpu ? "on CPU" : "not on CPU",
		    stack->holds_gil ? ", holds the GIL" : "", stack->n_frames,
		    stack->n_frames == 1 ? "" : "s", stack->truncated ? ", truncated: " : "",
		    stack->truncated ? pyprof_cause_name(stack->cause) : "");
	if (stack->n_frames > 0) {
		const struct pyprof_frame *top = &stack->frames[stack->n_frames - 1];

		doctor_line(doctor, "", "in %s (%s:%d)", top->name, top->file, top->line);
	}
}

void doctor_threads(struct doctor *doctor)
{
	struct pyprof_record_opts opts = PYPROF_RECORD_OPTS_INIT;
	struct pyprof_recorder *recorder = NULL;
	struct pyprof_error err;
	enum pyprof_status status;

	if (!doctor->found)
		return;
	doctor_heading(doctor, "Threads");
	status = pyprof_recorder_attach(&recorder, doctor->pid, &opts, &err);
	if (!status)
		status = pyprof_recorder_look(recorder, write_thread, doctor, &err);
	if (status)
		doctor_fail(doctor, &err);
	pyprof_recorder_destroy(recorder);
}
