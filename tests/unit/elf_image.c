/* SPDX-License-Identifier: MIT */
/*
 * Objects in memory: those of this very process, checked against what its own loader says,
 * and ones made by hand, true and hostile.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <link.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include <cmocka.h>

#include "elf/elf_file.h"
#include "elf/elf_image.h"
#include "memory/image.h"
#include "unit/elf_recipe.h"

static struct memory *own;

static int set_up(void **state)
{
	(void)state;
	own = memory_live_create(getpid());
	return own ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	memory_destroy(own);
	return 0;
}

/* ---- our own objects ------------------------------------------------------- */

/* Where the loader put the page that holds the ELF header. */
static uint64_t base_of(const struct dl_phdr_info *info)
{
	for (int i = 0; i < info->dlpi_phnum; i++) {
		if (info->dlpi_phdr[i].p_type == PT_LOAD && !info->dlpi_phdr[i].p_offset)
			return info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
	}
	return 0;
}

static void check_segments(const struct elf_image *image, const struct dl_phdr_info *info)
{
	size_t n = 0;

	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *h = &info->dlpi_phdr[i];

		if (h->p_type != PT_LOAD)
			continue;
		assert_true(n < image->n_segments);
		assert_true(image->segments[n].addr == info->dlpi_addr + h->p_vaddr);
		assert_int_equal(image->segments[n].mem_size, h->p_memsz);
		assert_int_equal(image->segments[n].file_size, h->p_filesz);
		assert_int_equal(image->segments[n].writable, (h->p_flags & PF_W) != 0);
		assert_int_equal(image->segments[n].executable, (h->p_flags & PF_X) != 0);
		n++;
	}
	assert_int_equal(n, image->n_segments);
}

static int check_object(struct dl_phdr_info *info, size_t size, void *arg)
{
	struct elf_image image;
	struct pyprof_error err;
	size_t *n = arg;

	(void)size;
	assert_int_equal(elf_image_init(&image, own, base_of(info), &err), PYPROF_OK);
	assert_true(image.load_bias == info->dlpi_addr);
	assert_true(image.dynsym && image.dynstr);
	check_segments(&image, info);
	++*n;
	return 0;
}

static void every_object_of_ours(void **state)
{
	size_t n = 0;

	(void)state;
	dl_iterate_phdr(check_object, &n);
	assert_true(n >= 4); /* the program, the vdso, libc, the loader */
}

static uint64_t base_of_library(const char *soname)
{
	struct link_map *map = NULL;
	void *handle = dlopen(soname, RTLD_LAZY | RTLD_NOLOAD);

	assert_non_null(handle);
	assert_int_equal(dlinfo(handle, RTLD_DI_LINKMAP, &map), 0);
	dlclose(handle);
	return map->l_addr; /* libraries are linked at 0 */
}

/* Calls `fn` with each dynamic symbol of a file that dlsym() may give, and its name. */
static void each_visible_symbol(const char *path,
				void (*fn)(const GElf_Sym *, const char *, void *), void *arg)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	Elf_Data *symbols = NULL, *versions = NULL;
	Elf_Scn *section = NULL;
	GElf_Word names = 0;
	GElf_Sym symbol;
	Elf *elf;

	assert_true(fd >= 0);
	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	while ((section = elf_nextscn(elf, section)) != NULL) {
		GElf_Shdr header;

		gelf_getshdr(section, &header);
		if (header.sh_type == SHT_DYNSYM) {
			symbols = elf_getdata(section, NULL);
			names = header.sh_link;
		} else if (header.sh_type == SHT_GNU_versym) {
			versions = elf_getdata(section, NULL);
		}
	}
	for (int i = 1; gelf_getsym(symbols, i, &symbol); i++) {
		GElf_Versym version = 0;

		if (versions)
			gelf_getversym(versions, i, &version);
		if (symbol.st_shndx != SHN_UNDEF && !(version & 0x8000))
			fn(&symbol, elf_strptr(elf, names, symbol.st_name), arg);
	}
	elf_end(elf);
	close(fd);
}

