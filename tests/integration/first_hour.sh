#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What a new user types in the first hour: jobs, runs and batches by short names, a job changed on the
# command line, tables that fit the terminal.
. "$(dirname "$0")/../support/tap.sh"

R=$SCRATCH/results
run() { "$MMFARM" run nightly --board va53-01 --results "$R" "$@" >"$SCRATCH/out" 2>"$SCRATCH/err" || { cat "$SCRATCH/out" "$SCRATCH/err"; return 1; }; }
refused() { # TEXT COMMAND...
	local text=$1
	shift
	exits_with 2 "$@" 2>"$SCRATCH/err" && says "$text" "$SCRATCH/err"
}

# ---- a job, and what the command line makes of it
twice() {
	run --variant premap -n 2 && says "all 2 runs as wanted" "$SCRATCH/out" &&
		[ "$(ls "$R/runs" | grep -c '~va53-01~premap~[12]$')" -eq 2 ]
}
check "a job by name, one variant, twice" twice
batch=$(basename "$(readlink "$R/latest")")
narrowed() { jq_is "$R/batches/$batch/batch.json" '.narrowed.variant' premap; }
check "the batch says what it was narrowed to" narrowed
changed() {
	run --variant textro,roonly --append "reps=3" --deadline 45s || return 1
	local new
	new=$(basename "$(readlink "$R/latest")")
	jq_is "$R/batches/$new/batch.json" '.narrowed.changed' "arguments, deadline" &&
		jq_is "$R/runs/$new~va53-01~textro~1/run.json" '.payload.arguments' \
			"order=textro tests=S11,S12,S13 reps=3" &&
		says "deadline: 45s" "$R/runs/$new~va53-01~textro~1/job.yaml" &&
		says "changed: arguments, deadline" "$SCRATCH/out" &&
		[ "$(ls "$R/runs" | grep -c "^$new~")" -eq 2 ]
}
check "more arguments, two variants, another deadline" changed
check "an unknown variant, and the one that was meant" refused 'did you mean "premap"?' \
	"$MMFARM" run nightly --variant premapp --results "$R"
check "an initrd for a firmware" refused "goes with a kernel only" "$MMFARM" run nightly --initrd x --results "$R"
check "a deadline that is none" refused '--deadline "soon": expected a time' "$MMFARM" run nightly --deadline soon --results "$R"
check "-n 0" refused '--repeat "0": expected a whole number from 1 to 999' "$MMFARM" run nightly -n 0 --results "$R"

# ---- arguments of boards
mkdir "$SCRATCH/boards"
cat >"$SCRATCH/boards/b.yaml" <<-END
	types:
	  base:
	    cpu: {name: A72, midr: 0x410fd083, bbml2: false}
	    arguments: console=ttyAMA0
	    console: {driver: unix}
	    power: {driver: qmp, cpu: cortex-a72}
	    boot: {driver: direct}
	  t: {base: base, arguments: earlycon}
	boards:
	  b1: {type: t, arguments: maxcpus=1, misc: {shelf: 3B}}
	pools: {all: {}}
END
cat >"$SCRATCH/kernel.yaml" <<-END
	name: kernel
	payload: {kernel: $PWD/$BUILD/tests/payloads/off.img}
	pools: [all]
	done: {power_off: true}
	variants: [{name: v, arguments: panic=-1}]
END
own_arguments() {
	"$MMFARM" run "$SCRATCH/kernel.yaml" --boards "$SCRATCH/boards" --results "$R" --append quiet >"$SCRATCH/out" 2>&1
	jq_is "$R/runs/$("$MMFARM" results --board b1 --results "$R" --json | jq -r .id)/run.json" .payload.arguments \
		"console=ttyAMA0 earlycon maxcpus=1 panic=-1 quiet"
}
check "a kernel gets its type's, its board's, its variant's arguments and --append" own_arguments
misc() { "$MMFARM" boards --boards "$SCRATCH/boards" --json | jq -e '.misc.shelf == "3B"'; }
check "what people note of a board is shown" misc

