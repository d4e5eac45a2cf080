/* SPDX-License-Identifier: MIT */
#include "target/machine.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/cleanup.h"

#define CPUINFO_MAX 16384u /* a CPU takes some kilobytes, and the first one is enough */
#define MODEL_MAX 120u

/* The value of a line "key<tabs>: value"; its length is 0 where there is none. */
static const char *value_of(const char *cpuinfo, const char *key, size_t *len)
{
	const char *line = cpuinfo;

	for (; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		const char *p = line + strlen(key);

		if (strncmp(line, key, strlen(key)) != 0)
			continue;
		p += strspn(p, " \t");
		if (*p != ':')
			continue;
		p++;
		p += strspn(p, " \t");
		*len = strcspn(p, "\n");
		if (*len)
			return p;
	}
	*len = 0;
	return line;
}

/*
 * The architectures' names for it: x86, s390 and others; MIPS; POWER; RISC-V. ARM has numbers alone
 * (arch/arm64/kernel/cpuinfo.c), whose first CPU stands for all.
 */
void machine_model(struct str *model, const char *cpuinfo)
{
	static const char *const keys[] = { "model name", "cpu model", "cpu", "uarch" };
	const char *implementer, *part;
	size_t len, part_len;

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		const char *value = value_of(cpuinfo, keys[i], &len);

		if (len) {
			str_add(model, value, len < MODEL_MAX ? len : MODEL_MAX);
			return;
		}
	}
	implementer = value_of(cpuinfo, "CPU implementer", &len);
	part = value_of(cpuinfo, "CPU part", &part_len);
	if (len && part_len && len < MODEL_MAX && part_len < MODEL_MAX)
		str_printf(model, "implementer %.*s part %.*s", (int)len, implementer,
			   (int)part_len, part);
}

bool machine_read(struct machine *machine)
{
	_cleanup_(str_deinit) struct str cpuinfo = STR_INIT;
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	struct utsname names;

	*machine = (struct machine){ 0 };
	if (cpus < 1 || uname(&names))
		return false;
	machine->cpus = (unsigned long)cpus;
	snprintf(machine->arch, sizeof(machine->arch), "%s", names.machine);
	snprintf(machine->kernel, sizeof(machine->kernel), "%s %s", names.sysname, names.release);
	/* That there is more is no failure. */
	str_read_file(&cpuinfo, "/proc/cpuinfo", CPUINFO_MAX);
	if (cpuinfo.failed)
		return false;
	machine_model(&machine->model, str_cstr(&cpuinfo));
	return !machine->model.failed;
}

void machine_deinit(struct machine *machine)
{
	str_deinit(&machine->model);
}
