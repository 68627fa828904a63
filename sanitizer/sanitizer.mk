# SPDX-License-Identifier: GPL-2.0-or-later
# The page-table sanitizer: its core is pure C, for the plugin, tests and fuzzers alike.
PTSAN_SRC   := $(sort $(wildcard sanitizer/core/*.c))
PTSAN_MODEL := $(sort $(wildcard tests/unit/ptsan/*.c))

PTSAN_HOST := $(foreach flavour,$(BUILD) $(BUILD)/san,$(flavour)/obj/tests/unit/ptsan% \
	$(flavour)/obj/tests/fuzz/ptsan% $(flavour)/obj/tests/bench/ptsan%)
PTSAN_HOST += $(foreach flavour,$(BUILD) $(BUILD)/san,$(flavour)/obj/controller/sanitizer/%)
$(PTSAN_HOST): CPPFLAGS += -Isanitizer

define PTSAN_ARCHIVE
$(1)/libptsan.a: $(PTSAN_SRC:%.c=$(1)/obj/%.o) $(PTSAN_MODEL:%.c=$(1)/obj/%.o)
	@rm -f $$@
	@ar rcs $$@ $$^

-include $(PTSAN_SRC:%.c=$(1)/obj/%.d) $(PTSAN_MODEL:%.c=$(1)/obj/%.d)
endef
$(eval $(call PTSAN_ARCHIVE,$(BUILD)/san))

$(BUILD)/san/tests/unit/ptsan_%: $(BUILD)/san/obj/tests/unit/ptsan_%.o $(BUILD)/san/libptsan.a
	@mkdir -p $(@D)
	@clang $(SANITIZE) $(LDFLAGS) -o $@ $^ -lcmocka

$(BUILD)/fuzz/tests/fuzz/ptsan: $(BUILD)/san/obj/tests/fuzz/ptsan.o $(BUILD)/san/libptsan.a
	@mkdir -p $(@D)
	@clang $(SANITIZE) -fsanitize=fuzzer $(LDFLAGS) -o $@ $^

# The plugin: one shared object, with the core inside. QEMU brings what it links to.
PTSAN_PLUGIN_SRC := $(PTSAN_SRC) $(sort $(wildcard sanitizer/plugin/*.c))
PTSAN_PLUGIN := $(BUILD)/sanitizer/mmfarm-ptsan.so
$(BUILD)/pic/sanitizer/%.o: sanitizer/%.c
	@mkdir -p $(@D)
	@echo "  CC      $@"
	@$(CC) -std=gnu17 $(WARNINGS) $(WERROR) -D_GNU_SOURCE -Isanitizer $(CFLAGS) -fPIC -fvisibility=hidden \
		-MMD -MP -c -o $@ $<
$(PTSAN_PLUGIN): $(PTSAN_PLUGIN_SRC:%.c=$(BUILD)/pic/%.o)
	@mkdir -p $(@D)
	@echo "  LD      $@"
	@$(CC) -shared $(LDFLAGS) -o $@ $^
-include $(PTSAN_PLUGIN_SRC:%.c=$(BUILD)/pic/%.d)

# A guest that changes page tables in every way that user space can ask for.
PTSAN_GUEST := $(BUILD)/guest/mm_storm.cpio.gz
