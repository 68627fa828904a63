#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# No password or token gets out: not by a server that quotes the request, not by a program that says
# its own, not through arguments or environments. A real server quotes each request in all forms;
# then everything the farm has written is searched for them.
. "$(dirname "$0")/../support/tap.sh"

S=$PWD/tests/support
PAYLOAD=$PWD/$BUILD/tests/payloads/silent.img
export no_proxy=127.0.0.1
PASSWORD='p@ss/w"o rd&1' TOKEN=kci_9f3bQx7Lm2 KEY=x-site-key-77 LOGIN=relay-PIN-4711 SITE='spoken&aloud'
ALL=("$PASSWORD" "$TOKEN" "$KEY" "$LOGIN" "$SITE")
export PASSWORD TOKEN KEY LOGIN SITE
R=$SCRATCH/results
pids=()
trap 'kill "${pids[@]}" 2>/dev/null; rm -rf "$SCRATCH"' EXIT

# start LOG STATUS: sets PORT
start() {
	exec 5< <(exec python3 "$S/echoing_server.py" "$1" "$2" PASSWORD TOKEN KEY LOGIN SITE 2>"$SCRATCH/server.err")
	pids+=($!)
	read -r -t 20 PORT <&5
}
start "$SCRATCH/refused.log" 500
REFUSES=$PORT
start "$SCRATCH/taken.log" 200
TAKES=$PORT
start "$SCRATCH/denied.log" 403
DENIES=$PORT

cat >"$SCRATCH/say" <<-'END'
#!/bin/sh
echo "cannot log in as operator with $SITE, the environment is:" >&2
env >&2
env >"$(dirname "$0")/environment.$1"
echo "denied: $SITE" >&2
exit 77
END
chmod +x "$SCRATCH/say"

cat >"$SCRATCH/boards.yaml" <<-END
types:
  t:
    cpu: {name: Cortex-A72, midr: 0x410fd083, bbml2: false}
    console: {driver: exec, command: [cat]}
    power: {driver: http, timeout: 10s, tries: 1, confirm: 1s}
    boot: {driver: exec, prepare: ["true"]}
boards:
  basic: {type: t, power: {url: "http://127.0.0.1:$REFUSES", template: shelly, outlet: 0, user: operator, password: {environment: PASSWORD}}}
  query: {type: t, power: {url: "http://127.0.0.1:$REFUSES", template: tasmota, user: operator, password: {environment: PASSWORD}}}
  path: {type: t, power: {url: "http://127.0.0.1:$REFUSES", on: "/{password}/on", off: "/{password}/off", password: {environment: LOGIN}}}
  json: {type: t, power: {url: "http://127.0.0.1:$REFUSES/json/", template: netio, outlet: 1, user: operator, password: {environment: PASSWORD}}}
  state: {type: t, power: {url: "http://127.0.0.1:$TAKES", template: shelly, outlet: 0, user: operator, password: {environment: PASSWORD}}}
  custom: {type: t, power: {url: "http://127.0.0.1:$TAKES", on: /on, off: /off, state: /state, state-on: "«", state-off: "»", user: operator, password: {environment: PASSWORD}}}
  program: {type: t, power: {driver: exec, on: [$SCRATCH/say, power], off: [$SCRATCH/say, power], environment: [SITE], tries: 1, timeout: 10s}}
types2: {}
pools: {all: {}}
END
sed -i '/^types2/d; s/power: {driver: http, timeout: 10s, tries: 1, confirm: 1s}//' "$SCRATCH/boards.yaml"
sed -i 's#power: {url:#power: {driver: http, tries: 1, confirm: 0.3s, url:#' "$SCRATCH/boards.yaml"
sed "s#  program:#  bmc: {type: t, power: {driver: redfish, tries: 1, confirm: 0.3s, url: \"http://127.0.0.1:$REFUSES\", user: operator, password: {environment: PASSWORD}}}\n  program:#" \
	-i "$SCRATCH/boards.yaml"
printf 'name: j\npayload: {kernel: %s}\npools: [all]\nvariants: [{name: v}]\nsilence: 1s\ndeadline: 20s\n' \
	"$PAYLOAD" >"$SCRATCH/job.yaml"
# As KCIDB's own clients have it: the token in the address.
export REST=http://$TOKEN@127.0.0.1:$DENIES/json/
cat >"$SCRATCH/farm.yaml" <<-END
lab: lab1
origin: lab1
publish:
  destinations:
    rest: {driver: kcidb-rest, rest: {environment: REST}}
    json: {driver: kcidb-rest, url: "http://127.0.0.1:$DENIES/json/", token: {environment: TOKEN}}
    later: {driver: kcidb-rest, url: "http://127.0.0.1:$REFUSES", token: {environment: TOKEN}, retry: {first: 100ms, max: 200ms}}
    bearer: {driver: http, url: "http://127.0.0.1:$DENIES/{batch}", token: {environment: TOKEN}}
    login: {driver: http, url: "http://127.0.0.1:$DENIES/x", user: operator, password: {environment: PASSWORD}, what: [junit]}
    header: {driver: http, url: "http://127.0.0.1:$DENIES/x", secret_headers: {X-Api-Key: {environment: KEY}, X-Site: {environment: SITE}}, what: [csv]}
    bucket: {driver: s3, url: "http://127.0.0.1:$DENIES/bucket", key_id: {environment: LOGIN}, key: {environment: PASSWORD}}
    program: {driver: command, command: [$SCRATCH/say, publish], environment: [SITE]}
    copier: {driver: exec, command: [$SCRATCH/say, copy], environment: [SITE]}
