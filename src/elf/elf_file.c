/* SPDX-License-Identifier: MIT */
#include "elf/elf_file.h"

#include <errno.h>
#include <gelf.h>
#include <libelf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"

/* What a hostile file may cost us. Large real programs stay far below. */
#define MAX_NOTES    (64u * 1024u) /* bytes of one PT_NOTE that are looked at */
#define MAX_HEADERS  256u	   /* program headers */
#define MAX_SECTIONS 65536u
#define MAX_SYMBOLS  (16u << 20)  /* of all tables that one search looks at */
#define MAX_TABLE    (512u << 20) /* bytes of a symbol or string table */

struct elf_file {
	int fd;
	Elf *elf;
};

static enum pyprof_status open_elf(struct elf_file *file, struct pyprof_error *err)
{
	struct stat st;
	const char *ident;
	size_t ident_len;

	if (fstat(file->fd, &st) != 0)
		return error_set_errno(err, PYPROF_ERR_IO, errno, "cannot read an ELF file");
	if (!S_ISREG(st.st_mode))
		return error_set(err, PYPROF_ERR_IO,
				 "cannot read an ELF file: it is no regular file");
	if (elf_version(EV_CURRENT) == EV_NONE)
		return error_set(err, PYPROF_ERR_IO, "libelf is too old: %s",
				 elf_errmsg(-1));
	file->elf = elf_begin(file->fd, ELF_C_READ, NULL);
	if (!file->elf)
		return error_set(err, PYPROF_ERR_CORRUPT, "cannot read an ELF file: %s",
				 elf_errmsg(-1));
	if (elf_kind(file->elf) != ELF_K_ELF)
		return error_set(err, PYPROF_ERR_CORRUPT, "the file is no ELF object");
	ident = elf_getident(file->elf, &ident_len);
	if (!ident || ident_len < EI_NIDENT || ident[EI_CLASS] != ELFCLASS64 ||
	    ident[EI_DATA] != ELFDATA2LSB)
		return error_set(err, PYPROF_ERR_UNSUPPORTED,
				 "the ELF file is not 64-bit little-endian");
	return PYPROF_OK;
}

enum pyprof_status elf_file_open(struct elf_file **out, int fd, struct pyprof_error *err)
{
	struct elf_file *file = calloc(1, sizeof(*file));
	enum pyprof_status status;

	*out = NULL;
	if (!file) {
		close(fd);
		return error_nomem(err);
	}
	file->fd = fd;
	status = open_elf(file, err);
	if (status) {
		elf_file_close(file);
		return status;
	}
	*out = file;
	return PYPROF_OK;
}

void elf_file_close(struct elf_file *file)
{
	if (!file)
		return;
	elf_end(file->elf);
	cleanup_fd(&file->fd);
	free(file);
}

static bool has_address(const GElf_Sym *symbol)
{
	int type = GELF_ST_TYPE(symbol->st_info);

	return symbol->st_shndx != SHN_UNDEF &&
	       (type == STT_NOTYPE || type == STT_OBJECT || type == STT_FUNC ||
		type == STT_COMMON || type == STT_GNU_IFUNC);
}

/*
 * The contents of a table, NULL where it cannot be had. Names are compared within it, not
 * by elf_strptr(), which looks for the end of the whole table each time.
 */
static Elf_Data *table_data(Elf_Scn *section)
{
	GElf_Shdr header;

	if (!section || !gelf_getshdr(section, &header) || header.sh_size > MAX_TABLE)
		return NULL;
	return elf_getdata(section, NULL);
}

static bool name_equal(const Elf_Data *strings, size_t at, const char *name, size_t len)
{
	return strings->d_buf && at < strings->d_size && strings->d_size - at > len &&
	       memcmp((const char *)strings->d_buf + at, name, len + 1) == 0;
}

/* *budget is how many symbols may still be looked at. */
static bool search_table(struct elf_file *file, Elf_Scn *section, size_t strings_index,
			 const char *name, size_t *budget, struct elf_symbol *out)
{
	const Elf_Data *strings = table_data(elf_getscn(file->elf, strings_index));
	Elf_Data *data = table_data(section);
	size_t n = data ? data->d_size / sizeof(Elf64_Sym) : 0;
	size_t name_len = strlen(name);
	bool found = false;

	if (!strings)
		return false;
	for (size_t i = 0; i < n && *budget; i++, --*budget) {
		GElf_Sym symbol;
		bool local;

		if (!gelf_getsym(data, (int)i, &symbol) || !has_address(&symbol) ||
		    !name_equal(strings, symbol.st_name, name, name_len))
			continue;
		local = GELF_ST_BIND(symbol.st_info) == STB_LOCAL;
		if (!found || !local)
			*out = (struct elf_symbol){ symbol.st_value, symbol.st_size };
		found = true;
		if (!local)
			break;
	}
	return found;
}

bool elf_file_symbol(struct elf_file *file, const char *name, struct elf_symbol *out)
{
	static const GElf_Word tables[] = { SHT_SYMTAB, SHT_DYNSYM };
	size_t budget = MAX_SYMBOLS;

	for (size_t t = 0; t < ARRAY_SIZE(tables); t++) {
		Elf_Scn *section = NULL;

		for (size_t i = 0; i < MAX_SECTIONS; i++) {
			GElf_Shdr header;

			section = elf_nextscn(file->elf, section);
			if (!section)
				break;
			if (gelf_getshdr(section, &header) && header.sh_type == tables[t] &&
			    search_table(file, section, header.sh_link, name, &budget, out))
				return true;
		}
	}
	return false;
}

bool elf_file_section(struct elf_file *file, const char *name, struct elf_symbol *out)
{
	size_t name_len = strlen(name), names_index;
	const Elf_Data *names;
	Elf_Scn *section = NULL;

	if (elf_getshdrstrndx(file->elf, &names_index) != 0)
		return false;
	names = table_data(elf_getscn(file->elf, names_index));
	if (!names)
		return false;
	for (size_t i = 0; i < MAX_SECTIONS; i++) {
		GElf_Shdr header;

		section = elf_nextscn(file->elf, section);
		if (!section)
			break;
		if (!gelf_getshdr(section, &header) || !(header.sh_flags & SHF_ALLOC) ||
		    !name_equal(names, header.sh_name, name, name_len))
			continue;
		*out = (struct elf_symbol){ header.sh_addr, header.sh_size };
		return true;
	}
	return false;
}

size_t elf_file_build_id(struct elf_file *file, uint8_t *out)
{
	size_t n;

	if (elf_getphdrnum(file->elf, &n) != 0)
		return 0;
	for (size_t i = 0; i < n && i < MAX_HEADERS; i++) {
		Elf_Data *data;
		GElf_Phdr header;
		size_t len;

		if (!gelf_getphdr(file->elf, (int)i, &header) || header.p_type != PT_NOTE ||
		    header.p_offset > INT64_MAX)
			continue;
		len = header.p_filesz < MAX_NOTES ? header.p_filesz : MAX_NOTES;
		data = elf_getdata_rawchunk(file->elf, (int64_t)header.p_offset, len,
					    ELF_T_BYTE);
		if (!data || !data->d_buf)
			continue;
		len = elf_notes_build_id(data->d_buf, data->d_size, header.p_align, out);
		if (len)
			return len;
	}
	return 0;
}
