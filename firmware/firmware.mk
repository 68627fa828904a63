# SPDX-License-Identifier: GPL-2.0-or-later
# The arm64 mm firmware: $(BUILD)/firmware/mm.img, and its parts compiled for the host's tests.

CROSS_COMPILE ?= aarch64-linux-gnu-
FIRMWARE_OUT   := $(BUILD)/firmware
FIRMWARE_C     := $(sort $(wildcard firmware/*/*.c))
FIRMWARE_S     := $(sort $(wildcard firmware/*/*.S))
FIRMWARE_OBJ   := $(FIRMWARE_C:firmware/%.c=$(FIRMWARE_OUT)/obj/%.o) \
	$(FIRMWARE_S:firmware/%.S=$(FIRMWARE_OUT)/obj/%.S.o)

# What the image says of itself: no build path, no time, so that equal sources give equal images.
FIRMWARE_BUILD := $(shell git describe --always --dirty 2>/dev/null || echo none)

# The compiler's own headers and ours: no C library need be there for the target.
FIRMWARE_HEADERS = -nostdinc -isystem $(shell $(CROSS_COMPILE)gcc -print-file-name=include 2>/dev/null) \
	-isystem firmware/freestanding

# Every function keeps its own name, frame and place, so that a trace tells what was written.
FIRMWARE_CFLAGS := -std=gnu17 -O2 -g -ffreestanding -fpie -include firmware/entry/hidden.h \
	-fvisibility=hidden -mgeneral-regs-only -mbranch-protection=none -mstrict-align \
	-mno-outline-atomics -fno-omit-frame-pointer -fno-stack-protector \
	-fno-asynchronous-unwind-tables -fno-optimize-sibling-calls -fno-ipa-cp -fno-ipa-sra \
	-fno-partial-inlining -fno-ipa-icf -fno-tree-loop-distribute-patterns \
	$(WARNINGS) $(WERROR) $(FIRMWARE_HEADERS) -Ifirmware
FIRMWARE_LDFLAGS := -pie --no-dynamic-linker -z text -z norelro -z noexecstack \
	-z max-page-size=65536 --build-id=none --hash-style=sysv --no-warn-rwx-segments

all: $(FIRMWARE_OUT)/mm.img

$(FIRMWARE_OUT)/build.h: FORCE
	@mkdir -p $(@D)
	@echo '#define FIRMWARE_BUILD "$(FIRMWARE_BUILD)"' | cmp -s - $@ || \
		echo '#define FIRMWARE_BUILD "$(FIRMWARE_BUILD)"' > $@
.PHONY: FORCE
FORCE:

$(FIRMWARE_OUT)/obj/%.o: firmware/%.c
	@mkdir -p $(@D)
	@echo "  CC      $@"
	@$(CROSS_COMPILE)gcc $(FIRMWARE_CFLAGS) -MMD -MP -c -o $@ $<

$(FIRMWARE_OUT)/obj/%.S.o: firmware/%.S
	@mkdir -p $(@D)
	@echo "  AS      $@"
	@$(CROSS_COMPILE)gcc -g -Ifirmware -MMD -MP -c -o $@ $<

# Only these two know the version, so that a commit does not rebuild the rest.
$(FIRMWARE_OUT)/obj/stages/main.o $(FIRMWARE_OUT)/obj/stages/discover.o: $(FIRMWARE_OUT)/build.h
$(FIRMWARE_OUT)/obj/stages/main.o $(FIRMWARE_OUT)/obj/stages/discover.o: \
	FIRMWARE_CFLAGS += -include $(FIRMWARE_OUT)/build.h

-include $(FIRMWARE_OBJ:.o=.d)

# Linked twice: the second time with the symbol table made from the first, in a section whose size
# does not depend on it, so that no address moves.
$(FIRMWARE_OUT)/mm.first.elf: $(FIRMWARE_OBJ) firmware/firmware.lds
	@$(CROSS_COMPILE)ld $(FIRMWARE_LDFLAGS) -T firmware/firmware.lds -o $@ $(FIRMWARE_OBJ)

$(FIRMWARE_OUT)/symbols.o: $(FIRMWARE_OUT)/mm.first.elf firmware/symbols.awk
	@$(CROSS_COMPILE)nm -n $< | awk -f firmware/symbols.awk > $(FIRMWARE_OUT)/symbols.S
	@$(CROSS_COMPILE)gcc -c -o $@ $(FIRMWARE_OUT)/symbols.S

$(FIRMWARE_OUT)/mm.elf: $(FIRMWARE_OBJ) $(FIRMWARE_OUT)/symbols.o firmware/firmware.lds
	@echo "  LD      $@"
	@$(CROSS_COMPILE)ld $(FIRMWARE_LDFLAGS) -T firmware/firmware.lds -o $@ $(FIRMWARE_OBJ) \
		$(FIRMWARE_OUT)/symbols.o
	@$(CROSS_COMPILE)nm -n $@ | awk -f firmware/symbols.awk | cmp - $(FIRMWARE_OUT)/symbols.S || \
		{ echo "$@: addresses moved between the two links"; rm $@; exit 1; }

# Position independent or not built.
$(FIRMWARE_OUT)/mm.img: $(FIRMWARE_OUT)/mm.elf
	@echo "  IMAGE   $@"
	@relocations=$$($(CROSS_COMPILE)readelf -rW $< | grep R_AARCH64_ | grep -v R_AARCH64_NONE || true); \
	if [ -n "$$relocations" ]; then \
		echo "$<: relocations left:"; echo "$$relocations"; exit 1; \
	fi
	@$(CROSS_COMPILE)objcopy -O binary $< $@

# ---- on the host -----------------------------------------------------------------------------
include firmware/mm/mm.mk

# What is pure of the rest: parsers and printers. Tests stand in for the console below them.
FIRMWARE_HOST_SRC := $(addprefix firmware/,board/discover_acpi.c board/discover_fdt.c board/fdt.c board/options.c \
	board/options_tests.c board/uart.c board/uart_match.c report/fault.c report/format.c report/page.c report/record.c report/statistics.c \
	stages/stress_window.c stages/stress_writer.c)

define FIRMWARE_HOST_ARCHIVE
$(1)/libfirmware.a: $(FIRMWARE_HOST_SRC:%.c=$(1)/obj/%.o)
	@rm -f $$@
	@ar rcs $$@ $$^

-include $(FIRMWARE_HOST_SRC:%.c=$(1)/obj/%.d)
endef
$(eval $(call FIRMWARE_HOST_ARCHIVE,$(BUILD)/san))

# Firmware tests link nothing of the controller: the rooms of both may use the same words.
$(BUILD)/san/tests/unit/firmware_%: $(BUILD)/san/obj/tests/unit/firmware_%.o \
		$(BUILD)/san/libfirmware.a $(BUILD)/san/libfirmware_mm.a
	@mkdir -p $(@D)
	@clang $(SANITIZE) $(LDFLAGS) -o $@ $^ -lcmocka -lz

$(BUILD)/fuzz/tests/fuzz/firmware_%: $(BUILD)/san/obj/tests/fuzz/firmware_%.o \
		$(BUILD)/san/libfirmware.a $(BUILD)/san/libfirmware_mm.a
	@mkdir -p $(@D)
	@clang $(SANITIZE) -fsanitize=fuzzer $(LDFLAGS) -o $@ $^
