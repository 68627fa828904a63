#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Whatever a board, a file or a server says, nothing that drives a terminal or misleads its reader
# comes out of any command: one hostile console goes through all of them, through pipes and on a
# terminal, and through what is made for mails, browsers and spreadsheets.
. "$(dirname "$0")/../support/tap.sh"

S=$PWD/tests/support
PAYLOAD=$PWD/$BUILD/tests/payloads/silent.img
R=$SCRATCH/results
EVIL=$'\033]0;owned\a\033[2J\302\2335m\342\200\256\177\233'
cat >"$SCRATCH/boards.yaml" <<-END
types:
  t:
    cpu: {name: Cortex-A72, midr: 0x410fd083, bbml2: false}
    console: {driver: exec, command: [python3, $S/hostile_console.py]}
    boot: {driver: exec, prepare: ["true"]}
    power: {driver: exec, on: ["true"], off: ["true"], settle: 0s}
boards:
  b1: {type: t, console: {command: [python3, $S/hostile_console.py, $SCRATCH/on1]}, power: {on: [touch, $SCRATCH/on1], off: [rm, -f, $SCRATCH/on1]}}
  b2: {type: t, console: {command: [python3, $S/hostile_console.py, stamps, $SCRATCH/on2]}, power: {on: [touch, $SCRATCH/on2], off: [rm, -f, $SCRATCH/on2]}}
  b3: {type: t, power: {on: [$SCRATCH/fail]}}
pools: {all: {}}
END
sed "s#hostile_console.py#hostile_console.py, once#" "$SCRATCH/boards.yaml" >"$SCRATCH/once.yaml"
cat >"$SCRATCH/fail" <<-END
#!/bin/sh
printf 'no power: %s\n' '$EVIL'
exit 3
END
chmod +x "$SCRATCH/fail"
cat >"$SCRATCH/job.yaml" <<-END
name: j
payload: {kernel: $PAYLOAD}
pools: [all]
variants: [{name: v}]
silence: 3s
deadline: 20s
END
cat >"$SCRATCH/farm.yaml" <<-END
lab: lab1
publish:
  destinations:
    files: {driver: directory, path: $SCRATCH/sent, what: [text, html, tap, csv, junit]}
    mail: {driver: sendmail, from: farm@lab.example, to: [dev@lab.example], lab_owner: [dev@lab.example], command: [cp, /dev/stdin, $SCRATCH/sent/mail]}
    program: {driver: command, command: [$SCRATCH/fail]}
END
mkfifo "$SCRATCH/open"
exec 7<>"$SCRATCH/open" # an input that has nothing and does not end
mkdir -p "$SCRATCH/shown" "$SCRATCH/live" "$SCRATCH/sent"
shown() { # NAME COMMAND...: its output and errors through a pipe
	local name=$1
	shift
	timeout 60 "$MMFARM" "$@" 2>&1 <&7 | cat >"$SCRATCH/shown/$name"
}
live() { # NAME COMMAND...: on a terminal
	local name=$1
	shift
	TERM=xterm timeout 60 script -qefc "$(printf '%q ' "$MMFARM" "$@")" "$SCRATCH/live.out" >"$SCRATCH/live/$name" </dev/null
}

run() { live run run "$SCRATCH/job.yaml" --boards "$SCRATCH/boards.yaml" --results "$R" -j 3 --no-publish; [ "$(ls "$R/runs" | wc -l)" = 3 ]; }
check "a job runs on boards with a hostile console" run
B1=$(basename "$(echo "$R"/runs/*~b1~*)")
B3=$(basename "$(echo "$R"/runs/*~b3~*)")
hostile() { grep -qa $'\033]0;owned' "$R/runs/$B1/console.raw"; }
check "what they said is kept as it was" hostile