struct comparison {
	struct elf_image image;
	void *handle;
	size_t equal, indirect, in_threads;
};

/* What dlsym() says of a name, we must say; and the table's own size. */
static void compare_with_dlsym(const GElf_Sym *symbol, const char *name, void *arg)
{
	struct comparison *c = arg;
	struct elf_symbol got;

	switch (GELF_ST_TYPE(symbol->st_info)) {
	case STT_NOTYPE:
	case STT_OBJECT:
	case STT_FUNC:
		assert_true(elf_image_symbol(&c->image, name, &got));
		assert_int_equal(got.size, symbol->st_size);
		assert_ptr_equal((void *)(uintptr_t)got.addr, dlsym(c->handle, name));
		c->equal++;
		break;
	case STT_GNU_IFUNC:
		assert_true(elf_image_symbol(&c->image, name, &got));
		assert_true(got.addr == c->image.load_bias + symbol->st_value);
		c->indirect++;
		break;
	case STT_TLS:
		assert_false(elf_image_symbol(&c->image, name, &got));
		c->in_threads++;
		break;
	default:
		fail_msg("symbol %s is of an unknown type", name);
	}
}

static void every_symbol_of_libc(void **state)
{
	uint64_t base = base_of_library("libc.so.6");
	struct comparison c = { .handle = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD) };
	struct pyprof_error err;
	struct link_map *map;

	(void)state;
	assert_int_equal(elf_image_init(&c.image, own, base, &err), PYPROF_OK);
	dlinfo(c.handle, RTLD_DI_LINKMAP, &map);
	each_visible_symbol(map->l_name, compare_with_dlsym, &c);
	assert_true(c.equal > 1500);
	assert_true(c.indirect > 20);
	assert_true(c.in_threads > 0);
	dlclose(c.handle);
}

static void names_that_are_not_there(void **state)
{
	struct elf_image image;
	struct elf_symbol got = { 1, 2 };
	char name[4000];

	(void)state;
	assert_int_equal(elf_image_init(&image, own, base_of_library("libc.so.6"), NULL),
			 PYPROF_OK);
	for (int i = 0; i < 2000; i++) {
		snprintf(name, sizeof(name), "no_such_symbol_%d", i);
		assert_false(elf_image_symbol(&image, name, &got));
	}
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_false(elf_image_symbol(&image, name, &got));
	assert_false(elf_image_symbol(&image, "", &got));
	assert_false(elf_image_symbol(&image, "mallo", &got));
	assert_false(elf_image_symbol(&image, "mallocx", &got));
	assert_int_equal(got.addr, 1);
	assert_int_equal(got.size, 2);
	assert_true(elf_image_symbol(&image, "malloc", &got));
}

static void says_its_soname(void **state)
{
	struct elf_image image;
	struct str name = STR_INIT;

	(void)state;
	assert_int_equal(elf_image_init(&image, own, base_of_library("libz.so.1"), NULL),
			 PYPROF_OK);
	assert_true(elf_image_soname(&image, &name));
	assert_string_equal(str_cstr(&name), "libz.so.1");
	str_deinit(&name);
}

/* The kernel's own object: no file, and nobody relocates its dynamic section. */
static void the_vdso(void **state)
{
	uint64_t base = getauxval(AT_SYSINFO_EHDR);
	struct elf_image image;
	struct elf_symbol got;
	struct str name = STR_INIT;

	(void)state;
	if (!base) {
		print_message("[  NOTE    ] this kernel maps no vdso\n");
		skip();
	}
	assert_int_equal(elf_image_init(&image, own, base, NULL), PYPROF_OK);
#ifdef __x86_64__
	assert_true(elf_image_symbol(&image, "__vdso_clock_gettime", &got));
	assert_true(got.addr > base && got.addr < image.end);
	assert_true(elf_image_soname(&image, &name));
	assert_string_equal(str_cstr(&name), "linux-vdso.so.1");
#endif
	assert_false(elf_image_symbol(&image, "malloc", &got));
	assert_true(image.build_id_len > 0);
	str_deinit(&name);
}

