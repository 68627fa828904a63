#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# `mmfarm rescan`: the archive judged again; both judgements kept.
. "$(dirname "$0")/../support/tap.sh"
RESULTS=$SCRATCH/results

"$MMFARM" run jobs/nightly.yaml --board vx4-01 --results "$RESULTS" >"$SCRATCH/run.out" 2>&1
check "four runs to look at again" [ "$(ls "$RESULTS/runs" | wc -l)" = 4 ]
RUN=$(ls "$RESULTS/runs" | grep premap)
JSON=$RESULTS/runs/$RUN/run.json
cp "$JSON" "$SCRATCH/before.json"

same() {
	exits_with 0 "$MMFARM" rescan --results "$RESULTS" >"$SCRATCH/out" &&
		says "4 runs judged again, 0 differ" "$SCRATCH/out"
}
check "the same rules judge the same" same
check "the old judgement is not touched" cmp "$JSON" "$SCRATCH/before.json"
beside() {
	jq -S 'del(.findings[].excerpt)' "$RESULTS/runs/$RUN"/rescans/*.json >"$SCRATCH/a" &&
		jq -S 'del(.findings[].excerpt)' "$JSON" >"$SCRATCH/b" && cmp "$SCRATCH/a" "$SCRATCH/b"
}
check "the new judgement lies beside it" beside

# As if older rules had seen one report only, under another title, and failed the run for it.
jq '.verdict = "FAIL" | .findings = [.findings[0] | .title = "old title"] | .rules_version = 0' \
	"$SCRATCH/before.json" >"$JSON"
differs() {
	exits_with 1 "$MMFARM" rescan --results "$RESULTS" "$RUN" >"$SCRATCH/out" || return 1
	says "FAIL -> PASS" "$SCRATCH/out" && says "changed: old title" "$SCRATCH/out" &&
		says "new: WARNING at" "$SCRATCH/out" && says "1 differ, 1 of them in the verdict" "$SCRATCH/out"
}
check "what changed is shown" differs
json() {
	"$MMFARM" rescan --results "$RESULTS" --json "$RUN" >"$SCRATCH/json"
	jq_is "$SCRATCH/json" '"\(.verdict_before) \(.verdict_after) \(.rules_before) \(.changes | length)"' \
		"FAIL PASS 0 2"
}
check "also as JSON" json
dry() {
	rm -r "$RESULTS/runs/$RUN/rescans"
	"$MMFARM" rescan -n --results "$RESULTS" "$RUN" >"$SCRATCH/out"
	[ ! -e "$RESULTS/runs/$RUN/rescans" ]
}
check "--dry-run writes nothing" dry

packed() {
	cp "$SCRATCH/before.json" "$JSON"
	echo 'keep: {compress_after: 0m}' >"$SCRATCH/farm.yaml"
	"$MMFARM" prune --farm "$SCRATCH/farm.yaml" --results "$RESULTS" >"$SCRATCH/out" || return 1
	[ ! -e "$RESULTS/runs/$RUN/console.raw" ] || return 1
	exits_with 0 "$MMFARM" rescan --results "$RESULTS" >"$SCRATCH/out" &&
		says "4 runs judged again, 0 differ" "$SCRATCH/out" || return 1
	jq -S .findings "$JSON" >"$SCRATCH/a"
	jq -S .findings "$RESULTS/runs/$RUN"/rescans/*.json >"$SCRATCH/b" && cmp "$SCRATCH/a" "$SCRATCH/b"
}
check "packed consoles are judged as well, excerpts included" packed

# What the job adds to the rules is part of the run's own files: the same rules judge again.
added() {
	local other=$SCRATCH/other
	sed -e "s|: \.\./|: $PWD/|" jobs/nightly.yaml >"$SCRATCH/job.yaml"
	echo 'detect: [{text: "WARNING: firmware/mm/", means: ignore}]' >>"$SCRATCH/job.yaml"
	"$MMFARM" run "$SCRATCH/job.yaml" --board vx4-01 --results "$other" >"$SCRATCH/run.out" 2>&1
	says "FAIL" "$SCRATCH/run.out" || return 1
	exits_with 0 "$MMFARM" rescan --results "$other" >"$SCRATCH/out" &&
		says "4 runs judged again, 0 differ" "$SCRATCH/out"
}
check "literals of the job judge the run and its rescan" added

trouble() {
	jq '.end.trouble = "the cable is out" | .end.trouble_kind = "lab" | .verdict = "MISS"' \
		"$SCRATCH/before.json" >"$JSON"
	: >"$RESULTS/runs/$RUN/console.raw"
	exits_with 0 "$MMFARM" rescan --results "$RESULTS" --json "$RUN" >"$SCRATCH/json" &&
		jq_is "$SCRATCH/json" .verdict_after MISS
}
check "trouble of the lab stays what it was" trouble
silent() {
	rm "$RESULTS/runs/$RUN"/console.raw*
	exits_with 3 "$MMFARM" rescan --results "$RESULTS" "$RUN" 2>"$SCRATCH/out" || return 1
	says "console.raw: No such file" "$SCRATCH/out"
	jq '.log.bytes = 0' "$JSON" >"$SCRATCH/json" && cp "$SCRATCH/json" "$JSON"
	exits_with 0 "$MMFARM" rescan --results "$RESULTS" "$RUN"
}
check "a console that is lost is told, one that never was is judged as silent" silent
bad() {
	echo '{' >"$JSON"
	exits_with 3 "$MMFARM" rescan --results "$RESULTS" >"$SCRATCH/out" 2>&1 &&
		says "3 runs judged again" "$SCRATCH/out" && says "$RUN" "$SCRATCH/out"
}
check "a run that cannot be read is told and passed over" bad
check "an unknown run is a usage error" exits_with 2 "$MMFARM" rescan --results "$RESULTS" nobody
check "a path is no run" exits_with 2 "$MMFARM" rescan --results "$RESULTS" ../x
done_testing
