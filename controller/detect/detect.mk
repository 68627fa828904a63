# SPDX-License-Identifier: GPL-2.0-or-later
# The detector's rule table: rules.tsv -> C, by a generator that shares the rule compiler.
DETECT_GEN   := $(BUILD)/gen
DETECT_RULES := $(DETECT_GEN)/detect_rules.inc
DETECT_GEN_SRC := tools/detect_rules.c controller/detect/rules_build.c controller/detect/text.c \
	controller/base/error.c
CPPFLAGS += -I$(DETECT_GEN)

$(DETECT_GEN)/detect_rules: $(DETECT_GEN_SRC) $(wildcard controller/detect/*.h)
	@mkdir -p $(@D)
	@echo "  GEN     $@"
	@$(CC) $(ALL_CFLAGS) -o $@ $(DETECT_GEN_SRC)

DETECT_TABLES := controller/detect/rules.tsv controller/detect/symbols.tsv \
	controller/detect/symbols_old.tsv

$(DETECT_RULES): $(DETECT_GEN)/detect_rules $(DETECT_TABLES)
	@$< $(DETECT_TABLES) >$@.tmp
	@mv $@.tmp $@

# Which functions of Linux are never to blame, anew from the kernel's source: only by hand and by the
# test that compares. `make symbols` takes Debian's linux-source packages.
KERNEL_SOURCES ?= $(sort $(wildcard /usr/src/linux-source-*.tar.xz))

$(DETECT_GEN)/kernel_symbols: tools/kernel_symbols.c tools/kernel_functions.c tools/kernel_functions.h
	@mkdir -p $(@D)
	@echo "  GEN     $@"
	@$(CC) $(ALL_CFLAGS) -o $@ $(filter %.c,$^) -larchive

.PHONY: symbols
symbols: $(DETECT_GEN)/kernel_symbols
	$< tools/kernel_symbols.rules controller/detect/symbols_old.tsv $(KERNEL_SOURCES) \
		>controller/detect/symbols.tsv.tmp
	mv controller/detect/symbols.tsv.tmp controller/detect/symbols.tsv

$(foreach flavour,$(BUILD) $(BUILD)/san,\
	$(flavour)/obj/controller/detect/rules_table.o): $(DETECT_RULES)

# For kernel_symbols alone.
DEPS_LONG += libarchive-dev

# The bench compares with Hyperscan where it is installed; nothing else links it.
DEPS_TEST += $(if $(filter bench,$(MAKECMDGOALS)),libhyperscan-dev)
HYPERSCAN := $(shell pkg-config --exists libhs 2>/dev/null && echo yes)
ifeq ($(HYPERSCAN),yes)
$(BUILD)/obj/tests/bench/detect.o: CFLAGS += -DWITH_HYPERSCAN
$(BUILD)/tests/bench/detect: LDFLAGS += -Wl,--no-as-needed -lhs
endif