/* ---- a real object that nobody relocated ----------------------------------- */

/* Copies the PT_LOADs of a file into an image, as if mapped at `base`. */
static struct memory_image *map_file(const char *path, uint64_t base)
{
	struct str file = STR_INIT, s = STR_INIT;
	struct memory_image *image;
	const Elf64_Ehdr *header;
	const Elf64_Phdr *h;
	uint32_t n = 0;

	assert_true(str_read_file(&file, path, 64 << 20));
	header = (const void *)file.data;
	h = (const void *)(file.data + header->e_phoff);
	for (int i = 0; i < header->e_phnum; i++)
		n += h[i].p_type == PT_LOAD;
	str_add_cstr(&s, "PYPROF-IMAGE 1\n");
	recipe_u32(&s, 0);
	recipe_u32(&s, n);
	for (int i = 0; i < header->e_phnum; i++) {
		uint64_t addr = base + h[i].p_vaddr;

		if (h[i].p_type != PT_LOAD)
			continue;
		str_add(&s, &addr, 8);
		recipe_u32(&s, (uint32_t)h[i].p_filesz);
		str_add(&s, file.data + h[i].p_offset, h[i].p_filesz);
	}
	assert_int_equal(memory_image_parse(&image, s.data, s.len, NULL), PYPROF_OK);
	str_deinit(&s);
	str_deinit(&file);
	return image;
}

static void compare_with_table(const GElf_Sym *symbol, const char *name, void *arg)
{
	struct comparison *c = arg;
	struct elf_symbol got;

	if (GELF_ST_TYPE(symbol->st_info) == STT_TLS || symbol->st_shndx == SHN_ABS)
		return;
	assert_true(elf_image_symbol(&c->image, name, &got));
	assert_true(got.addr == symbol->st_value + c->image.load_bias);
	assert_int_equal(got.size, symbol->st_size);
	c->equal++;
}

static void a_file_as_it_is(void **state)
{
	const uint64_t base = 0x7e1234560000;
	struct comparison c = { 0 };
	struct memory_image *memory;
	struct link_map *map;
	void *handle = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);

	(void)state;
	dlinfo(handle, RTLD_DI_LINKMAP, &map);
	memory = map_file(map->l_name, base);
	assert_int_equal(elf_image_init(&c.image, memory_image_memory(memory), base, NULL),
			 PYPROF_OK);
	assert_true(c.image.load_bias == base);
	each_visible_symbol(map->l_name, compare_with_table, &c);
	assert_true(c.equal > 1500);
	memory_image_destroy(memory);
	dlclose(handle);
}

/* ---- objects made by hand -------------------------------------------------- */

/* `bytes` as memory at `base`. */
static struct memory_image *at_base(const struct str *bytes, uint64_t base)
{
	struct str s = STR_INIT;
	struct memory_image *image;

	str_add_cstr(&s, "PYPROF-IMAGE 1\n");
	recipe_u32(&s, 0);
	recipe_u32(&s, 1);
	str_add(&s, &base, 8);
	recipe_u32(&s, (uint32_t)bytes->len);
	str_add(&s, bytes->data, bytes->len);
	assert_int_equal(memory_image_parse(&image, s.data, s.len, NULL), PYPROF_OK);
	str_deinit(&s);
	return image;
}