everything() {
	local f what form
	shown run run "$SCRATCH/job.yaml" --boards "$SCRATCH/boards.yaml" --results "$R" -j 3 --no-publish
	shown run-json run "$SCRATCH/job.yaml" --boards "$SCRATCH/boards.yaml" --results "$R" -j 3 --no-publish --json
	for f in "$B1" "$B3"; do
		shown "show-$f" show --results "$R" "$f"
		shown "show-all-$f" show --all --results "$R" "$f"
		shown "show-json-$f" show --json --results "$R" "$f"
		live "show-$f" show --all --results "$R" "$f"
	done
	live console show --console --results "$R" "$B1"
	live console-lines show --lines 2-9 --results "$R" "$B1"
	for what in runs tests metrics splats batches summary; do
		shown "results-$what" results "$what" --results "$R"
		[ "$what" = summary ] || [ "$what" = metrics ] && continue
		shown "results-$what-csv" results "$what" --csv --results "$R"
		shown "results-$what-json" results "$what" --json --results "$R"
	done
	shown report report --results "$R"
	shown report-html report --html --results "$R"
	shown subject report --subject --results "$R"
	for form in junit tap csv; do shown "export-$form" export "$form" --results "$R"; done
	shown rescan rescan --results "$R" "$B1"
	shown kcidb kcidb write -o - latest --results "$R"
	f=$R/runs/$B1/console.raw
	shown scan scan "$f"
	shown scan-full scan --full "$f"
	shown scan-json scan --json "$f"
	for n in 2 7 10 12 18; do shown "explain-$n" scan --explain $n "$f"; done
	live scan scan --full "$f"
	shown publish publish latest --results "$R" --farm "$SCRATCH/farm.yaml" --wait 1s
	python3 - "$SCRATCH/sent/mail" <<-'END'
	import email, email.policy, sys
	m = email.message_from_binary_file(open(sys.argv[1], "rb"), policy=email.policy.default)
	text = str(m["Subject"]) + "\n" + "".join(p.get_content() for p in m.walk() if not p.is_multipart())
	open(sys.argv[1] + ".read", "w", errors="surrogateescape").write(text)
	END
	shown publish-status publish --status --results "$R" --farm "$SCRATCH/farm.yaml"
	live board board b1 console --boards "$SCRATCH/once.yaml" --results "$R"
	shown board board b1 console --boards "$SCRATCH/once.yaml" --results "$R" --log "$SCRATCH/log"
	shown board-on board b3 on --boards "$SCRATCH/boards.yaml" --results "$R"
	# What a user is given: file names, files of others.
	cp "$f" "$SCRATCH/a${EVIL}b.log"
	shown scan-name scan "$SCRATCH/a${EVIL}b.log"
	shown scan-none scan "$SCRATCH/none$EVIL"
	shown no-command "no$EVIL"
	shown no-run show --results "$R" "no$EVIL"
	printf 'boards: {b: {type: "%s"}}\n' '\e]0;owned\a\u009b\u202e' >"$SCRATCH/evil.yaml"
	shown boards boards --boards "$SCRATCH/evil.yaml"
	printf 'name: j\n"%s": 1\n' '\e[2J\u009b' >"$SCRATCH/evil-job.yaml"
	shown jobs jobs "$SCRATCH/evil-job.yaml"
	printf '{"version": {"major": 5, "minor": 3}, "tests": [{"id": "%s", "origin": "%s", "a%s": 1}]}\n' \
		$'\302\233x\342\200\256' '\u001b]0;owned\u0007' '\u001b[2J\u009b' >"$SCRATCH/evil.json"
	shown validate kcidb validate "$SCRATCH/evil.json"
	shown validate-name kcidb validate "$SCRATCH/none$EVIL"
}
check "every command has printed" everything
check "through a pipe none prints what drives a terminal" python3 "$S/safe_text.py" "$SCRATCH"/shown/*
check "on a terminal none does" python3 "$S/safe_text.py" --live "$SCRATCH"/live/*
check "nothing of it is in reports, mails and exports" python3 "$S/safe_text.py" "$SCRATCH"/sent/*
quoted() { # it was there to be shown
	local f
	for f in shown/{show-$B1,show-json-$B1,report,report-html,scan-full,validate,scan-name,no-run,boards,jobs} live/{board,console} sent/mail.read; do
		grep -qi 'x1b\|u001b' "$SCRATCH"/$f || { echo "nothing hostile in $f"; return 1; }
	done
}
check "what was said is shown, made harmless" quoted

cells() {
	python3 - "$SCRATCH"/shown/*csv "$SCRATCH"/sent/*.csv <<-'END'
	import csv, re, sys
	seen = 0
	for name in sys.argv[1:]:
	    for row in csv.reader(open(name, newline="")):
	        for cell in row:
	            seen += "HYPERLINK" in cell or "SUM" in cell
	            if re.match(r"\s*[=+\-@\t\r]", cell) and not re.fullmatch(r"[+-]?[0-9.]+(e[+-]?\d+)?", cell):
	                sys.exit(f"{name}: {cell!r} is a formula")
	sys.exit(0 if seen else "no cell to look at")
	END
}
check "no cell of a table is a formula" cells

raw() {
	"$MMFARM" show --console --results "$R" "$B1" >"$SCRATCH/raw" && cmp "$SCRATCH/raw" "$R/runs/$B1/console.raw" &&
		"$MMFARM" board b1 console --raw --boards "$SCRATCH/once.yaml" --results "$R" --log "$SCRATCH/log2" \
			<&7 >"$SCRATCH/raw2" && grep -qa $'\033]0;owned' "$SCRATCH/raw2"
}
check "who asks for the exact bytes gets them" raw
done_testing
