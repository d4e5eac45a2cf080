# SPDX-License-Identifier: MIT
# Unit tests: one program a file of tests/unit, each a cmocka group. Fuzz targets: one a file
# of tests/fuzz; `make check` replays their corpora without libFuzzer.

UNIT_SRC = $(wildcard tests/unit/*.c)
UNIT_BIN = $(UNIT_SRC:tests/unit/%.c=$(BUILD)/tests/unit/%)
FUZZ_SRC = $(wildcard tests/fuzz/*.c)
FUZZ_BIN = $(FUZZ_SRC:tests/fuzz/%.c=$(BUILD)/fuzz/%)
TOOL_SRC = $(wildcard tests/tools/*.c)
TOOL_BIN = $(TOOL_SRC:tests/tools/%.c=$(BUILD)/tests/tools/%)

TEST_CFLAGS = $(ALL_CFLAGS) $(shell $(PKG_CONFIG) --cflags $(TEST_PACKAGES)) -Itests
TEST_LIBS   = $(LIBS) $(shell $(PKG_CONFIG) --libs $(TEST_PACKAGES))

$(BUILD)/tests/unit/%: tests/unit/%.c $(BUILD)/libpyprof.a
	@mkdir -p $(@D)
	$(call say,TEST,$<)
	$(Q)$(CC) $(CPPFLAGS) $(TEST_CFLAGS) -MMD -MP $(ALL_LDFLAGS) -o $@ $< \
		$(BUILD)/libpyprof.a $(TEST_LIBS)

$(BUILD)/tests/tools/%: tests/tools/%.c $(BUILD)/libpyprof.a
	@mkdir -p $(@D)
	$(call say,TOOL,$<)
	$(Q)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -Itests -MMD -MP $(ALL_LDFLAGS) -o $@ $< \
		$(BUILD)/libpyprof.a $(LIBS)

tests: $(UNIT_BIN) $(TOOL_BIN)

check: all tests
	$(Q)BUILD=$(BUILD) scripts/run-unit-tests

.PHONY: tests