static void check_made(const struct elf_recipe *recipe, uint64_t base)
{
	struct str bytes = STR_INIT, soname = STR_INIT;
	struct elf_places places;
	struct memory_image *memory;
	struct elf_image image;
	struct elf_symbol got;

	elf_make(&bytes, recipe, &places);
	memory = at_base(&bytes, base);
	assert_int_equal(elf_image_init(&image, memory_image_memory(memory), base, NULL),
			 PYPROF_OK);
	assert_true(image.load_bias == base - recipe->linked_at);
	assert_int_equal(image.type, recipe->type);
	assert_int_equal(image.n_segments, 1);
	assert_true(image.start == base);
	for (uint32_t i = 0; i < recipe->n_symbols; i++) {
		assert_true(elf_image_symbol(&image, recipe_name(i), &got));
		assert_true(got.addr == base + RECIPE_DATA + 16ull * i);
		assert_int_equal(got.size, i + 1);
	}
	for (uint32_t i = recipe->n_symbols; i < recipe->n_symbols + 300; i++)
		assert_false(elf_image_symbol(&image, recipe_name(i), &got));
	assert_true(elf_image_soname(&image, &soname));
	assert_string_equal(str_cstr(&soname), RECIPE_SONAME);
	assert_int_equal(image.build_id_len,
			 recipe->build_id <= ELF_BUILD_ID_MAX ? recipe->build_id : 0);
	for (size_t i = 0; i < image.build_id_len; i++)
		assert_int_equal(image.build_id[i], 0xa0 + i);
	memory_image_destroy(memory);
	str_deinit(&bytes);
	str_deinit(&soname);
}

static void made_ones(void **state)
{
	static const struct {
		uint32_t symbols, buckets;
	} sizes[] = { { 1, 1 }, { 5, 1 }, { 200, 1 }, { 200, 67 }, { 10, 500 } };
	const uint64_t base = 0x7f0000001000;

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		for (unsigned hash = 1; hash < 4; hash++) {
			struct elf_recipe r = {
				.type = ET_DYN,
				.n_symbols = sizes[i].symbols,
				.n_buckets = sizes[i].buckets,
				.gnu = hash & 1,
				.sysv = hash & 2,
				.build_id = 20,
			};

			check_made(&r, base);
			r.relocated = base;
			check_made(&r, base);
			/* Prelinked, but moved all the same. */
			r.linked_at = 0x3000000;
			r.relocated = 0;
			check_made(&r, base);
			r.relocated = base - r.linked_at;
			check_made(&r, base);
			/* A program of fixed address. */
			r.type = ET_EXEC;
			r.linked_at = 0x400000;
			r.relocated = 0;
			check_made(&r, 0x400000);
		}
	}
}

static void build_ids(void **state)
{
	static const uint32_t lens[] = { 0, 1, 8, 16, 20, 32, 33, 64 };

	(void)state;
	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		struct elf_recipe r = { .type = ET_DYN, .n_symbols = 2, .n_buckets = 1,
					.gnu = true, .build_id = lens[i] };

		check_made(&r, 0x10000);
	}
}

/* Notes aligned to 8 before the one that we look for, as in .note.gnu.property. */
static void notes_of_either_alignment(void **state)
{
	struct str s = STR_INIT;
	uint8_t out[ELF_BUILD_ID_MAX];

	(void)state;
	for (uint64_t align = 4; align <= 8; align += 4) {
		str_clear(&s);
		recipe_u32(&s, 4);
		recipe_u32(&s, 12);
		recipe_u32(&s, 5);
		str_add(&s, "GNU\0" "property data", 4 + 12);
		while (s.len % align)
			str_add_char(&s, 0);
		recipe_u32(&s, 4);
		recipe_u32(&s, 3);
		recipe_u32(&s, NT_GNU_BUILD_ID);
		str_add(&s, "GNU\0" "\1\2\3", 7); /* padding left out at the end */
		assert_int_equal(elf_notes_build_id(s.data, s.len, align, out), 3);
		assert_memory_equal(out, "\1\2\3", 3);
		for (size_t len = 0; len < s.len; len++)
			assert_int_equal(elf_notes_build_id(s.data, len, align, out), 0);
	}
	memcpy(s.data, "\xff\xff\xff\xff", 4);
	assert_int_equal(elf_notes_build_id(s.data, s.len, 8, out), 0);
	str_deinit(&s);
}

