#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The publisher against real servers: what is answered decides what happens, what it is told in farm.yaml
# is checked, and a destination that is down or a disk that is full loses nothing.
# (Answers in every order and kills at any moment: tests/long/results_publish.sh.)
# Long: it waits for servers.
. "$(dirname "$0")/../support/tap.sh"
. "$(dirname "$0")/../support/publish.sh"

# ---- the plain case ------------------------------------------------------------------------------
plain() {
	new_results n1 || return 1
	start s1 --token sesame
	rest kernelci "$PORT" | farm
	exits_with 0 publish n1 && arrived s1 &&
		says "GET /status?id=S1" s1/log && says '"item":"n1.kcidb"' r/spool/kernelci/sent.jsonl
}
check "a batch is sent, asked about and gone from the spool" plain
check "the token is nowhere but in its variable" bash -c '! grep -r sesame r farm.yaml'

urls() { jq -e '.tests[] | select(.path == "boot") | .log_url | startswith("https://files.example/runs/n1-")' s1/1.json; }
check "the documents sent say where the files are" urls

again() { exits_with 0 publish n1 && arrived s1; }
check "a batch sent again has the same ids and contents" again

as_json() {
	exits_with 0 publish --json n1 >out 2>/dev/null && jq_is out .waiting 0 && jq_is out .destination kernelci
}
check "--json gives one object a destination and nothing else" as_json

dry() {
	rm -rf r/spool
	exits_with 0 publish --dry-run n1 >out && says "kernelci: kcidb-rest to http://127.0.0.1:" out &&
		says "n1.kcidb " out && [ ! -e r/spool ]
}
check "--dry-run says what and where, and leaves nothing" dry

# ---- refusals ------------------------------------------------------------------------------------
wrong_token() {
	new_results n1 n2
	start s2 --token other
	printf stale >token
	{
		rest kernelci "$PORT" | sed 's/token: {environment: TOKEN}/token: {file: token}/'
		echo '    owner: {driver: sendmail, command: [./mailer], from: farm@lab.example, lab_owner: owner@lab.example, jobs: [none]}'
	} | farm
	printf '#!/bin/sh\ncat >notice.$$\n' >mailer && chmod +x mailer
	exits_with 3 publish n1 n2 >out || return 1
	says "not sent, the destination is blocked: HTTP 401: " out && says InvalidSignature out && [ ! -e s2/1.json ] || return 1
	exits_with 3 publish --status >out && says "  BLOCKED since " out && says "  waiting     n1.kcidb, 1 try: HTTP 401" out &&
		says "  waiting     n2.kcidb, 0 tries" out || return 1
	# The batches wait, the destination is left alone.
	publish >/dev/null
	[ "$(grep -c POST s2/log)" = 1 ] || { cat s2/log; return 1; }
	publish --status --json | jq -es '.[0].blocked_reason | startswith("HTTP 401")' && ! grep -r stale r
}
check "401 blocks the destination, not the batch: nothing else is tried" wrong_token

owner_hears() {
	[ "$(ls notice.* | wc -l)" = 1 ] && says "To: owner@lab.example" notice.* &&
		says "Subject: [mmfarm] LAB: kernelci cannot be logged in to, nothing is sent" notice.* &&
		says "HTTP 401: " notice.* && says "mmfarm publish --retry" notice.*
}
check "the lab's owner hears of it by mail, once" owner_hears

changed_token() {
	start s3 --token sesame
	sed -i "s/127.0.0.1:[0-9]*/127.0.0.1:$PORT/" farm.yaml
	exits_with 3 publish --wait 5s >out && says "BLOCKED since" out && says POST s3/log || return 1
	printf sesame >token
	exits_with 0 publish --wait 5s >out && arrived s3 && [ ! -e r/spool/kernelci/blocked.json ]
}
check "it is tried again when farm.yaml or the token's file has changed, and goes on" changed_token

