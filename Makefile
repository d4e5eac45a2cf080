# SPDX-License-Identifier: MIT
#
#   make                build/pyprof, build/libpyprof.so, build/libpyprof.a
#   make check          unit tests and replayed images (scripts/test runs everything)
#   make install        DESTDIR= PREFIX=/usr/local
#   make bench          beside py-spy, Austin and Tachyon (see docs/benchmarks.md)
#   make bench-render   drawing, beside inferno and flamegraph.pl
#   make bench-formats  converting, beside Go's pprof and others
#   make bench-diff     how often the verdict is wrong, and what it finds; an hour
#   make fuzz           the fuzz targets, into build/fuzz (needs clang)
#   make lint           clang-tidy, cppcheck, room directions, shellcheck
#
#   V=1                 show the commands        SAN=address,undefined  sanitizers
#   WERROR=1            warnings are errors      CC=clang               another compiler
#   BUILD=dir           another build folder     O=0                    optimisation level

BUILD   ?= build
# One name for one folder: what was built by another would not know its headers.
override BUILD := $(patsubst $(CURDIR)/%,%,$(abspath $(BUILD)))
PREFIX  ?= /usr/local
bindir  ?= $(PREFIX)/bin
libdir  ?= $(PREFIX)/lib
incdir  ?= $(PREFIX)/include
mandir  ?= $(PREFIX)/share/man
datadir ?= $(PREFIX)/share
O       ?= 2
CC      ?= cc
AR      ?= ar
PKG_CONFIG ?= pkg-config

ifneq ($(V),1)
Q = @
say = @printf '  %-7s %s\n' $(1) $(2);
endif

PACKAGES      = libelf zlib libzstd libutf8proc libpcre2-8 jansson
# Of the command alone: what is built on the library needs none of it.
CMD_PACKAGES  = ncursesw
TEST_PACKAGES = cmocka

ifeq ($(filter clean lint uninstall,$(MAKECMDGOALS)),)
ifneq ($(shell $(PKG_CONFIG) --exists $(PACKAGES) $(CMD_PACKAGES) && echo yes),yes)
$(error $(PACKAGES) $(CMD_PACKAGES) not all found by pkg-config: run scripts/setup)
endif
endif

WARNINGS = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	   -Wformat=2 -Wundef -Wvla -Wwrite-strings
ifeq ($(WERROR),1)
WARNINGS += -Werror
endif
ifneq ($(SAN),)
SANFLAGS = -fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer
endif

CFLAGS   ?= -g -O$(O)
CPPFLAGS += -D_GNU_SOURCE -Iinclude -Isrc -I$(BUILD)/gen
ALL_CFLAGS  = -std=gnu17 $(WARNINGS) $(SANFLAGS) -fvisibility=hidden -fPIC \
	      $(shell $(PKG_CONFIG) --cflags $(PACKAGES) $(CMD_PACKAGES)) $(CFLAGS)
LIBS        = $(shell $(PKG_CONFIG) --libs $(PACKAGES)) -lm
CMD_LIBS    = $(shell $(PKG_CONFIG) --libs $(CMD_PACKAGES))
ALL_LDFLAGS = $(SANFLAGS) $(LDFLAGS)