/* A made object of two symbols whose bytes the test may spoil, at 0x10000. */
struct spoiled {
	struct str bytes;
	struct elf_places at;
	struct memory_image *memory;
	struct elf_image image;
};

static const struct elf_recipe plain = { .type = ET_DYN, .n_symbols = 2, .n_buckets = 1,
					 .gnu = true, .build_id = 20 };

static Elf64_Sym *symbol_of(struct spoiled *s, uint32_t index)
{
	return (Elf64_Sym *)(s->bytes.data + s->at.symbols) + index;
}

static enum pyprof_status init_spoiled(struct spoiled *s)
{
	struct pyprof_error err = { .message = "" };
	enum pyprof_status status;

	memory_image_destroy(s->memory);
	s->memory = at_base(&s->bytes, 0x10000);
	status = elf_image_init(&s->image, memory_image_memory(s->memory), 0x10000, &err);
	assert_int_equal(err.status, status);
	assert_int_equal(strlen(err.message) > 10, status != PYPROF_OK);
	return status;
}

static void begin_spoiled(struct spoiled *s, const struct elf_recipe *recipe)
{
	memset(s, 0, sizeof(*s));
	elf_make(&s->bytes, recipe, &s->at);
}

static void end_spoiled(struct spoiled *s)
{
	memory_image_destroy(s->memory);
	str_deinit(&s->bytes);
}

static void kinds_of_symbols(void **state)
{
	static const struct {
		unsigned type;
		bool found;
	} types[] = { { STT_NOTYPE, true }, { STT_OBJECT, true }, { STT_FUNC, true },
		      { STT_GNU_IFUNC, true }, { STT_TLS, false }, { STT_SECTION, false },
		      { STT_FILE, false } };
	struct elf_symbol got;
	struct spoiled s;

	(void)state;
	begin_spoiled(&s, &plain);
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		symbol_of(&s, 1)->st_info = ELF64_ST_INFO(STB_GLOBAL, types[i].type);
		assert_int_equal(init_spoiled(&s), PYPROF_OK);
		assert_int_equal(elf_image_symbol(&s.image, recipe_name(0), &got),
				 types[i].found);
		assert_true(elf_image_symbol(&s.image, recipe_name(1), &got));
	}
	symbol_of(&s, 1)->st_info = ELF64_ST_INFO(STB_GLOBAL, STT_OBJECT);
	symbol_of(&s, 1)->st_shndx = SHN_UNDEF;
	assert_int_equal(init_spoiled(&s), PYPROF_OK);
	assert_false(elf_image_symbol(&s.image, recipe_name(0), &got));
	symbol_of(&s, 1)->st_shndx = SHN_ABS;
	symbol_of(&s, 1)->st_value = 77;
	assert_int_equal(init_spoiled(&s), PYPROF_OK);
	assert_true(elf_image_symbol(&s.image, recipe_name(0), &got));
	assert_int_equal(got.addr, 77);
	symbol_of(&s, 1)->st_shndx = 3;
	symbol_of(&s, 1)->st_value = 0x7fffffff; /* outside of the object */
	assert_int_equal(init_spoiled(&s), PYPROF_OK);
	assert_false(elf_image_symbol(&s.image, recipe_name(0), &got));
	end_spoiled(&s);
}

