#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A real kernel in each form that people have it in boots, and a run says which kernel it was.
. "$(dirname "$0")/../support/tap.sh"

IMAGES=$SHARED/payloads
if [ ! -e "$IMAGES/linux-7.3-rc7-tiny-textro.Image.xz" ]; then
	skip "a real kernel in each form" "no kernel images in $IMAGES"
	done_testing
fi
K=$SCRATCH/k
mkdir -p "$K/deb/DEBIAN" "$K/deb/boot" "$K/deb/lib/modules/7.3.0-rc7/kernel"
xz -dc "$IMAGES/linux-7.3-rc7-tiny-textro.Image.xz" >"$K/Image"
lz4 -q -l "$K/Image" "$K/Image.lz4" # as the kernel's own Makefile does
zstd -q -1 "$K/Image" -o "$K/Image.zst"
tests/support/kernel_forms.py zboot "$K/Image.zst" zstd22 "$K/vmlinuz.efi"
cp "$K/vmlinuz.efi" "$K/deb/boot/vmlinuz-7.3.0-rc7-arm64"
echo module >"$K/deb/lib/modules/7.3.0-rc7/kernel/a.ko"
printf 'Package: linux-image-7.3.0-rc7-arm64\nVersion: 7.3~rc7-1\nArchitecture: arm64\nMaintainer: a <a@example.org>\nDescription: x\n' \
	>"$K/deb/DEBIAN/control"
dpkg-deb -Zxz -z1 -b "$K/deb" "$K/kernel.deb" >/dev/null
tests/support/kernel_forms.py serve "$K" "$K/port" &
server=$!
trap 'kill $server 2>/dev/null; rm -rf "$SCRATCH"' EXIT
for _ in $(seq 100); do [ -s "$K/port" ] && break; sleep 0.05; done
url=http://127.0.0.1:$(cat "$K/port")

# job NAME KERNEL [MORE]: a job of one board
job() {
	cat >"$K/$1.yaml" <<-END
		name: $1
		payload: {kernel: $2${3:+, $3}}
		pools: [no-bbml2]
		deadline: 60s
		done: {panic: "VFS: Unable to mount root fs"}
		variants: [{name: boot, arguments: console=ttyAMA0 panic=-1}]
	END
}
run() { # NAME [OPTIONS]
	local name=$1
	shift
	"$MMFARM" run "$K/$name.yaml" --board va72-01 --results "$SCRATCH/r-$name" "$@"
}
payload() { # NAME FILTER VALUE: of the run's record
	jq_is "$(ls "$SCRATCH/r-$1"/runs/*/run.json)" ".payload.$2" "$3"
}
sha=$(sha256sum "$K/kernel.deb" | cut -d' ' -f1)
job lz4 Image.lz4
job zboot vmlinuz.efi
job deb "{url: '$url/kernel.deb', sha256: $sha}"
for name in lz4 zboot deb; do
	run $name >"$K/$name.out" 2>&1 &
	pids="${pids:-} $!"
done
failed=0
for pid in $pids; do wait "$pid" || failed=1; done
check "lz4, EFI zboot and a package behind a URL boot" [ $failed = 0 ]
[ $failed = 0 ] || sed 's/^/# /' "$K"/*.out
for name in lz4 zboot deb; do
	check "$name: the kernel's own build id" payload $name build_id 3274c9802ccbb09ce4e245a8b6cd8786c03e0bd9
done
check "the package's name" payload deb package "linux-image-7.3.0-rc7-arm64 7.3~rc7-1"
check "and that of what was asked for" payload deb name kernel.deb
check "no package where there is none" payload zboot package null
check "the batch says it too" jq_is "$(ls "$SCRATCH"/r-deb/batches/*/batch.json)" \
	'.builds[0].payload.package' "linux-image-7.3.0-rc7-arm64 7.3~rc7-1"

# Nothing below boots.
refuses() { # TEXT NAME [OPTIONS]
	local text=$1
	shift
	exits_with 2 run "$@" >"$K/out" 2>&1 && says "$text" "$K/out"
}
other=0
[ "${sha:0:1}" = 0 ] && other=1
job wrong "{url: '$url/kernel.deb', sha256: $other${sha:1}}"
check "another sha256 is refused, with both" refuses "its sha256 is $sha" wrong
head -c $(($(stat -c %s "$K/Image.zst") / 2)) "$K/Image.zst" >"$K/half.zst"
job half half.zst
check "half a file is refused before any board has power" \
	refuses "half.zst: damaged zstd file: it ends too early" half
job elf "$MMFARM"
check "a file of another kind is called by its name" refuses "an ELF file for another machine" elf
job firmware Image "modules: kernel.deb"
sed -i 's/kernel: Image/firmware: Image/' "$K/firmware.yaml"
check "modules go with a kernel" refuses "firmware.yaml:2:37: modules go with a kernel only" firmware
printf 'schedule: "@nightly"\n' >>"$K/deb.yaml"
check "a job that is run by itself names files" refuses "deb.yaml:2:10: a URL in a job" deb
done_testing