missing_token() {
	new_results n1 n2
	start s45 --token sesame
	rm token
	rest kernelci "$PORT" | sed 's/token: {environment: TOKEN}/token: {file: token}/' | farm
	exits_with 3 publish n1 n2 >out && says "the destination is blocked" out && says "token" out || { cat out; return 1; }
	exits_with 3 publish --status >out && says "  waiting     n2.kcidb, 0 tries" out && ! says "  parked " out || { cat out; return 1; }
	printf sesame >token
	exits_with 0 publish --wait 5s >out && arrived s45
}
check "a token's file that is missing blocks the destination, the batches wait for it" missing_token

forbidden() {
	new_results n1 n2
	start s3b --token sesame --answers 403
	rest kernelci "$PORT" | farm
	exits_with 3 publish n1 n2 >out && says "BLOCKED since" out || return 1
	exits_with 3 publish --wait 0s >out && [ "$(grep -c POST s3b/log)" = 1 ] || return 1
	exits_with 0 publish --retry >out && arrived s3b
}
check "403 does the same; --retry ends it" forbidden

# ---- --check -------------------------------------------------------------------------------------
asked() {
	new_results n1
	start c1 --token sesame
	local good=$PORT
	start c2 --token other
	exec 6< <(exec python3 "$(dirname "$SERVER")/mail_server.py" check.box)
	pids+=($!)
	local port
	read -r -t 20 port <&6
	{
		rest kernelci "$good"
		rest stranger "$PORT"
		rest gone 1
		echo "    any: {driver: http, url: 'http://127.0.0.1:$good/put/{batch}'}"
		echo "    list: {driver: smtp, url: 'smtp://127.0.0.1:$port', from: a@b, to: c@d}"
		echo "    shelf: {driver: directory, path: 'shelf/{batch}'}"
		echo "    wall: {driver: directory, path: 'farm.yaml/{batch}'}"
		echo "    copier: {driver: exec, command: [cp, -r, '{run_dir}', x/]}"
		echo "    nobody: {driver: command, command: [./not-there]}"
	} | farm
	exits_with 3 publish --check >out || return 1
	says "kernelci: good: it takes our token" out && says "stranger: BAD: HTTP 401: InvalidSignature" out && says "gone: BAD: " out &&
		says "any: good: it answers (HTTP " out && says "list: good: it answers" out &&
		says "shelf: good: . can be written to" out && says "wall: BAD: farm.yaml: " out &&
		says "copier: good: cp is there" out && says "nobody: BAD: ./not-there: no such program" out &&
		[ "$(wc -l <out)" = 9 ] && [ ! -e r/spool/kernelci ] && [ ! -e shelf ] &&
		! says DATA check.box && [ ! -e c1/1.json ] && exits_with 0 publish --check --destination kernelci
}
check "--check asks each destination, and sends and leaves nothing" asked

late_failure() {
	new_results n1
	start s4 --token sesame --statuses ready,inprogress,failed
	rest kernelci "$PORT" | farm
	exits_with 3 publish --wait 30s n1 >out &&
		says "parked: refused after it was taken: File failed to pass validation" out &&
		[ "$(grep -c 'GET /status' s4/log)" = 3 ] && exits_with 0 publish --retry && arrived s4
}
check "a submission that fails late is noticed, parked and can be tried again" late_failure

lost() {
	new_results n1
	start s5 --token sesame --statuses notfound
	rest kernelci "$PORT" | farm
	exits_with 0 publish --wait 30s n1 && [ "$(grep -c POST s5/log)" = 2 ] && arrived s5
}
check "a submission the service forgot is sent again" lost

too_big() {
	new_results n1
	start s6 --token sesame --answers 413,413,413
	rest kernelci "$PORT" | farm
	exits_with 0 publish --wait 30s n1 >out && says "n1.kcidb split: HTTP 413" out && arrived s6 &&
		[ "$(ls s6/*.json | wc -l)" -gt 2 ]
}
check "413: the document is sent in pieces, each valid" too_big

