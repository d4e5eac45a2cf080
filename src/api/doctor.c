/* SPDX-License-Identifier: MIT */
/* What can be found out about a process, step by step, for a bug report. */
#include "api/doctor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/cleanup.h"
#include "target/procfs.h"

#define LABEL_WIDTH 14
#define LINE_BYTES  4096 /* what is longer is cut */

void doctor_heading(struct doctor *doctor, const char *title)
{
	fprintf(doctor->out, "\n%s\n", title);
}

void doctor_line(struct doctor *doctor, const char *label, const char *format, ...)
{
	char text[LINE_BYTES];
	va_list args;

	va_start(args, format);
	str_one_line(text, sizeof(text), vsnprintf(text, sizeof(text), format, args));
	va_end(args);
	fprintf(doctor->out, "  %-*s %s\n", LABEL_WIDTH, label, text);
}

void doctor_fail(struct doctor *doctor, const struct pyprof_error *err)
{
	doctor_line(doctor, "FAILED", "%s (%s)", err->message, pyprof_status_name(err->status));
	if (err->hint[0])
		doctor_line(doctor, "", "%s", err->hint);
	if (!doctor->first.status)
		doctor->first = *err;
}

static void open_process(struct doctor *doctor)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d", (int)doctor->pid);
	doctor->proc_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (doctor->proc_fd >= 0)
		proc_read(&doctor->status_text, doctor->proc_fd, "status", PROC_STATUS_MAX);
}

static void write_head(struct doctor *doctor)
{
	struct utsname uts;

	fprintf(doctor->out, "pyprof %s looks at PID %d", pyprof_version(), (int)doctor->pid);
	if (uname(&uts) == 0)
		fprintf(doctor->out, " on %s %s %s", uts.sysname, uts.release, uts.machine);
	putc('\n', doctor->out);
}

/* What needs the target open. */
static void look_inside(struct doctor *doctor)
{
	struct pyprof_error err;

	if (target_open(&doctor->target, doctor->pid, &err)) {
		doctor->target = NULL;
		doctor_fail(doctor, &err);
		return;
	}
	doctor_line(doctor, "target", "opened");
	doctor_runtime(doctor);
	doctor_modules(doctor);
	doctor_threads(doctor);
}

enum pyprof_status pyprof_doctor(pid_t pid, FILE *out, struct pyprof_error *err)
{
	struct doctor doctor = { .out = out, .pid = pid, .proc_fd = -1 };

	write_head(&doctor);
	open_process(&doctor);
	if (doctor.proc_fd >= 0) {
		doctor_identity(&doctor);
		doctor_namespaces(&doctor);
		doctor_access(&doctor);
	}
	look_inside(&doctor);
	fprintf(out, "\n%s\n", doctor.first.status ? "There is a problem: see FAILED." :
						     "All is well: it can be recorded.");
	target_close(doctor.target);
	str_deinit(&doctor.status_text);
	if (doctor.proc_fd >= 0)
		close(doctor.proc_fd);
	if (err)
		*err = doctor.first;
	return doctor.first.status;
}
