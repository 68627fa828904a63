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

$(DETECT_RULES): $(DETECT_GEN)/detect_rules controller/detect/rules.tsv
	@$< controller/detect/rules.tsv >$@

$(foreach flavour,$(BUILD) $(BUILD)/san $(BUILD)/fuzz,\
	$(flavour)/obj/controller/detect/rules_table.o): $(DETECT_RULES)

# The bench compares with Hyperscan where it is installed; nothing else links it.
DEPS_TEST += $(if $(filter bench,$(MAKECMDGOALS)),libhyperscan-dev)
HYPERSCAN := $(shell pkg-config --exists libhs 2>/dev/null && echo yes)
ifeq ($(HYPERSCAN),yes)
$(BUILD)/obj/tests/bench/detect.o: CFLAGS += -DWITH_HYPERSCAN
$(BUILD)/tests/bench/detect: LDFLAGS += -Wl,--no-as-needed -lhs
endif