LIB_SRC  = $(filter-out src/cmd/% src/tui/%,$(wildcard src/*/*.c))
CMD_SRC  = $(wildcard src/cmd/*.c src/tui/*.c)
LIB_OBJ  = $(LIB_SRC:%.c=$(BUILD)/%.o) $(BUILD)/src/render/assets.o
CMD_OBJ  = $(CMD_SRC:%.c=$(BUILD)/%.o)

all: $(BUILD)/pyprof $(BUILD)/libpyprof.so $(BUILD)/libpyprof.pc \
     $(BUILD)/completion/stamp $(BUILD)/pyprof.1

$(BUILD)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# The names of the kernel's calls, as the C library's header has them for this machine.
$(BUILD)/gen/syscall_names.inc:
	@mkdir -p $(@D)
	$(Q)echo '#include <sys/syscall.h>' | $(CC) $(CPPFLAGS) -E -dM - | LC_ALL=C sort | \
		sed -n 's/^#define SYS_\([a-z0-9_]*\) __NR_.*/[SYS_\1] = "\1",/p' > $@.new
	$(Q)mv $@.new $@

$(BUILD)/src/target/thread_now.o: $(BUILD)/gen/syscall_names.inc

# The flame graph's scripts and style are files of their own, embedded as they are.
$(BUILD)/src/render/assets.o: src/render/assets.S $(wildcard src/render/*.js src/render/*.css)
	@mkdir -p $(@D)
	$(call say,AS,$<)
	$(Q)$(CC) -Isrc/render -c -o $@ $<

$(BUILD)/libpyprof.a: $(LIB_OBJ)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $(LIB_OBJ)

$(BUILD)/libpyprof.so: $(LIB_OBJ) src/api/libpyprof.map
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -shared -Wl,-soname,libpyprof.so.0 \
		-Wl,--version-script=src/api/libpyprof.map -o $@ $(LIB_OBJ) $(LIBS)

$(BUILD)/pyprof: $(CMD_OBJ) $(BUILD)/libpyprof.a
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(CMD_OBJ) $(BUILD)/libpyprof.a $(LIBS) $(CMD_LIBS)

VERSION = $(shell sed -n 's/^.define PYPROF_VERSION "\(.*\)"/\1/p' include/libpyprof.h)

# Made anew each time: PREFIX may be given to `make install` alone.
$(BUILD)/libpyprof.pc: src/api/libpyprof.pc.in FORCE
	@mkdir -p $(@D)
	$(Q)sed -e 's|@libdir@|$(libdir)|; s|@includedir@|$(incdir)|' \
		-e 's|@version@|$(VERSION)|; s|@requires@|$(PACKAGES)|' $< > $@

# Completion and the option sections of the man page come from the option rows.
$(BUILD)/completion/stamp: $(BUILD)/pyprof
	@mkdir -p $(@D)
	$(Q)$(BUILD)/pyprof completion bash > $(@D)/pyprof.bash
	$(Q)$(BUILD)/pyprof completion zsh > $(@D)/_pyprof
	$(Q)$(BUILD)/pyprof completion fish > $(@D)/pyprof.fish
	@touch $@

$(BUILD)/pyprof.1: man/pyprof.1
	@mkdir -p $(@D)
	$(Q)sed 's/@version@/$(VERSION)/' $< > $@

include tests/tests.mk

install: all
	install -d $(DESTDIR)$(bindir) $(DESTDIR)$(libdir)/pkgconfig $(DESTDIR)$(incdir) \
		$(DESTDIR)$(mandir)/man1 \
		$(DESTDIR)$(datadir)/bash-completion/completions \
		$(DESTDIR)$(datadir)/zsh/site-functions \
		$(DESTDIR)$(datadir)/fish/vendor_completions.d
	install -m 755 $(BUILD)/pyprof $(DESTDIR)$(bindir)/pyprof
	install -m 755 $(BUILD)/libpyprof.so $(DESTDIR)$(libdir)/libpyprof.so.$(VERSION)
	ln -sf libpyprof.so.$(VERSION) $(DESTDIR)$(libdir)/libpyprof.so.0
	ln -sf libpyprof.so.0 $(DESTDIR)$(libdir)/libpyprof.so
	install -m 644 $(BUILD)/libpyprof.a $(DESTDIR)$(libdir)/libpyprof.a
	install -m 644 $(BUILD)/libpyprof.pc $(DESTDIR)$(libdir)/pkgconfig/libpyprof.pc
	install -m 644 include/libpyprof.h $(DESTDIR)$(incdir)/libpyprof.h
	install -m 644 $(BUILD)/pyprof.1 $(DESTDIR)$(mandir)/man1/pyprof.1
	install -m 644 $(BUILD)/completion/pyprof.bash \
		$(DESTDIR)$(datadir)/bash-completion/completions/pyprof
	install -m 644 $(BUILD)/completion/_pyprof $(DESTDIR)$(datadir)/zsh/site-functions/_pyprof
	install -m 644 $(BUILD)/completion/pyprof.fish \
		$(DESTDIR)$(datadir)/fish/vendor_completions.d/pyprof.fish

uninstall:
	rm -f $(DESTDIR)$(bindir)/pyprof $(DESTDIR)$(libdir)/libpyprof.so* \
		$(DESTDIR)$(libdir)/libpyprof.a $(DESTDIR)$(libdir)/pkgconfig/libpyprof.pc \
		$(DESTDIR)$(incdir)/libpyprof.h $(DESTDIR)$(mandir)/man1/pyprof.1 \
		$(DESTDIR)$(datadir)/bash-completion/completions/pyprof \
		$(DESTDIR)$(datadir)/zsh/site-functions/_pyprof \
		$(DESTDIR)$(datadir)/fish/vendor_completions.d/pyprof.fish

lint:
	$(Q)scripts/lint

bench: all
	$(Q)scripts/bench

bench-render: all
	$(Q)scripts/bench-render

bench-formats: all
	$(Q)scripts/bench-formats

bench-diff: all
	$(Q)BUILD=$(BUILD) scripts/bench-diff

clean:
	rm -rf $(BUILD)

.DELETE_ON_ERROR:
FORCE:
.PHONY: all check install uninstall lint bench bench-render bench-formats bench-diff fuzz clean FORCE

-include $(shell find $(BUILD)/src $(BUILD)/tests -name '*.d' 2>/dev/null)