END

mkdir -p "$SCRATCH/shown"
everything() {
	"$MMFARM" run "$SCRATCH/job.yaml" --boards "$SCRATCH/boards.yaml" --results "$R" \
		--farm "$SCRATCH/farm.yaml" --no-publish >"$SCRATCH/shown/run" 2>&1
	[ $? -eq 3 ] || { cat "$SCRATCH/shown/run"; return 1; }
	"$MMFARM" publish latest --results "$R" --farm "$SCRATCH/farm.yaml" --wait 2s >"$SCRATCH/shown/publish" 2>&1
	"$MMFARM" publish --status --results "$R" --farm "$SCRATCH/farm.yaml" >"$SCRATCH/shown/status" 2>&1
	local run
	for run in "$R"/runs/*; do
		"$MMFARM" show --all --results "$R" "$(basename "$run")"
		"$MMFARM" show --json --results "$R" "$(basename "$run")"
	done >"$SCRATCH/shown/show" 2>&1
	"$MMFARM" report latest --results "$R" >"$SCRATCH/shown/report" 2>&1
	"$MMFARM" board basic on --boards "$SCRATCH/boards.yaml" --results "$R" >"$SCRATCH/shown/board" 2>&1
	"$MMFARM" board path on --dry-run --boards "$SCRATCH/boards.yaml" --results "$R" >"$SCRATCH/shown/dry" 2>&1
	[ "$(ls "$R/runs" | wc -l)" -eq 8 ]
}
check "eight boards and nine destinations are tried" everything

# The test itself: every secret did reach the server or program, and was quoted.
reached() {
	local i texts=("GET /cm?cmnd=Power.*password=p%40ss" "Authorization: Basic $(printf 'operator:%s' "$PASSWORD" | base64)"
		"GET /$LOGIN/off" "Authorization: Bearer $TOKEN" "X-Api-Key: $KEY" "SITE=$SITE" "cannot GET" "HTTP 403: cannot")
	local files=(refused.log denied.log refused.log denied.log denied.log environment.publish shown/show shown/status)
	for i in "${!texts[@]}"; do
		grep -q -- "${texts[i]}" "$SCRATCH/${files[i]}" || { echo "no ${texts[i]} in ${files[i]}"; return 1; }
	done
}
check "each secret was used, and quoted in an answer that is kept" reached

check "no secret is in the results folder: runs, store, documents, spool" \
	python3 "$S/find_secret.py" "$R" "${ALL[@]}"
check "no secret was shown" python3 "$S/find_secret.py" "$SCRATCH/shown" "${ALL[@]}"
check "no secret was among a process's arguments" bash -c "! grep argv: $SCRATCH/*.log"

clean() {
	local f
	for f in "$SCRATCH"/environment.*; do
		! grep -E "^(PASSWORD|TOKEN|KEY|LOGIN|REST)=" "$f" || { echo "$f has it"; return 1; }
		grep -q "^PATH=" "$f" || return 1
	done
}
check "programs get the variables that are named, and no others" clean

# ---- refusals ------------------------------------------------------------------------------------
refuses() { # TEXT YAML: of a board's power, without repeating the secret
	sed "s#^  basic:.*#  basic: {type: t, power: $2}#" "$SCRATCH/boards.yaml" >"$SCRATCH/bad.yaml"
	exits_with 2 "$MMFARM" boards --boards "$SCRATCH/bad.yaml" >"$SCRATCH/refusal" 2>&1 &&
		says "$1" "$SCRATCH/refusal" && says "bad.yaml:" "$SCRATCH/refusal" &&
		! grep -q sesame "$SCRATCH/refusal"
}
check "a password in a switch's address" refuses '`password:`' \
	'{driver: http, template: tasmota, url: "http://me:sesame@127.0.0.1"}'
check "a token in a request" refuses '{password}' \
	'{driver: http, url: "http://127.0.0.1", on: "/x?n=1\&token=sesame", off: "/off"}'
check "a password in a state's request" refuses '{password}' \
	'{driver: http, url: "http://127.0.0.1", on: /on, off: /off, state: "/s?PASSWORD=sesame", state-on: a, state-off: b}'
check "a password over plain http to another host" refuses 'insecure: true' \
	'{driver: http, template: tasmota, url: "http://plug.lab", user: u, password: {environment: PASSWORD}}'
check "the same of a management controller" refuses 'insecure: true' \
	'{driver: redfish, url: "http://bmc.lab", user: u, password: {environment: PASSWORD}}'
check "a value where a variable's name belongs" refuses 'names of variables' \
	'{driver: exec, on: [a], off: [b], environment: ["PASSWORD=sesame"]}'
check "a password among a program's arguments" refuses 'environment' \
	'{driver: exec, on: [ipmitool, -P, sesame, on], off: [b]}'
allowed() {
	sed 's#^  basic:.*#  basic: {type: t, power: {driver: http, template: tasmota, url: "http://plug.lab", user: u, password: {environment: PASSWORD}, insecure: true}}#' \
		"$SCRATCH/boards.yaml" >"$SCRATCH/good.yaml"
	exits_with 0 "$MMFARM" boards --boards "$SCRATCH/good.yaml"
}
check "it may, where that is said" allowed

farm_refuses() { # TEXT YAML
	printf 'lab: l\npublish:\n  destinations:\n    x: %s\n' "$2" >"$SCRATCH/bad-farm.yaml"
	exits_with 2 "$MMFARM" publish --status --farm "$SCRATCH/bad-farm.yaml" --results "$R" \
		>"$SCRATCH/refusal" 2>&1 &&
		says "$1" "$SCRATCH/refusal" && ! grep -q sesame "$SCRATCH/refusal"
}
check "a login in a destination's address" farm_refuses '`token:`' \
	'{driver: http, url: "https://me:sesame@h/"}'
check "a token in its query" farm_refuses '`token:`' '{driver: http, url: "https://h/?n=1&access_token=sesame"}'
check "a key in its query" farm_refuses '`token:`' '{driver: http, url: "https://h/?apiKey=sesame"}'
check "an Authorization header" farm_refuses 'secret_headers' \
	'{driver: http, url: "https://h/", headers: ["Accept: */*", "authorization: Bearer sesame"]}'
check "an X-Api-Key header" farm_refuses 'secret_headers' \
	'{driver: http, url: "https://h/", headers: ["X-Api-Key: sesame"]}'
check "a cookie" farm_refuses 'secret_headers' '{driver: http, url: "https://h/", headers: ["Cookie: sid=sesame"]}'
check "a login in KCIDB's address" farm_refuses '`token:`' '{driver: kcidb-rest, url: "https://sesame@h/"}'
check "a login in a bucket's address" farm_refuses '`key:`' \
	'{driver: s3, url: "https://a:sesame@h/", key_id: {environment: A}, key: {environment: B}}'
check "a login in a mail server's address" farm_refuses '`password:`' \
	'{driver: smtp, url: "smtp://a:sesame@h/", from: a@b.example, to: [c@d.example]}'
check "a password among a program's arguments" farm_refuses 'environment:' '{driver: command, command: [curl, -u, "me:sesame"]}'
check "a token over plain http to another host" farm_refuses 'insecure: true' \
	'{driver: kcidb-rest, url: "http://h/", token: {environment: TOKEN}}'

# ---- core dumps ----------------------------------------------------------------------------------
# Only what Linux can show here: a process that may be dumped leaves one below its folder.
dumps() { # COMMAND...: whether a SIGABRT leaves a dump of it
	mkdir -p "$SCRATCH/cores"
	(cd "$SCRATCH/cores" && ulimit -c unlimited && rm -f core* && { "$@" & } && sleep_until_asked "$!" &&
		kill -ABRT $! && { wait $!; ls core* >/dev/null 2>&1; })
}
sleep_until_asked() { # the program is in its exchange
	local _
	for _ in $(seq 400); do
		[ -e "$SCRATCH/asked" ] && return 0
		kill -0 "$1" || return 1
		sleep 0.05
	done
	return 1
}
cat >"$SCRATCH/deaf.py" <<-END
import socket, sys
s = socket.create_server(("127.0.0.1", 0))
print(s.getsockname()[1], flush=True)
while True:
    c, _ = s.accept()
    c.recv(1000)
    open("$SCRATCH/asked", "w").close()
    keep = globals().setdefault("keep", []); keep.append(c)
END
if [[ $(cat /proc/sys/kernel/core_pattern) == core* ]] && touch "$SCRATCH/asked" && dumps sleep 100; then
	exec 6< <(exec python3 "$SCRATCH/deaf.py")
	pids+=($!)
	read -r -t 20 PORT <&6
	printf 'lab: l\npublish:\n  destinations:\n    x: {driver: http, timeout: 60s, url: "http://127.0.0.1:%s/", token: {environment: TOKEN}}\n' \
		"$PORT" >"$SCRATCH/deaf.yaml"
	rm "$SCRATCH/asked"
	no_dump() {
		! dumps "$MMFARM" publish latest --results "$R" --farm "$SCRATCH/deaf.yaml" --destination x --child-sends --wait 60s &&
			[ -e "$SCRATCH/asked" ]
	}
	check "a process that holds a token leaves no core dump" no_dump
else
	skip "a process that holds a token leaves no core dump" "core dumps go elsewhere on this host"
fi
done_testing