dtb() {
	qemu-system-aarch64 -machine virt,gic-version=3,dumpdtb="$SCRATCH/virt.dtb" -cpu cortex-a72 -m 512 -display none >/dev/null 2>&1
	sed "s|    arguments: console|    dtb: $SCRATCH/virt.dtb\n    arguments: console|" "$SCRATCH/boards/b.yaml" >"$SCRATCH/dtb.yaml"
	"$MMFARM" run "$SCRATCH/kernel.yaml" --boards "$SCRATCH/dtb.yaml" --results "$R" >"$SCRATCH/out" 2>&1
	local run
	run=$R/runs/$("$MMFARM" results --board b1 --limit 1 --results "$R" --json | jq -r .id)
	says "dtb: \"$SCRATCH/virt.dtb\"" "$run/board.yaml" || return 1
	# A tree that is none: QEMU refuses it, so it was handed over.
	echo nothing >"$SCRATCH/virt.dtb"
	"$MMFARM" run "$SCRATCH/kernel.yaml" --boards "$SCRATCH/dtb.yaml" --results "$R" >"$SCRATCH/out" 2>&1
	grep -q "MISS" "$SCRATCH/out" || { cat "$SCRATCH/out"; return 1; }
}
check "a board's device tree is what its emulator gets" dtb
no_dtb() {
	sed "s|    boot: {driver: direct}|    boot: {driver: efi}\n    dtb: x.dtb|" "$SCRATCH/boards/b.yaml" >"$SCRATCH/dtb.yaml"
	refused "efi starts a payload with the boot loader's device tree only" "$MMFARM" boards --boards "$SCRATCH/dtb.yaml"
}
check "a device tree that a boot driver cannot hand over is refused" no_dtb

# ---- all that is wrong, at once
cat >"$SCRATCH/wrong.yaml" <<-END
	types:
	  t:
	    cpu: {name: A72, midr: 410fd083, bbml2: false}
	    console: {driver: serial, device: /dev/nosuch, baud: 115300, bad: 9600}
	    power: {driver: exec, on: [nosuchprogram, on], off: ["true"]}
	    boot: {driver: uboot, tftp-root: /nosuch, identity: {ethaddr: "02:00:5e:10:00:01"}}
	  good: {base: t, cpu: {midr: 0x410fd083}, console: {baud: 115200}}
	boards:
	  b1: {type: t}
	  b2: {type: good, colour: red}
	  b3: {type: gud}
	  b4: {type: good, tags: "a, b"}
END
all_mistakes() {
	exits_with 2 "$MMFARM" boards --boards "$SCRATCH/wrong.yaml" >"$SCRATCH/out" 2>"$SCRATCH/err" || return 1
	local text
	for text in 'wrong.yaml:3:28: "410fd083", expected 0x ahead of hexadecimal digits: 0x410fd083' \
		'wrong.yaml:10:20: unknown key "colour"' 'wrong.yaml:11:14: board "b3" is of type "gud"' \
		'unknown key "bad", did you mean "baud"?' 'warning: ' 'device: there is no /dev/nosuch' \
		'there is no program "nosuchprogram"' 'tftp-root: there is no /nosuch' 'tags: "a, b" is one word'; do
		says "$text" "$SCRATCH/err" || return 1
	done
	[ "$(grep -c 'unknown key "colour"' "$SCRATCH/err")" -eq 1 ]
}
check "every mistake of the board files is told, each once, and what is missing" all_mistakes
odd_baud() {
	sed -i 's/410fd083, bbml2/0x410fd083, bbml2/; s/, bad: 9600//; /b2:/d; /b3:/d; /b4:/d' "$SCRATCH/wrong.yaml"
	"$MMFARM" boards --boards "$SCRATCH/wrong.yaml" >"$SCRATCH/out" 2>"$SCRATCH/err" && says "baud: 115300 is an odd rate" "$SCRATCH/err"
}
check "an odd baud rate is a warning, not a mistake" odd_baud

# ---- names
shows() { "$MMFARM" show "$1" --results "$R" >"$SCRATCH/shown" && says "$2" "$SCRATCH/shown"; }
check "show latest" shows latest "~b1~v~1"
check "show BOARD is its newest run" shows va53-01 "~va53-01~"
check "show the beginning of an id" shows "$batch~va53-01~premap~2" "~premap~2"
check "a beginning of several is refused with one of them" refused "2 runs begin like this" \
	"$MMFARM" show "$batch" --results "$R"
check "a run that is none" refused "none of $R has this id or board" "$MMFARM" show nobody --results "$R"
same() {
	"$MMFARM" report --subject --results "$R" "$1" >"$SCRATCH/one" 2>&1
	"$MMFARM" report --subject --results "$R" --job nightly >"$SCRATCH/two" 2>&1
	says "nightly" "$SCRATCH/one" && cmp "$SCRATCH/one" "$SCRATCH/two"
}
check "a batch by its job" same nightly
named_everywhere() {
	local word=${batch%??????}
	"$MMFARM" report --results "$R" "$word" >/dev/null && "$MMFARM" export tap "$word" --results "$R" >/dev/null &&
		"$MMFARM" results summary --batch "$word" --results "$R" >/dev/null &&
		"$MMFARM" kcidb validate "$word" --results "$R" >/dev/null &&
		"$MMFARM" timing evaluate "$word" --results "$R" >/dev/null &&
		[ "$("$MMFARM" results --batch "$word" --json --results "$R" | wc -l)" -eq 2 ] &&
		"$MMFARM" export tap --job nightly --results "$R" >/dev/null
}
check "a batch by the beginning of its id, in every command" named_everywhere
check "a batch and a job at once" refused "one of them" "$MMFARM" report "$batch" --job nightly --results "$R"

