#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The publisher against KCIDB's REST service as it is documented: a signed token, a submission that is
# validated only after it was taken, and a service that is restarted in between.
. "$(dirname "$0")/../support/tap.sh"
REST=$PWD/tests/support/kcidb_rest_server.py
SCHEMA=$(realpath "$SHARED/data/kcidb/kcidb-io-schema.json" 2>/dev/null)
python3 -c 'import jsonschema' 2>/dev/null && [ -n "$SCHEMA" ] || SCHEMA=
. "$(dirname "$0")/../support/publish.sh"

# serve STORE [OPTIONS...]: sets PORT and SERVICE
serve() {
	local store=$1
	shift
	mkdir -p "$store"
	exec 5< <(exec python3 "$REST" "$store" --secret sesame ${SCHEMA:+--schema "$SCHEMA"} "$@" 2>>"$store/err")
	SERVICE=$!
	pids+=($SERVICE)
	read -r -t 20 PORT <&5
}
stop() {
	kill "$SERVICE"
	wait "$SERVICE" 2>/dev/null
	return 0
}
send() { KCIDB_REST="http://$JWT@127.0.0.1:$PORT/" "$MMFARM" publish --results r "$@"; }
good() { JWT=$(python3 "$REST" token sesame "$@"); }
posts() { grep -c "^POST /submit 200" "$1/log"; }
taken() { # STORE: everything is in its archive, once, and nothing elsewhere
	local i
	rm -rf in && mkdir in
	for i in "$1"/archive/*; do cp "$i" "in/$(basename "$i").json"; done
	arrived in && [ -z "$(ls "$1/failed" "$1/spool" | grep -v :)" ]
}
# The address and the token come as KCIDB's own clients have them.
cat >farm.yaml <<-END
	lab: lab1
	origin: lab1
	publish:
	  files_url: https://files.example/runs
	  destinations:
	    kernelci: {driver: kcidb-rest, rest: {environment: KCIDB_REST}, timeout: 5s, retry: {first: 100ms, max: 400ms}}
END

plain() {
	new_results n1
	serve s1 --delay 0.3
	good
	exits_with 0 send --wait 30s n1 && taken s1 && says "GET /status?id=" s1/log
}
check "a document is taken, validated by the service and confirmed" plain

tokens() {
	new_results n1
	good -120
	exits_with 3 send n1 >out && says "BLOCKED" out && says "HTTP 401: ExpiredSignature" out || return 1
	JWT=$(python3 "$REST" token other)
	exits_with 3 send --retry >out && says "HTTP 401: InvalidSignature" out || return 1
	JWT=no-token
	exits_with 3 send --retry >out && says "HTTP 401: Missing or invalid JWT" out || return 1
	rm s1/archive/*
	good
	exits_with 0 send --retry --wait 30s && taken s1 && ! grep -r "$JWT" r
}
check "an expired, a foreign and a broken token block the destination with the service's reason" tokens

late() {
	new_results n1
	good
	serve s2 --minor 2
	exits_with 3 send --wait 30s n1 >out && says "parked: refused after it was taken: File failed to pass validation" out &&
		[ -n "$(ls s2/failed)" ] || return 1
	# The service is brought up to date.
	stop
	serve s2 --port "$PORT" && rm s2/failed/*
	exits_with 0 send --retry --wait 30s && taken s2
}
check "a refusal that comes after the answer is noticed, and can be sent again" late

restart() {
	new_results n1
	good
	serve s3 --delay 1
	exits_with 3 send --wait 0s n1 >out && says "unconfirmed" out || return 1
	stop
	exits_with 3 send --retry --wait 1s >out && says "unconfirmed" out || return 1
	serve s3 --port "$PORT"
	exits_with 0 send --retry --wait 30s && taken s3 && [ "$(posts s3)" = 1 ]
}
check "a service that restarts before it has validated is asked again, and sent to once" restart

forgotten() {
	new_results n1
	good
	serve s4 --delay 600
	exits_with 3 send --wait 0s n1 || return 1
	stop
	rm s4/spool/*
	serve s4 --port "$PORT"
	exits_with 0 send --retry --wait 30s && taken s4 && [ "$(posts s4)" = 2 ]
}
check "what the service lost in a restart is sent again" forgotten

down() {
	new_results n1
	good
	serve s5
	stop
	exits_with 3 send --wait 0s n1 >out && says "not sent yet" out || return 1
	serve s5 --port "$PORT"
	exits_with 0 send --retry --wait 30s && taken s5
}
check "a service that is not up gets its documents when it is" down

pieces() {
	new_results n1
	good
	serve s6 --limit 4000
	exits_with 0 send --wait 30s n1 && taken s6 && [ "$(posts s6)" -gt 1 ]
}
check "a service with a small limit gets valid pieces" pieces

tls() {
	new_results n1
	good
	openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=farm -addext subjectAltName=IP:127.0.0.1 \
		-keyout key.pem -out ca.pem 2>/dev/null && cat key.pem ca.pem >server.pem
	serve s7 --tls server.pem
	sed "s|rest: {environment: KCIDB_REST}|url: 'https://127.0.0.1:$PORT/', token: {environment: JWT}|" farm.yaml >tls.yaml
	export JWT
	exits_with 3 "$MMFARM" publish --results r --farm tls.yaml --wait 0s n1 >out && says "not sent yet" out || return 1
	[ ! -e s7/log ] || { echo "the token went to a server nobody vouches for"; return 1; }
	sed "s|timeout: 5s|timeout: 5s, ca_file: ca.pem|" tls.yaml >trusting.yaml
	exits_with 0 "$MMFARM" publish --results r --farm trusting.yaml --retry --wait 30s && taken s7
}
if command -v openssl >/dev/null; then
	check "a token goes only to a service whose certificate is vouched for" tls
else
	skip "a token goes only to a service whose certificate is vouched for" "no openssl"
fi

[ -n "$SCHEMA" ] || skip "the service validates by the published schema" "no ../shared/data/kcidb or no python3-jsonschema"
done_testing
