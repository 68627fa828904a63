# SPDX-License-Identifier: GPL-2.0-or-later
# The table code on the host: its unit tests and fuzzer, sanitized, and a check that it stays within
# the freestanding subset without relocations of data.
FIRMWARE_MM_SRC := $(sort $(wildcard firmware/mm/*.c))
FIRMWARE_MM_UNIT := $(filter $(BUILD)/san/tests/unit/firmware_mm_%,$(UNIT))
FIRMWARE_MM_MODEL := $(sort $(wildcard tests/unit/firmware/*.c))

FIRMWARE_MM_HOST := $(BUILD)/san/obj/firmware/% $(BUILD)/san/obj/tests/unit/firmware% \
	$(BUILD)/san/obj/tests/fuzz/firmware%
$(FIRMWARE_MM_HOST): CPPFLAGS += -Ifirmware

# $(1): directory of the flavour
define FIRMWARE_MM_ARCHIVE
$(1)/libfirmware_mm.a: $(FIRMWARE_MM_SRC:%.c=$(1)/obj/%.o) $(FIRMWARE_MM_MODEL:%.c=$(1)/obj/%.o)
	@rm -f $$@
	@ar rcs $$@ $$^

-include $(FIRMWARE_MM_SRC:%.c=$(1)/obj/%.d) $(FIRMWARE_MM_MODEL:%.c=$(1)/obj/%.d)
endef
$(eval $(call FIRMWARE_MM_ARCHIVE,$(BUILD)/san))

$(FIRMWARE_MM_UNIT): $(BUILD)/san/libfirmware_mm.a
$(filter $(BUILD)/fuzz/tests/fuzz/firmware_mm%,$(FUZZ)): $(BUILD)/san/libfirmware_mm.a

.PHONY: check-long-firmware-mm
check-long: check-long-firmware-mm
check-long-firmware-mm: $(BUILD)/san/tests/unit/firmware_mm_random
	@FIRMWARE_MM_OPS=1000000 TEST_TIMEOUT=7200 tests/run.sh $<