slow_down() {
	new_results n1
	start s7 --token sesame --answers 429
	rest kernelci "$PORT" | farm
	local begin=$SECONDS
	exits_with 0 publish --wait 30s n1 && arrived s7 && [ $((SECONDS - begin)) -ge 1 ]
}
check "429 with Retry-After waits as asked" slow_down

damaged_spool() {
	new_results n1
	farm < <(rest kernelci 1)
	publish --wait 0s n1 >/dev/null
	start s8 --token sesame
	rest kernelci "$PORT" | farm
	truncate -s -100 r/spool/kernelci/n1.kcidb/document
	exits_with 3 publish --retry >out && says "parked: not valid, not sent" out && [ ! -e s8/1.json ]
}
check "a document damaged in the spool is not sent" damaged_spool

# ---- a dead destination ------------------------------------------------------------------------------
dead() {
	new_results n1 n2 n3 || return 1
	start d1 --answers hang,hang,hang,hang,hang,hang
	{
		rest dead "$PORT" ", timeout: 5s" | sed 's/timeout: 500ms,//'
		rest gone 1
		echo "    shelf: {driver: directory, path: shelf}"
	} | farm
	publish -q --wait 0s n1 n2 n3 >out 2>&1 &
	local pid=$! i found=1
	for i in $(seq 40); do
		[ -e shelf/n3.json ] && { found=0; break; }
		sleep 0.1
	done
	kill $pid 2>/dev/null
	wait $pid 2>/dev/null
	return $found
}
check "destinations that hang or are not there slow no other" dead

few_tries() {
	new_results n1 n2 n3 n4 n5 n6 || return 1
	rest gone 1 | farm
	publish --wait 0s n1 n2 n3 n4 n5 n6 >out
	[ "$(grep -c 'not sent yet' out)" = 3 ] || { cat out; return 1; }
}
check "a destination that is down is left alone after three failures" few_tries

# ---- full disk and full spool ------------------------------------------------------------------------
spool_limit() {
	new_results n1 n2 n3 || return 1
	local size=$(wc -c <r/batches/n1/whole.json)
	rest kernelci 1 ", limit: $((size * 3 / 2))" | farm
	publish --wait 0s n1 n2 n3 >out
	says "its spool is full, n3 waits outside" out || return 1
	[ "$(du -cb r/spool/kernelci/*/document | tail -n1 | cut -f1)" -le $((size * 3 / 2)) ] || return 1
	start l1 --token sesame
	rest kernelci "$PORT" ", limit: $((size * 3 / 2))" | farm
	exits_with 0 publish --retry --wait 20s && arrived l1
}
check "a full spool takes no more, and what waited outside arrives" spool_limit

full_disk() {
	new_results n1 n2 || return 1
	mkdir -p small
	mount -t tmpfs -o size=64k tmpfs small || return 1
	rm -rf r/spool && ln -s "$PWD/small" r/spool
	start f1 --token sesame
	rest kernelci "$PORT" | farm
	dd if=/dev/zero of=small/filler bs=1k count=60 2>/dev/null
	publish --wait 0s n1 >out 2>&1
	[ $? -ne 0 ] && says "No space left on device" out || return 1
	rm small/filler
	exits_with 0 publish --wait 20s n2 && arrived f1
}
if [ "$(id -u)" -eq 0 ] && mkdir -p small && mount -t tmpfs -o size=64k tmpfs small 2>/dev/null; then
	umount small
	check "a full disk is an error, and what could not be stored then is sent later by itself" full_disk
	umount small
else
	skip "a full disk is an error, and what could not be stored then is sent later by itself" "cannot mount"
fi