job_mistakes() {
	printf 'name: x y\nsilence: soon\nfoo: 1\n' >"$SCRATCH/bad/one.yaml"
	printf 'name: two\npayload: {firmware: a, kernel: b}\npools: [p]\nvariants: []\n' >"$SCRATCH/bad/two.yaml"
	exits_with 2 "$MMFARM" jobs "$SCRATCH/bad" >"$SCRATCH/out" 2>&1 || return 1
	local told
	for told in 'one.yaml:1:7: name "x y"' 'one.yaml:2:10: "soon"' 'one.yaml:3:1: unknown key "foo"' 'key "payload" is missing' \
		'key "pools" is missing' 'key "variants" is missing' 'two.yaml:2:' 'two.yaml:4:11: an empty list'; do
		says "$told" "$SCRATCH/out" || return 1
	done
}
mkdir "$SCRATCH/bad"
check "every mistake of the job files is told, and every key that is missing" job_mistakes
farm_mistakes() {
	printf 'lab: a b\norigin: A-B\nreaders: me\nfoo: 1\n' >"$SCRATCH/farm-bad.yaml"
	printf 'types: {t: {cpu: {name: c, midr: 0x410fd083}, console: {driver: tcp}, power: {driver: qmp}, boot: {driver: direct}}}\nboards: {b: {type: t}}\npools: {all: {}}\n' >"$SCRATCH/board-bad.yaml"
	exits_with 2 "$MMFARM" boards --boards "$SCRATCH/board-bad.yaml" --farm "$SCRATCH/farm-bad.yaml" >"$SCRATCH/out" 2>&1 || return 1
	says 'name "a b"' "$SCRATCH/out" && says 'origin "A-B"' "$SCRATCH/out" && says 'readers "me"' "$SCRATCH/out" &&
		says 'unknown key "foo"' "$SCRATCH/out" && says 'keys "host", "port" are missing here' "$SCRATCH/out"
}
check "so is every mistake of farm.yaml, and the keys that a driver lacks at once" farm_mistakes

# ---- width
fits() { # COLUMNS
	local kind
	for kind in runs tests metrics splats batches; do
		COLUMNS=$1 "$MMFARM" results $kind --results "$R" 2>/dev/null | awk -v room="$1" 'length > room { print; bad = 1 } END { exit bad }' || return 1
	done
	COLUMNS=$1 "$MMFARM" boards | awk -v room="$1" 'length > room { print; bad = 1 } END { exit bad }' || return 1
	COLUMNS=$1 "$MMFARM" jobs jobs "$SCRATCH/long.yaml" | awk -v room="$1" 'length > room { print; bad = 1 } END { exit bad }' || return 1
	# What the board said (behind "|") and the name of a folder are as long as they are.
	COLUMNS=$1 "$MMFARM" show latest --all --results "$R" | grep -v '^  | \|/$' |
		awk -v room="$1" 'length > room { print; bad = 1 } END { exit bad }'
}
printf 'name: long\ndescription: %s\npayload: {kernel: Image}\npools: [%s]\nvariants: [{name: v, arguments: "%s"}]\n' \
	"$(printf 'some words %.0s' {1..30})" "$(printf 'pool-%s, ' {1..30})last" "$(printf 'option=%s ' {1..30})" >"$SCRATCH/long.yaml"
check "tables fit 80 columns" fits 80
check "tables fit 132 columns" fits 132
more_in_more() {
	[ "$(COLUMNS=132 "$MMFARM" results --results "$R" 2>/dev/null | head -1 | wc -w)" -gt \
		"$(COLUMNS=80 "$MMFARM" results --results "$R" 2>/dev/null | head -1 | wc -w)" ] &&
		"$MMFARM" results --wide --results "$R" | head -1 | grep -q board_type
}
check "a wider terminal shows more columns, --wide all" more_in_more
whole_ids() { COLUMNS=80 "$MMFARM" results --results "$R" 2>/dev/null | grep -q "^$batch~va53-01~premap~2 "; }
check "ids are never cut" whole_ids
done_testing
