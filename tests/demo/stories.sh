#!/usr/bin/env bash
# The six stories of the demo against the truth, from one run of a database (PG* variables): a line each, "right" or "WRONG".
# Exit 1 when one is wrong.
#
#   stories.sh RUN TRUTH FOLDER       FOLDER takes the reports as JSON; TOILMETER names the program
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
run=$1 truth=$2 folder=$3
toilmeter=${TOILMETER:-toilmeter}

# Status 1 is an answer: "not established".
report() {
    local file=$1 status=0
    shift
    "$toilmeter" report "$@" --run "$run" --format json >"$folder/$file.json" || status=$?
    [ $status -le 1 ] || exit $status
}

items=$(jq -r '.stories | keys[]' "$truth")
report trend trend
for item in $items; do
    report "impact-$item" impact "$item"
    report "saved-$item" saved "$item"
done
gather() {
    for item in $items; do
        jq -n --arg item "$item" --slurpfile report "$folder/$1-$item.json" '{($item): $report[0]}'
    done | jq -s add
}
jq -n --slurpfile truth "$truth" --slurpfile trend "$folder/trend.json" --argjson impact "$(gather impact)" \
    --argjson saved "$(gather saved)" '{truth: $truth[0], trend: $trend[0], impact: $impact, saved: $saved}' |
    jq -r -f "$here/stories.jq" | tee "$folder/stories.txt"
! grep -q '^WRONG' "$folder/stories.txt"