/* Two versions of one name: the default one counts, wherever it stands. */
static void versions_of_a_symbol(void **state)
{
	uint16_t *versions;
	struct elf_symbol got;
	struct spoiled s;
	uint32_t *chain;

	(void)state;
	begin_spoiled(&s, &plain);
	symbol_of(&s, 2)->st_name = symbol_of(&s, 1)->st_name;
	chain = (uint32_t *)(s.bytes.data + s.at.gnu + 16 + 32 + 4);
	chain[1] = chain[0] | 1;
	chain[0] &= ~1u;
	versions = (uint16_t *)(s.bytes.data + s.at.versions);
	for (unsigned hidden = 0; hidden < 4; hidden++) {
		versions[1] = hidden & 1 ? 0x8002 : 2;
		versions[2] = hidden & 2 ? 0x8003 : 3;
		assert_int_equal(init_spoiled(&s), PYPROF_OK);
		assert_int_equal(elf_image_symbol(&s.image, recipe_name(0), &got),
				 hidden != 3);
		if (hidden != 3)
			assert_int_equal(got.size, hidden == 1 ? 2 : 1);
	}
	end_spoiled(&s);
}

static void headers_that_are_none(void **state)
{
	struct spoiled s;
	Elf64_Ehdr *header, good;
	Elf64_Phdr *load, good_load;

	(void)state;
	begin_spoiled(&s, &plain);
	header = (Elf64_Ehdr *)s.bytes.data;
	good = *header;
#define SPOIL(field, value, want)                                                        \
	do {                                                                             \
		header->field = value;                                                   \
		assert_int_equal(init_spoiled(&s), want);                                \
		*header = good;                                                          \
	} while (0)
	SPOIL(e_ident[0], 0, PYPROF_ERR_CORRUPT);
	SPOIL(e_ident[EI_CLASS], ELFCLASS32, PYPROF_ERR_UNSUPPORTED);
	SPOIL(e_ident[EI_DATA], ELFDATA2MSB, PYPROF_ERR_UNSUPPORTED);
	SPOIL(e_type, ET_CORE, PYPROF_ERR_CORRUPT);
	SPOIL(e_type, ET_REL, PYPROF_ERR_CORRUPT);
	SPOIL(e_type, ET_EXEC, PYPROF_ERR_CORRUPT); /* linked at 0, lies elsewhere */
	SPOIL(e_phnum, 0, PYPROF_ERR_CORRUPT);
	SPOIL(e_phnum, 0xffff, PYPROF_ERR_CORRUPT);
	SPOIL(e_phentsize, 32, PYPROF_ERR_CORRUPT);
	SPOIL(e_phoff, UINT64_MAX - 20, PYPROF_ERR_CORRUPT);
	SPOIL(e_phoff, s.bytes.len - 20, PYPROF_ERR_FAULT);
#undef SPOIL
	load = (Elf64_Phdr *)(s.bytes.data + s.at.headers);
	good_load = *load;
#define SPOIL(field, value)                                                              \
	do {                                                                             \
		load->field = value;                                                     \
		assert_int_equal(init_spoiled(&s), PYPROF_ERR_CORRUPT);                  \
		*load = good_load;                                                       \
	} while (0)
	SPOIL(p_type, PT_NULL);
	SPOIL(p_offset, 0x1000);
	SPOIL(p_vaddr, 0x123);
	SPOIL(p_memsz, 0);
	SPOIL(p_memsz, UINT64_MAX);
	SPOIL(p_filesz, UINT64_MAX);
#undef SPOIL
	assert_int_equal(init_spoiled(&s), PYPROF_OK);
	for (size_t i = 0; i < 64; i++) { /* fields behind the header must not be read */
		s.bytes.len = i;
		if (i)
			assert_int_equal(init_spoiled(&s), PYPROF_ERR_FAULT);
	}
	end_spoiled(&s);
}