# ---- other drivers -------------------------------------------------------------------------------------
http_put() {
	new_results n1
	start h1 --answers 502
	farm <<-END
		    web: {driver: http, method: PUT, url: "http://127.0.0.1:$PORT/x/{batch}/{file}", what: [html, junit], retry: {first: 100ms, max: 200ms}}
	END
	exits_with 0 publish --wait 20s n1 && says "PUT /x/n1/n1.html" h1/log &&
		says "PUT /x/n1/n1.junit.xml" h1/log && grep -q "<!DOCTYPE html>" h1/*.json
}
check "http: PUT with the file's name in the URL" http_put

directory() {
	new_results n1
	farm <<-END
		    shelf: {driver: directory, path: "shelf2/{batch}", what: [kcidb, text, html, junit, tap, csv]}
	END
	exits_with 0 publish n1 &&
		[ "$(cd shelf2/n1 && echo *)" = "n1.csv n1.html n1.json n1.junit.xml n1.tap n1.txt" ]
}
check "directory: one file a kind" directory

command_codes() {
	new_results n1
	cat >taker <<-'END'
		#!/bin/sh
		cat >taken.$2
		echo "$2" >>tries
		case $(wc -l <tries) in
		1) echo "try later" >&2; exit 75 ;;
		2) echo "never this" >&2; exit 65 ;;
		esac
	END
	chmod +x taker
	farm <<-END
		    own: {driver: command, command: [./taker, --batch, "{batch}"], retry: {first: 100ms, max: 200ms}}
	END
	exits_with 3 publish --wait 20s n1 >out && says "not sent yet: exit 75: try later" out &&
		says "parked: exit 65: never this" out && exits_with 0 publish --retry &&
		cmp -s taken.n1 r/batches/n1/whole.json || cmp <(jq -S . taken.n1) <(jq -S . r/batches/n1/whole.json)
}
check "command: the document on standard input, exit codes as in sysexits" command_codes

s3() {
	new_results n1
	start b1 --s3 AKID:secret
	farm <<-END
		    store: {driver: s3, url: "http://127.0.0.1:$PORT/bucket", prefix: "farm/runs", key_id: {environment: S3_ID}, key: {environment: S3_KEY}, retry: {first: 100ms, max: 200ms}}
	END
	S3_ID=AKID S3_KEY=wrong exits_with 3 publish n1 >out && says "the destination is blocked: HTTP 403: signature" out || return 1
	S3_ID=AKID S3_KEY=secret exits_with 0 publish --retry &&
		diff -r r/runs b1/s3/bucket/farm/runs
}
check "s3: run directories arrive under a right signature" s3

copier() {
	new_results n1
	mkdir -p mirror
	farm <<-END
		    mirror: {driver: exec, command: [cp, -r, "{run_dir}", mirror/]}
	END
	exits_with 0 publish n1 && diff -r r/runs mirror
}
check "exec: the site's own copier gets each run directory" copier

# ---- mail ----------------------------------------------------------------------------------------------
sendmail() {
	rm -rf r
	batch r n1 --fail
	batch r n2 --miss
	batch r n3
	cat >mailer <<-'END'
		#!/bin/sh
		cat >>"mail.$(ls mail.* 2>/dev/null | wc -l)"
	END
	chmod +x mailer
	farm <<-END
		    list: {driver: sendmail, command: [./mailer], from: "farm <farm@lab.example>", to: ["list@kernel.example"], lab_owner: owner@lab.example, when: trouble}
	END
	exits_with 0 publish --wait 0s n1 n2 n3 >out && [ -e mail.1 ] && [ ! -e mail.2 ] || return 1
	python3 - <<'PY'
import email, email.policy, sys
mails = [email.message_from_binary_file(open(f"mail.{i}", "rb"), policy=email.policy.default) for i in (0, 1)]
fail, lab = mails
assert fail["To"] == "list@kernel.example", fail["To"]
assert fail["Subject"].startswith("[mmfarm] FAIL: nightly") and "split_guard" in fail["Subject"], fail["Subject"]
assert lab["To"] == "owner@lab.example" and "[mmfarm] LAB:" in lab["Subject"], (lab["To"], lab["Subject"])
for m in mails:
    assert m["From"] == "farm <farm@lab.example>" and m["Message-ID"] and m["Date"]
    assert m.get_content_type() == "text/plain" and m["Content-Transfer-Encoding"] == "7bit"
    assert "Overall result" in m.get_content() and "<" not in m.get_content().split("Overall")[0]
    assert m["Message-ID"].endswith("@lab.example>"), m["Message-ID"]
    assert not m.defects, m.defects
    assert (m["X-Mmfarm-Job"], m["X-Mmfarm-Lab"]) == ("nightly", "lab1")
    assert m["X-Mmfarm-Commit"] == "d6" * 20 and m["X-Mmfarm-Tree"] == "arm64"
assert (fail["X-Mmfarm-Batch"], fail["X-Mmfarm-Verdict"]) == ("n1", "FAIL")
assert fail["X-Mmfarm-Issues"] == "new=2 known=0 fixed=0 lab=0", fail["X-Mmfarm-Issues"]
assert fail.get_all("X-Mmfarm-Signature") == ["0000000000000002 warn", "0000000000000003 warn"]
assert (lab["X-Mmfarm-Batch"], lab["X-Mmfarm-Verdict"]) == ("n2", "MISS")
raw = open("mail.0", "rb").read()
assert b"result:" not in raw.split(b"\r\n\r\n")[0] and all(len(line) <= 80 for line in raw.split(b"\r\n\r\n")[0].split(b"\r\n"))
PY
}
check "sendmail: trouble to the list, lab trouble to its owner, nothing for a good night" sendmail

# The mails of three nights: the same issue again, then gone; and after `reindex`.
mails() {
	cat >mailer <<-'END'
		#!/bin/sh
		cat >"mail.$(ls mail.* 2>/dev/null | wc -l)"
	END
	rm -rf r mail.*
	farm <<-END
		    list: {driver: sendmail, command: [./mailer], from: "farm <farm@lab.example>", to: [list@kernel.example]}
	END
}
threads() {
	mails
	night() { # N [OPTIONS]
		local n=$1
		shift
		batch r "n$n" "$@" --time "2026-06-0${n}T01:10:00Z" && rm -f r/store.sqlite &&
			"$MMFARM" reindex --results r >/dev/null && publish -q --wait 0s "n$n"
	}
	night 1 --fail && night 2 --fail && night 3 --fail && night 4 --clean &&
		night 5 --clean --failing-test 1 || return 1
	python3 - <<'PY'
import email, email.policy
m = [email.message_from_binary_file(open(f"mail.{i}", "rb"), policy=email.policy.default) for i in range(5)]
first = m[0]["Message-ID"]
assert [x["X-Mmfarm-Batch"] for x in m] == ["n1", "n2", "n3", "n4", "n5"]
assert len({x["Message-ID"] for x in m}) == 5
assert m[0]["In-Reply-To"] is None and m[4]["In-Reply-To"] is None, "news begin a thread"
for x in m[1:4]:  # known, known, fixed
    assert x["In-Reply-To"] == x["References"] == first, (x["X-Mmfarm-Batch"], x["In-Reply-To"])
assert "2 fixed" in m[3]["Subject"], m[3]["Subject"]
PY
}
check "a mail about a known or fixed issue answers the one that first reported it, also after reindex" threads

unsent_first() {
	mails
	batch r n1 --fail --time 2026-06-01T01:10:00Z
	batch r n2 --fail --time 2026-06-02T01:10:00Z
	"$MMFARM" reindex --results r >/dev/null
	publish -q --wait 0s n2 || return 1
	batch r n3 --fail --time 2026-06-03T01:10:00Z
	printf '{"time":"2026-06-01T00:00:00Z","destination":"list","message_id":"<a@b>\\r\\nBcc: x@y"}\n' >r/batches/n1/mails.jsonl
	publish -q --wait 0s n3 || return 1
	! grep -qi '^In-Reply-To' mail.0 && ! grep -qi '^Bcc' mail.1 &&
		[ "$(sed -n 's/^In-Reply-To: //p' mail.1)" = "$(sed -n 's/^Message-ID: //p' mail.0)" ]
}
check "what was never mailed is no mail to answer; a record that was tampered with adds no header" unsent_first

hostile_mail() {
	mails
	batch r n1 --fail --bytes
	jq '.comment = "x\r\nBcc: evil@example.org\u202e" | .lab = "lab\r\nX-Evil: 1"
		| .checkout.git_repository_branch = "b\r\n\r\nbody =?utf-8?q?x?= \u00e9" ' r/batches/n1/batch.json >new &&
		mv new r/batches/n1/batch.json
	jq '.findings[0].func = "f\r\nBcc: evil@example.org\r\n\r\n." | .findings[0].excerpt = "\r\n.\r\nQUIT\r\n\u0000"' \
		r/runs/n1-b0-v0-1/run.json >new && mv new r/runs/n1-b0-v0-1/run.json
	publish -q --wait 0s n1 || return 1
	python3 - <<'PY'
import email, email.policy
raw = open("mail.0", "rb").read()
m = email.message_from_bytes(raw, policy=email.policy.default)
known = {"from", "to", "message-id", "subject", "date", "auto-submitted", "mime-version", "content-type",
         "content-transfer-encoding", "x-mmfarm-batch", "x-mmfarm-job", "x-mmfarm-lab", "x-mmfarm-verdict",
         "x-mmfarm-issues", "x-mmfarm-signature", "x-mmfarm-tree", "x-mmfarm-branch", "x-mmfarm-commit"}
assert {k.lower() for k in m.keys()} == known, m.keys()
assert not m.defects and m.get_content().startswith("Overall result"), m.get_content()[:80]
assert all(ord(c) >= 32 or c in "\n" for c in m["Subject"] + m["X-Mmfarm-Branch"]), m["Subject"]
assert m["Content-Transfer-Encoding"] == "8bit" and b"\xc3\xa9" in raw
assert b"\0" not in raw and b"\x1b" not in raw and all(len(l) <= 998 for l in raw.split(b"\r\n"))
PY
}
check "whatever boards and batches hold, a mail keeps its headers, and its text is 8bit" hostile_mail

long_lines() {
	mails
	batch r n1 --fail
	local f
	for f in r/runs/n1-b*-v0-1/console.raw; do
		{ printf 'boot\r\n\r\n%01200d=\xc3\xa9 \r\n' 7; cat $f; } >new && mv new $f
	done
	publish -q --wait 0s n1 || return 1
	python3 - <<'PY'
import email, email.policy
raw = open("mail.0", "rb").read()
m = email.message_from_bytes(raw, policy=email.policy.default)
assert m["Content-Transfer-Encoding"] == "quoted-printable"
assert all(len(l) <= 78 for l in raw.split(b"\r\n")), max(map(len, raw.split(b"\r\n")))
assert "0" * 1199 + "7=\u00e9 \n" in m.get_content().replace("\r\n", "\n")
PY
}
check "lines that are too long for a server make it quoted-printable, and come out the same" long_lines

html_mail() {
	mails
	sed -i 's/driver: sendmail,/driver: sendmail, what: [html-mail],/' farm.yaml
	batch r n1 --fail --bytes
	publish -q --wait 0s n1 || return 1
	python3 - <<'PY'
import email, email.policy
m = email.message_from_binary_file(open("mail.0", "rb"), policy=email.policy.default)
assert m.get_content_type() == "multipart/alternative" and not m.defects, m.defects
assert "Overall result" in m.get_body(("plain",)).get_content()
assert "<!DOCTYPE html>" in m.get_body(("html",)).get_content()
PY
}
check "what: [html-mail] sends text and HTML of the same" html_mail

long_report() {
	mails
	batch r n1 --fail
	local f
	python3 - <<'PY'
import glob, json
for name in glob.glob("r/runs/*-v0-1/run.json"):
    run = json.load(open(name))
    run["findings"] = [dict(run["findings"][0], sig2="%016x" % i, title=f"WARNING number {i}") for i in range(200)] if run["findings"] else []
    json.dump(run, open(name, "w"))
    open(name.replace("run.json", "console.raw"), "w").write(("x" * 90 + "\r\n") * 60)
PY
	publish -q --wait 0s n1 || return 1
	[ "$(stat -c %s mail.0)" -lt 180000 ] && says "[200] FAIL: WARNING number" mail.0 &&
		says "(left out here, the report is long: console and commands)" mail.0
}
check "a long report names all, and leaves out consoles before lists refuse it" long_report

smtp() {
	rm -rf r
	batch r n1 --fail
	exec 6< <(exec python3 "$(dirname "$SERVER")/mail_server.py" smtp.box --refuse 2)
	pids+=($!)
	local port
	read -r -t 20 port <&6
	farm <<-END
		    list: {driver: smtp, url: "smtp://127.0.0.1:$port", from: farm@lab.example, to: ["a@kernel.example", "B <b@kernel.example>"], retry: {first: 100ms, max: 200ms}}
	END
	exits_with 0 publish --wait 20s n1 >out && says "not sent yet: " out &&
		says "MAIL FROM:<farm@lab.example>" smtp.box && says "RCPT TO:<b@kernel.example>" smtp.box &&
		says "Subject: [mmfarm] FAIL: nightly" smtp.box && [ "$(grep -c '^Message-ID' smtp.box)" = 1 ]
}
check "smtp: a server that says 'later' gets the mail once" smtp

# ---- the documentation --------------------------------------------------------------------------------------
documented() {
	awk '/^    (publish|keep):/ {on = 1} on && /^[^ ]/ {on = 0} on {print substr($0, 5)}' "$DOCS/publish.md" "$DOCS/results.md" >documented.yaml
	echo "origin: lab1" >>documented.yaml
	"$MMFARM" publish --results r --farm documented.yaml --status >out && says "list: smtp to smtp://mail.lab.example" out &&
		"$MMFARM" prune --results r --farm documented.yaml --dry-run
}
check "the farm.yaml of the documentation is one" documented

# ---- configuration ---------------------------------------------------------------------------------------
refused() { # yaml text
	printf '%s\n' "$1" >bad.yaml
	"$MMFARM" publish --results r --farm bad.yaml --status >out 2>&1
	[ $? -eq 2 ] && says "$2" out
}
check "unknown driver" refused $'publish:\n  destinations:\n    x: {driver: pigeon}' 'bad.yaml:3:17: unknown destination driver "pigeon", expected one of: kcidb-rest'
check "the default origin" refused $'publish:\n  destinations:\n    x: {driver: kcidb-rest, url: "https://h/", token: {environment: T}}' 'the origin is still the default "mmfarm", expected `origin:`'
check "no token" refused $'origin: l\npublish:\n  destinations:\n    x: {driver: kcidb-rest, url: "https://h/"}' 'expected `token:`'
check "unknown key" refused $'publish:\n  destinations:\n    x: {driver: directory, path: p, pth: q}' 'bad.yaml:3:37'
check "a token in the file is refused" refused $'publish:\n  destinations:\n    x: {driver: kcidb-rest, url: "https://tok@h/"}' 'password or token in a URL'
check "what a driver cannot send" refused $'publish:\n  destinations:\n    x: {driver: smtp, what: [kcidb], url: "smtp://h", from: a@b, to: c@d}' 'driver smtp cannot send kcidb'
check "unknown placeholder" refused $'publish:\n  destinations:\n    x: {driver: http, url: "http://h/{bath}"}' 'unknown placeholder'
check "no mail address" refused $'publish:\n  destinations:\n    x: {driver: sendmail, from: a@b, to: nobody}' '"nobody" is no mail address'
check "no destinations at all" refused 'lab: l' 'no destinations'
no_variable() {
	new_results n1
	rest kernelci 1 | farm
	exits_with 3 "$MMFARM" publish --results r n1 >out 2>&1 && says "blocked: farm.yaml:6:84: environment variable TOKEN is not set" out
}
check "a token that is not there blocks with the variable's name" no_variable

done_testing
