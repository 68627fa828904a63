# SPDX-License-Identifier: GPL-2.0-or-later
# mmfarm: the one entry. `make run` and `make check` need nothing done before them.
#
#   make deps        install what the build, the boards and the tests need (Debian packages)
#   make all         build/mmfarm and build/firmware/mm.img
#   make run         all, then the main job on the shipped virtual boards
#   make check       every test that fits in CI (ASan and UBSan, clang; the product itself: gcc)
#   make check-long  long suites: fuzzing by the hour, soak, LAVA
#   make mutants     mutation testing of what judges: score and survivors
#   make fuzz        each fuzz target for FUZZ_SECONDS
#   make bench       figures against named peers
#   make man         the OPTIONS of the man pages, from the tables of the commands
#   make install     PREFIX=/usr/local DESTDIR=
#   make deb         Debian packages in build/deb

SHELL       := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS   += --no-builtin-rules
.DELETE_ON_ERROR:
.SECONDARY:

BUILD        ?= build
PREFIX       ?= /usr/local
FUZZ_SECONDS ?= 60
VERSION      := 0.1.0
CORES        := $(shell nproc)

# ---- packages --------------------------------------------------------------------------------
# Names of Debian 12 and 13; A/B is the first that the release has (tests/deps.sh).
DEPS_BUILD := gcc make pkg-config libc6-dev libyaml-dev libjansson-dev libsqlite3-dev nettle-dev \
	libserialport-dev libcurl4-gnutls-dev libarchive-dev libzstd-dev zlib1g-dev liblzma-dev libmicrohttpd-dev xxd
DEPS_FIRMWARE := gcc-aarch64-linux-gnu binutils-aarch64-linux-gnu
DEPS_RUN   := qemu-system-arm ipxe-qemu u-boot-qemu tzdata
DEPS_TEST  := clang libclang-rt-14-dev/libclang-rt-19-dev libcmocka-dev jq python3 python3-jsonschema python3-rfc3987 \
	device-tree-compiler qemu-efi-aarch64 lrzsz ckermit ser2net ipmitool openipmi snmp snmpd \
	libxml2-utils sqlite3 zstd lz4 xz-utils dpkg procps strace openssl clang-format cppcheck binutils bsdutils \
	cpio libc6-dev-arm64-cross zsh fish man-db
# A machine with USB serial adapters, for tests/long/board_serial.sh; its kernel is only unpacked.
# Programs of another machine, for tests/long/timing_machines.sh.
DEPS_LONG  := qemu-system-x86 busybox-static udev qemu-user debootstrap tftpd-hpa u-boot-tools

DEPS_DEB   := build-essential debhelper dpkg-dev fakeroot

# The peers that tests/bench/ measures against.
DEPS_BENCH := conserver-server socat tftpd-hpa u-boot-tools
# These left Debian 13.
DEPS_TEST_OPTIONAL  := lava-dispatcher
DEPS_BENCH_OPTIONAL := labgrid

comma := ,

# ---- flags -----------------------------------------------------------------------------------
CC       ?= gcc
ifeq ($(origin CC),default)
CC       := gcc
endif
WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
	-Wvla -Wcast-qual -Wformat=2 -Wpointer-arith
WERROR   ?= -Werror
PKGS     := libcurl libarchive libserialport yaml-0.1 jansson sqlite3 nettle libzstd zlib liblzma libmicrohttpd
PKG_CFLAGS = $(shell pkg-config --cflags $(PKGS))
PKG_LIBS   = $(shell pkg-config --libs $(PKGS))
CPPFLAGS += -D_GNU_SOURCE -DMMFARM_VERSION='"$(VERSION)"' -Icontroller -Itests
CFLAGS   ?= -O2 -g
ALL_CFLAGS = -std=gnu17 -ffp-contract=off $(WARNINGS) $(WERROR) $(CPPFLAGS) $(PKG_CFLAGS) $(CFLAGS)
# What makes a mistake in C harder to use, as far as the compiler and the machine know it; a flag
# that is not known is left out. FORTIFY needs an optimizing compiler, and is not for sanitizers.
# $(call known,FLAGS): the flags, if the compiler takes them without a word
known = $(shell echo 'int main(void) { return 0; }' | \
	$(CC) -Werror $(1) -O2 -x c -o /dev/null - >/dev/null 2>&1 && echo '$(1)')
