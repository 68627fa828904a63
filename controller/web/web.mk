# SPDX-License-Identifier: GPL-2.0-or-later
# What the pages carry with them is part of assets.o, which includes it by the assembler.
$(foreach flavour,$(BUILD) $(BUILD)/san $(BUILD)/fuzz,\
	$(flavour)/obj/controller/web/assets.o): $(wildcard controller/web/assets/*)
