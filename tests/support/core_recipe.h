/* SPDX-License-Identifier: MIT */
/*
 * Small core files made by hand, written from core(5), elf(5) and the kernel's headers (by way of
 * <sys/procfs.h>), not from our reader.
 */
#ifndef PYPROF_TESTS_CORE_RECIPE_H
#define PYPROF_TESTS_CORE_RECIPE_H

#include <elf.h>
#include <stdint.h>
#include <string.h>
#include <sys/procfs.h>
#include <sys/user.h>

#include "base/str.h"

#define MADE_MAX 8

struct made_thread {
	pid_t tid;
	int signal;
	int64_t number, result; /* orig_rax, rax */
	uint64_t first;		/* the call's first argument */
	uint64_t sp;
};

struct made_range {
	uint64_t start, end, offset; /* offset in pages */
	const char *path;
};

struct made_load {
	uint64_t addr, mem_size;
	uint32_t flags;
	const void *bytes; /* NULL: `len` bytes i % 251 */
	size_t len;	   /* bytes of it in the core */
};

struct made_core {
	uint16_t machine; /* 0: EM_X86_64 */
	pid_t pid;	  /* 0: without NT_PRPSINFO */
	const char *name, *args;
	struct made_thread threads[MADE_MAX];
	struct made_range ranges[MADE_MAX];
	struct made_load loads[MADE_MAX];
	size_t n_threads, n_ranges, n_loads;
	const uint64_t *auxv;
	size_t n_auxv;	 /* words */
	bool many;	 /* says PN_XNUM, and the number in a section header at its end */
};

/* Where things are, for tests that spoil them. */
struct made_places {
	size_t headers, notes, notes_end, first_status, psinfo, files, data, sections;
};

static inline void made_pad(struct str *s)
{
	while (s->len % 4)
		str_add_char(s, 0);
}

/* Gives the place of its contents. */
static inline size_t made_note(struct str *s, const char *name, uint32_t type, const void *bytes,
			       size_t len)
{
	Elf64_Nhdr header = { (uint32_t)strlen(name) + 1, (uint32_t)len, type };
	size_t at;

	str_add(s, &header, sizeof(header));
	str_add(s, name, header.n_namesz);
	made_pad(s);
	at = s->len;
	str_add(s, bytes, len);
	made_pad(s);
	return at;
}

static inline size_t made_status(struct str *s, const struct made_core *c,
				 const struct made_thread *t)
{
	if (c->machine == EM_AARCH64) {
		uint8_t bytes[392] = { 0 };
		int16_t signal = (int16_t)t->signal;

		memcpy(bytes + 12, &signal, 2);
		memcpy(bytes + 32, &t->tid, 4);
		memcpy(bytes + 112 + 8 * 31, &t->sp, 8);
		return made_note(s, "CORE", NT_PRSTATUS, bytes, sizeof(bytes));
	}
#ifdef __x86_64__
	struct elf_prstatus status = { .pr_cursig = (short)t->signal, .pr_pid = t->tid };
	struct user_regs_struct regs = {
		.orig_rax = (uint64_t)t->number,
		.rax = (uint64_t)t->result,
		.rdi = t->first,
		.rsi = 2,
		.rdx = 3,
		.r10 = 4,
		.r8 = 5,
		.r9 = 6,
		.rsp = t->sp,
		.rip = 0x1234,
	};

	_Static_assert(sizeof(status.pr_reg) == sizeof(regs), "registers");
	memcpy(status.pr_reg, &regs, sizeof(regs));
	return made_note(s, "CORE", NT_PRSTATUS, &status, sizeof(status));
#else
	return 0;
#endif
}

static inline void made_notes(struct str *s, const struct made_core *c, struct made_places *p)
{
	struct elf_prpsinfo info = { .pr_pid = c->pid };
	struct str files = STR_INIT;
	uint64_t word;

	for (size_t i = 0; i < c->n_threads; i++) {
		size_t at = made_status(s, c, &c->threads[i]);

		if (i == 0)
			p->first_status = at;
		made_note(s, "LINUX", NT_PRSTATUS, "not one", 7); /* another's note 1 */
		if (i == 0 && c->pid) {
			strncpy(info.pr_fname, c->name, sizeof(info.pr_fname) - 1);
			memcpy(info.pr_psargs, c->args,
			       strnlen(c->args, sizeof(info.pr_psargs)));
			p->psinfo = made_note(s, "CORE", NT_PRPSINFO, &info, sizeof(info));
		}
	}
	if (c->n_auxv)
		made_note(s, "CORE", NT_AUXV, c->auxv, 8 * c->n_auxv);
	word = c->n_ranges;
	str_add(&files, &word, 8);
	word = 4096;
	str_add(&files, &word, 8);
	for (size_t i = 0; i < c->n_ranges; i++)
		str_add(&files, &c->ranges[i], 24);
	for (size_t i = 0; i < c->n_ranges; i++)
		str_add(&files, c->ranges[i].path, strlen(c->ranges[i].path) + 1);
	if (c->n_ranges)
		p->files = made_note(s, "CORE", NT_FILE, files.data, files.len);
	str_deinit(&files);
}

/* Appends the core to the empty *s. */
static inline void core_make(struct str *s, const struct made_core *c, struct made_places *p)
{
	Elf64_Ehdr header = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
			     EV_CURRENT },
		.e_type = ET_CORE,
		.e_machine = c->machine ? c->machine : EM_X86_64,
		.e_version = EV_CURRENT,
		.e_phoff = sizeof(header),
		.e_ehsize = sizeof(header),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = (uint16_t)(c->n_loads + 1),
	};
	Elf64_Phdr headers[MADE_MAX + 1] = { { .p_type = PT_NOTE } };

	*p = (struct made_places){ .headers = sizeof(header) };
	str_add(s, &header, sizeof(header));
	str_add(s, headers, (c->n_loads + 1) * sizeof(headers[0]));
	p->notes = s->len;
	made_notes(s, c, p);
	p->notes_end = s->len;
	headers[0].p_offset = p->notes;
	headers[0].p_filesz = s->len - p->notes;
	p->data = s->len;
	for (size_t i = 0; i < c->n_loads; i++) {
		const struct made_load *load = &c->loads[i];

		headers[i + 1] = (Elf64_Phdr){
			.p_type = PT_LOAD,
			.p_flags = load->flags,
			.p_offset = s->len,
			.p_vaddr = load->addr,
			.p_filesz = load->len,
			.p_memsz = load->mem_size,
		};
		if (load->bytes)
			str_add(s, load->bytes, load->len);
		for (size_t k = 0; !load->bytes && k < load->len; k++)
			str_add_char(s, (char)(k % 251));
	}
	p->sections = s->len;
	if (c->many) {
		Elf64_Shdr section = { .sh_info = (uint32_t)c->n_loads + 1 };

		str_add(s, &section, sizeof(section));
		header.e_phnum = PN_XNUM;
		header.e_shoff = p->sections;
		header.e_shnum = 1;
		header.e_shentsize = sizeof(section);
	}
	memcpy(s->data, &header, sizeof(header));
	memcpy(s->data + p->headers, headers, (c->n_loads + 1) * sizeof(headers[0]));
}

#endif