OPTIMIZED  = $(filter -O1 -O2 -O3 -Os -Og,$(CFLAGS))
FORTIFY_3  = $(call known,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
HARDENING := -fPIE $(call known,-fstack-protector-strong) $(call known,-fstack-clash-protection) \
	$(call known,-fcf-protection) $(call known,-mbranch-protection=standard) \
	$(if $(OPTIMIZED),$(or $(FORTIFY_3),$(call known,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)))
HARDENING_LD := -pie $(call known,-Wl$(comma)-z$(comma)relro$(comma)-z$(comma)now) \
	$(call known,-Wl$(comma)-z$(comma)noexecstack)
# Unit tests and fuzz targets share their objects, so that CI compiles them once: a counter at each
# branch costs the tests a tenth. A call at each comparison, which helps a long search, would make them
# three times as slow: only `make fuzz` and `make check-long` have it (FUZZ_COVERAGE is empty there).
FUZZ_COVERAGE ?= -fno-sanitize-coverage=trace-cmp
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer \
	-fsanitize=fuzzer-no-link $(FUZZ_COVERAGE)

# ---- what is built ---------------------------------------------------------------------------
# What the sanitizer's findings mean, the controller tells by the sanitizer's own tables.
CONTROLLER_SRC := $(sort $(wildcard controller/*/*.c controller/*/*/*.c)) \
	$(addprefix sanitizer/core/,descriptor.c finding.c geometry.c)
UNIT_SRC  := $(sort $(wildcard tests/unit/*.c))
# What wraps libc is no part of the tests' archive: it would be linked in its place.
SUPPORT_SRC := $(filter-out tests/support/killing_call.c,$(sort $(wildcard tests/support/*.c)))
FUZZ_SRC  := $(sort $(wildcard tests/fuzz/*.c))
BENCH_SRC := $(sort $(wildcard tests/bench/*.c))
INTEGRATION := $(sort $(wildcard tests/integration/*.sh))
# The simulator takes all its seeds as the product is built, and a part of them under ASan.
UNIT  := $(UNIT_SRC:tests/unit/%.c=$(BUILD)/san/tests/unit/%) $(BUILD)/tests/unit/daemon_simulation
FUZZ_BUILD ?= $(BUILD)
FUZZ  := $(FUZZ_SRC:tests/fuzz/%.c=$(FUZZ_BUILD)/fuzz/tests/fuzz/%)
BENCH := $(BENCH_SRC:tests/bench/%.c=$(BUILD)/tests/bench/%)

.PHONY: all deps deps-check run check check-long fuzz bench install deb clean format
all: $(BUILD)/mmfarm $(BUILD)/sanitizer/mmfarm-ptsan.so

include controller/detect/detect.mk
include controller/web/web.mk
-include firmware/firmware.mk
-include sanitizer/sanitizer.mk

# One rule set per flavour: the product (gcc), and the sanitized tree for tests and fuzzers (clang).
# $(1) directory, $(2) compiler, $(3) extra flags
define FLAVOUR
$(1)/obj/%.o: %.c
	@mkdir -p $$(@D)
	@echo "  CC      $$@"
	@$(2) $$(ALL_CFLAGS) $(3) -MMD -MP -c -o $$@ $$<

# The archive is made anew so that an object whose source is gone does not stay in it.
$(1)/libmmfarm.a: $(CONTROLLER_SRC:%.c=$(1)/obj/%.o)
	@rm -f $$@
	@ar rcs $$@ $$^

$(1)/mmfarm: $(1)/obj/controller/main.o $(1)/libmmfarm.a
	@echo "  LD      $$@"
	@$(2) $(3) $$(LDFLAGS) -o $$@ $$^ $$(PKG_LIBS) -lm

-include $(patsubst %.c,$(1)/obj/%.d,controller/main.c $(CONTROLLER_SRC) $(UNIT_SRC) $(SUPPORT_SRC) $(FUZZ_SRC) $(BENCH_SRC))
endef
$(eval $(call FLAVOUR,$(BUILD),$(CC),$(HARDENING)))
$(BUILD)/mmfarm: LDFLAGS += $(HARDENING_LD)
$(eval $(call FLAVOUR,$(BUILD)/san,clang,$(SANITIZE)))

# A unit test links the whole sanitized archive; the firmware's are added by its own fragment.
$(BUILD)/san/libsupport.a: $(SUPPORT_SRC:%.c=$(BUILD)/san/obj/%.o)
	@rm -f $@
	@ar rcs $@ $^

$(BUILD)/san/tests/unit/%: $(BUILD)/san/obj/tests/unit/%.o $(BUILD)/san/libsupport.a $(BUILD)/san/libmmfarm.a
	@mkdir -p $(@D)
	@clang $(SANITIZE) $(LDFLAGS) -o $@ $^ $(PKG_LIBS) -lcmocka -lm

$(BUILD)/tests/unit/daemon_simulation: $(BUILD)/obj/tests/unit/daemon_simulation.o \
		$(BUILD)/obj/tests/support/simulated_farm.o $(BUILD)/libmmfarm.a
	@mkdir -p $(@D)
	@$(CC) $(LDFLAGS) $(HARDENING_LD) -o $@ $^ $(PKG_LIBS) -lcmocka -lm

$(BUILD)/fuzz/tests/fuzz/%: $(BUILD)/san/obj/tests/fuzz/%.o $(BUILD)/san/libmmfarm.a
	@mkdir -p $(@D)
	@clang $(SANITIZE) -fsanitize=fuzzer $(LDFLAGS) -o $@ $^ $(PKG_LIBS) -lm

$(BUILD)/tests/bench/%: $(BUILD)/obj/tests/bench/%.o $(BUILD)/libmmfarm.a
	@mkdir -p $(@D)
	@$(CC) $(LDFLAGS) -o $@ $^ $(PKG_LIBS) -lm

# Preloaded into a program, lets its libserialport open pseudo-terminals.
$(BUILD)/tests/support/serial_on_pty.so: tests/support/serial_on_pty.c
	@mkdir -p $(@D)
	@$(CC) $(ALL_CFLAGS) -fPIC -shared -o $@ $< -ldl

# Preloaded into mmfarm, makes a system call fail.
$(BUILD)/tests/support/failing_call.so: tests/support/failing_call.c
	@mkdir -p $(@D)
	@$(CC) $(ALL_CFLAGS) -fPIC -shared -o $@ $< -ldl

# A farm that is a pull lab and nothing else.
$(BUILD)/tests/support/pull_driver: $(BUILD)/obj/tests/support/pull_driver.o $(BUILD)/libmmfarm.a
	@mkdir -p $(@D)
	@$(CC) $(LDFLAGS) $(HARDENING_LD) -o $@ $^ $(PKG_LIBS) -lm

# Preloaded into a program, kills it at one of its writes.
$(BUILD)/tests/support/killing_call.so: tests/support/killing_call.c
	@mkdir -p $(@D)
	@$(CC) $(ALL_CFLAGS) -fPIC -shared -o $@ $< -ldl

# A scheduler that goes on with the batch of one that was killed.
$(BUILD)/tests/support/batch_driver: $(BUILD)/obj/tests/support/batch_driver.o $(BUILD)/libmmfarm.a
	@mkdir -p $(@D)
	@$(CC) $(LDFLAGS) $(HARDENING_LD) -o $@ $^ $(PKG_LIBS) -lm

# Payloads that misbehave on purpose, for the worker's tests.
BEHAVIOURS := silent hang flood off reset talk
PAYLOADS := $(BEHAVIOURS:%=$(BUILD)/tests/payloads/%.img)
$(BUILD)/tests/payloads/%.img: tests/payloads/behave.S
	@mkdir -p $(@D)
	@aarch64-linux-gnu-gcc -nostdlib -static -Wl,-Ttext=0 -Wl,--build-id=none \
		-DBEHAVE_$(shell echo $* | tr a-z A-Z) -o $(@:.img=.elf) $<
	@aarch64-linux-gnu-objcopy -O binary $(@:.img=.elf) $@

# An EFI application, for boards with UEFI.
$(BUILD)/tests/payloads/hello.efi: tests/payloads/hello_efi.S
	@mkdir -p $(@D)
	@aarch64-linux-gnu-gcc -nostdlib -static -Wl,-Ttext=0,--build-id=none -o $(@:.efi=-efi.elf) $<
	@aarch64-linux-gnu-objcopy -O binary $(@:.efi=-efi.elf) $@
PAYLOADS += $(BUILD)/tests/payloads/hello.efi

# Programs that are the init of a board under Linux: guest/NAME.c becomes an initramfs.
GUESTS := $(patsubst guest/%.c,$(BUILD)/guest/%.cpio.gz,$(sort $(wildcard guest/*.c)))
.PHONY: guests
guests: $(GUESTS)
$(BUILD)/guest/%.elf: guest/%.c
	@mkdir -p $(@D)
	@echo "  GUEST   $@"
	@$(CROSS_COMPILE)gcc -std=gnu17 $(WARNINGS) $(WERROR) -D_GNU_SOURCE -O2 -static -s -o $@ $< -lpthread
$(BUILD)/guest/%.cpio.gz: $(BUILD)/guest/%.elf
	@rm -rf $@.root && mkdir $@.root && install -m 755 $< $@.root/init && touch -d @0 $@.root/init
	@cd $@.root && echo init | cpio -o -H newc --quiet --reproducible -R 0:0 | gzip -9n >../$(@F)
	@rm -rf $@.root

# ---- targets ---------------------------------------------------------------------------------
deps:
	@tests/deps.sh $(DEPS_BUILD) $(DEPS_FIRMWARE) $(DEPS_RUN) $(if $(filter check check-long bench fuzz,$(MAKECMDGOALS)),$(DEPS_TEST)) $(if $(filter check-long,$(MAKECMDGOALS)),$(DEPS_LONG)) $(if $(filter bench,$(MAKECMDGOALS)),$(DEPS_BENCH)) $(if $(filter check check-long bench,$(MAKECMDGOALS)),--optional $(DEPS_TEST_OPTIONAL)) $(if $(filter bench,$(MAKECMDGOALS)),--optional $(DEPS_BENCH_OPTIONAL))
	@$(if $(filter check check-long bench,$(MAKECMDGOALS)),tests/qemu10.sh $(BUILD)/qemu10 || true)
	@$(if $(filter check-long,$(MAKECMDGOALS)),tests/support/guest_kernel.sh $(BUILD)/guest || true)

run:
	@$(MAKE) --no-print-directory deps
	@$(MAKE) --no-print-directory -j$(CORES) all
	@$(BUILD)/mmfarm run jobs/nightly.yaml

# What the tests run.
CHECK_PARTS := all $(UNIT) $(FUZZ) $(BUILD)/san/mmfarm $(PAYLOADS) \
	$(BUILD)/tests/support/failing_call.so $(BUILD)/tests/support/batch_driver \
	$(BUILD)/tests/support/pull_driver $(BUILD)/tests/support/killing_call.so $(PTSAN_PLUGIN) $(GUESTS)

check:
	@$(MAKE) --no-print-directory deps MAKECMDGOALS=check
	@$(MAKE) --no-print-directory -j$(CORES) check-built

.PHONY: check-built
check-built: $(CHECK_PARTS)
	@MMFARM_BUILD=$(BUILD) FUZZ_SECONDS=$${FUZZ_SECONDS:-2} FUZZ_DETECT_SECONDS=$${FUZZ_DETECT_SECONDS:-15} \
		tests/run.sh $(UNIT) $(INTEGRATION) $(FUZZ)

# Fuzz targets for a long search, with objects of their own.
DEEP := $(BUILD)/deep
.PHONY: fuzz-deep
fuzz-deep:
	@$(MAKE) --no-print-directory -j$(CORES) BUILD=$(DEEP) FUZZ_COVERAGE= fuzz-built
.PHONY: fuzz-built
fuzz-built: $(FUZZ)

fuzz: fuzz-deep
	@MMFARM_BUILD=$(BUILD) FUZZ_SECONDS=$(FUZZ_SECONDS) tests/run.sh $(FUZZ:$(BUILD)/%=$(DEEP)/%)

# Long suites: tests/long/, a longer fuzz, more random operations on the page tables.
LONG := $(sort $(wildcard tests/long/*.sh))
check-long:
	@$(MAKE) --no-print-directory deps MAKECMDGOALS=check-long
	@$(MAKE) --no-print-directory fuzz-deep
	@FIRMWARE_MM_OPS=1000000 SIMULATION_SEEDS=100000 FIRMWARE_WHOLE=1 FAILING_POINTS=300 RESUME_POINTS=28 PULL_KILLS=0 KERNELCI_SEEDS=1000 FUZZ_SECONDS=$${FUZZ_SECONDS:-600} FUZZ_DETECT_SECONDS=$${FUZZ_DETECT_SECONDS:-3600} \
		TEST_TIMEOUT=7200 \
		$(MAKE) --no-print-directory -j$(CORES) FUZZ_BUILD=$(DEEP) check-long-built

.PHONY: check-long-built
check-long-built: $(CHECK_PARTS)
	@MMFARM_BUILD=$(BUILD) tests/run.sh $(UNIT) $(INTEGRATION) $(LONG) $(FUZZ)

# Mutation testing: what of the judging code may change without a test that notices (docs/testing.md).
# MUTANTS=N: how many a room (0: all); MUTANTS_ROOM="detect timing": only these rooms.
MUTANTS      ?= 150
MUTANTS_ROOM ?=
MUTANT_BUILD := $(BUILD)/mutants
MUTANT_SANITIZE := -fsanitize=address
MUTANT_MAKE = $(MAKE) --no-print-directory -j$(CORES) CFLAGS='-O1 -g0'
mutants:
	@$(MAKE) --no-print-directory deps MAKECMDGOALS=check
	@$(MUTANT_MAKE) BUILD=$(MUTANT_BUILD)/plain SANITIZE=-fPIC mutants-built
	@$(MUTANT_MAKE) BUILD=$(MUTANT_BUILD) SANITIZE='$(MUTANT_SANITIZE)' mutants-run

# The archives and the tests' objects, which tools/mutants.py links.
.PHONY: mutants mutants-built mutants-run
mutants-built: $(foreach a,mmfarm support firmware firmware_mm,$(BUILD)/san/lib$(a).a) \
	$(filter $(foreach room,run_% board_uboot_s% detect_% timing_% firmware_mm_%,$(BUILD)/san/obj/tests/unit/$(room)), \
		$(UNIT_SRC:%.c=$(BUILD)/san/obj/%.o))
mutants-run: mutants-built
	@tools/mutants.py --build $(BUILD) --flags='$(ALL_CFLAGS)' --libs='$(PKG_LIBS)' --sanitize='$(SANITIZE)' \
		--count $(MUTANTS) $(MUTANTS_ROOM:%=--room %)

bench:
	@$(MAKE) --no-print-directory deps MAKECMDGOALS=bench
	@$(MAKE) --no-print-directory -j$(CORES) bench-built

.PHONY: bench-built
bench-built: all $(BENCH) $(PAYLOADS) $(BUILD)/tests/support/serial_on_pty.so
	@for program in $(BENCH) $(sort $(wildcard tests/bench/*.sh)); do \
		echo "== $$program"; MMFARM_BUILD=$(BUILD) $$program; done

# install-lab is what a host that runs nights has besides: units, users, rules for its devices.
SHARE  = $(DESTDIR)$(PREFIX)/share
LIBDIR = $(DESTDIR)$(PREFIX)/lib
ZSH_FOLDER = site-functions
.PHONY: install-program install-firmware install-lab
install: all install-program install-firmware
	install -m 644 LICENSE $(SHARE)/doc/mmfarm/

install-program: $(BUILD)/mmfarm $(BUILD)/sanitizer/mmfarm-ptsan.so
	install -D -m 755 $(BUILD)/mmfarm $(DESTDIR)$(PREFIX)/bin/mmfarm
	install -D -m 644 $(BUILD)/sanitizer/mmfarm-ptsan.so $(DESTDIR)$(PREFIX)/lib/mmfarm/mmfarm-ptsan.so
	install -d $(SHARE)/mmfarm $(SHARE)/man/man1 $(SHARE)/man/man5 $(SHARE)/doc/mmfarm/docs
	cp -r --no-preserve=mode boards jobs $(SHARE)/mmfarm/
	install -m 644 -t $(SHARE)/man/man1 docs/man/*.1
	install -m 644 -t $(SHARE)/man/man5 docs/man/*.5
	install -m 644 README.md CHANGELOG.md $(SHARE)/doc/mmfarm/
	install -m 644 docs/*.md $(SHARE)/doc/mmfarm/docs/
	install -d $(SHARE)/bash-completion/completions $(SHARE)/zsh/$(ZSH_FOLDER) \
		$(SHARE)/fish/vendor_completions.d
	$(BUILD)/mmfarm completion bash >$(SHARE)/bash-completion/completions/mmfarm
	$(BUILD)/mmfarm completion zsh >$(SHARE)/zsh/$(ZSH_FOLDER)/_mmfarm
	$(BUILD)/mmfarm completion fish >$(SHARE)/fish/vendor_completions.d/mmfarm.fish

install-firmware: $(BUILD)/firmware/mm.img
	install -D -m 644 $(BUILD)/firmware/mm.img $(SHARE)/mmfarm/build/firmware/mm.img
	$(foreach g,$(wildcard $(GUESTS)),install -D -m 644 $(g) $(SHARE)/mmfarm/build/guest/$(notdir $(g)) &&) true

install-lab:
	install -D -m 644 -t $(LIBDIR)/systemd/system systemd/mmfarm.service systemd/mmfarm-run@.service \
		systemd/mmfarm-run@.timer
	install -D -m 644 systemd/mmfarm.sysusers $(LIBDIR)/sysusers.d/mmfarm.conf
	install -D -m 644 systemd/mmfarm.tmpfiles $(LIBDIR)/tmpfiles.d/mmfarm.conf
	install -D -m 644 -t $(LIBDIR)/udev/rules.d systemd/60-mmfarm.rules

# Debian packages, built in a copy of the tree: they are in $(BUILD)/deb.
DEB := $(BUILD)/deb
deb:
	@tests/deps.sh $(DEPS_BUILD) $(DEPS_FIRMWARE) $(DEPS_DEB)
	@rm -rf $(DEB)
	@mkdir -p $(DEB)/mmfarm-$(VERSION)
	@{ git ls-files -z 2>/dev/null || find . -path ./$(BUILD) -prune -o -type f -print0; } | \
		tar -c --null -T - | tar -x -C $(DEB)/mmfarm-$(VERSION)
	@cd $(DEB)/mmfarm-$(VERSION) && dpkg-buildpackage -us -uc -b
	@ls $(DEB)/*.deb

# docs/drivers.md and mmfarm-drivers(5) from the tables of the drivers.
.PHONY: driver-docs
driver-docs: $(BUILD)/mmfarm
	tools/driver_docs.py $(BUILD)/mmfarm docs

# The OPTIONS of the man pages from the tables of the commands.
.PHONY: man
man: $(BUILD)/mmfarm
	tools/man_options.sh $(BUILD)/mmfarm docs/man

clean:
	rm -rf $(BUILD)

format:
	clang-format -i $$(git ls-files '*.c' '*.h')