/* The searches end, and find nothing false, when chains run in circles or far away. */
static void chains_without_an_end(void **state)
{
	static const struct elf_recipe sysv = { .type = ET_DYN, .n_symbols = 3, .n_buckets = 1,
						.sysv = true };
	struct elf_symbol got;
	struct spoiled s;
	uint32_t *table;

	(void)state;
	begin_spoiled(&s, &sysv);
	table = (uint32_t *)(s.bytes.data + s.at.sysv); /* 1, 4, bucket, chain[4] */
	table[3 + 1] = 3;
	assert_int_equal(init_spoiled(&s), PYPROF_OK);
	assert_false(elf_image_symbol(&s.image, "symbol_9", &got));
	table[1] = UINT32_MAX;
	assert_int_equal(init_spoiled(&s), PYPROF_OK);
	assert_false(elf_image_symbol(&s.image, "symbol_9", &got));
	table[2] = 0x7fffffff;
	assert_int_equal(init_spoiled(&s), PYPROF_OK);
	assert_false(elf_image_symbol(&s.image, "symbol_0", &got));
	table[0] = 0;
	assert_int_equal(init_spoiled(&s), PYPROF_OK);
	assert_false(elf_image_symbol(&s.image, "symbol_0", &got));
	end_spoiled(&s);

	begin_spoiled(&s, &plain);
	table = (uint32_t *)(s.bytes.data + s.at.gnu);
	memset(&table[4], 0xff, 32); /* a bloom filter that says yes to all */
	table[4 + 8 + 1] &= ~1u;
	table[4 + 8 + 2] &= ~1u; /* the chain does not end */
	assert_int_equal(init_spoiled(&s), PYPROF_OK);
	assert_true(elf_image_symbol(&s.image, "symbol_0", &got));
	assert_false(elf_image_symbol(&s.image, "symbol_9", &got));
	table[4 + 8] = UINT32_MAX;
	assert_int_equal(init_spoiled(&s), PYPROF_OK);
	assert_false(elf_image_symbol(&s.image, "symbol_0", &got));
	table[4 + 8] = 1;
	table[2] = 3; /* bloom words: no power of two */
	assert_int_equal(init_spoiled(&s), PYPROF_OK);
	assert_false(elf_image_symbol(&s.image, "symbol_0", &got));
	end_spoiled(&s);
}

/* Every byte of an object changed in several ways: no crash, no hang, nothing read outside. */
static void changed_bytes(void **state)
{
	static const uint8_t values[] = { 0x00, 0x01, 0x07, 0x10, 0x7f, 0x80, 0xff };
	struct elf_recipe recipe = plain;

	(void)state;
	for (int sysv = 0; sysv < 2; sysv++) {
		size_t good = 0, bad = 0;
		struct spoiled s;

		recipe.gnu = !sysv;
		recipe.sysv = sysv;
		begin_spoiled(&s, &recipe);
		for (size_t i = 0; i < s.at.sections; i++) {
			for (size_t v = 0; v < sizeof(values); v++) {
				char old = s.bytes.data[i];
				struct str name = STR_INIT;
				struct elf_symbol got;

				s.bytes.data[i] = (char)values[v];
				if (init_spoiled(&s) == PYPROF_OK) {
					elf_image_symbol(&s.image, "symbol_0", &got);
					elf_image_symbol(&s.image, "symbol_7", &got);
					elf_image_soname(&s.image, &name);
					good++;
				} else {
					bad++;
				}
				str_deinit(&name);
				s.bytes.data[i] = old;
			}
		}
		assert_true(good > 1000 && bad > 100);
		end_spoiled(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_object_of_ours),
		cmocka_unit_test(every_symbol_of_libc),
		cmocka_unit_test(names_that_are_not_there),
		cmocka_unit_test(says_its_soname),
		cmocka_unit_test(the_vdso),
		cmocka_unit_test(a_file_as_it_is),
		cmocka_unit_test(made_ones),
		cmocka_unit_test(build_ids),
		cmocka_unit_test(notes_of_either_alignment),
		cmocka_unit_test(kinds_of_symbols),
		cmocka_unit_test(versions_of_a_symbol),
		cmocka_unit_test(headers_that_are_none),
		cmocka_unit_test(chains_without_an_end),
		cmocka_unit_test(changed_bytes),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
