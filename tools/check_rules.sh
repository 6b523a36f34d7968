#!/usr/bin/env bash
# The alerts speak of what is there: each metric is in the daemon's tables, each runbook is a heading of its document, and each
# alert has a test in which it fires. BUILD names the build folder; gen_manuals is built before.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 2

rules=deploy/prometheus/toilmeterd.rules.yml tests=deploy/prometheus/toilmeterd.test.yml
status=0
# shellcheck disable=SC2016 # backquotes of Markdown
metrics=$("${BUILD:-build}/tools/gen_manuals" configuration | sed -n 's/^| `\(toilmeterd_[a-z_]*\)`.*/\1/p')
[ -n "$metrics" ] || { echo "no metrics in the tables"; exit 1; }

while IFS= read -r name; do
    grep -qxE "$name|${name%_bucket}" <<<"$metrics" || { echo "$rules: no metric is called $name"; status=1; }
done < <(grep -v '^ *#' "$rules" | grep -oE 'toilmeterd_[a-z_]+' | sort -u)

while read -r document anchor; do
    # A heading's anchor, as readers of Markdown make it: small letters, blanks as dashes.
    sed -n 's/^#\{1,6\} //p' "$document" | tr 'A-Z ' 'a-z-' | grep -qx "$anchor" ||
        { echo "$rules: $document has no heading $anchor"; status=1; }
done < <(sed -n 's/^ *runbook: \([^#]*\)#\(.*\)$/\1 \2/p' "$rules")

while IFS= read -r alert; do
    grep -A 2 "alertname: $alert" "$tests" | grep -q exp_alerts || { echo "$tests: $alert never fires"; status=1; }
    for part in summary description runbook; do
        sed -n "/alert: $alert\$/,/^\$/p" "$rules" | grep -q "$part: ." || { echo "$rules: $alert has no $part"; status=1; }
    done
done < <(sed -n 's/^ *- alert: //p' "$rules")
exit $status
