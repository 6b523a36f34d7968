#!/usr/bin/env bash
# The stories on many companies: each seed is generated, imported into a database of its own, analysed and compared. A table,
# then "N passed, N failed": a story passes when it is right on nine of ten seeds, and that no saving is claimed where none
# was planted on all of them. Exit 1 when one failed.
#
#   seeds.sh FIRST LAST       BUILD names the build folder
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
BUILD=${BUILD:-build}
first=$1 last=$2
work=$PWD/$BUILD/seeds
toilmeter=$PWD/$BUILD/toilmeter
export TOILMETER=$toilmeter
folder=

cleanup() {
    local status=$?
    if [ -n "$folder" ]; then
        tests/support/postgres.sh stop "$folder" >/dev/null 2>&1 || true
        rm -rf "$folder"
    fi
    exit "$status"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

rm -rf "$work"
mkdir -p "$work"
folder=$(mktemp -d /tmp/toilmeter-seeds.XXXXXX)
export POSTGRES_OWNER=$$
tests/support/postgres.sh start "$folder" >"$work/postgres" 2>&1 || {
    cat "$work/postgres" >&2
    exit 3
}
PGPORT=$(cat "$folder/port")
export PGHOST=$folder PGPORT PGUSER=postgres TOILMETER_PEOPLE__KEY_FILE=$work/people.key

for seed in $(seq "$first" "$last"); do
    data=$work/$seed
    mkdir -p "$data/reports"
    psql -X -q -d postgres -c "create database seed$seed"
    export PGDATABASE=seed$seed
    "$toilmeter" --quiet generate --out "$data" --seed "$seed"
    "$toilmeter" --quiet migrate >/dev/null
    "$toilmeter" --quiet catalog apply "$data/catalog.yaml" >/dev/null
    # A topic's kind stands in the collector's configuration; lines that go into quarantine are no failure here.
    sed -nE 's/^  - \{topic: ([a-z.]+)(, kind: ([a-z_]+))?\}$/\1 \3/p' "$data/toilmeterd.yaml" | while read -r topic kind; do
        "$toilmeter" --quiet import ${kind:+--kind "$kind"} "$data/$topic.jsonl" >>"$data/import.log" 2>&1 || [ $? -le 1 ]
    done
    start=$(jq -r .start "$data/truth.json")
    days=$(jq .days "$data/truth.json")
    run=$("$toilmeter" --quiet analyze --from "$start" --to "$(date -u -d "$start + $days days" +%F)" --seed "$seed" |
        grep -oE '[0-9]+' | head -n 1)
    echo "seed $seed"
    tests/demo/stories.sh "$run" "$data/truth.json" "$data/reports" || true
    psql -X -q -d postgres -c "drop database seed$seed"
    rm -f "$data"/*.jsonl "$data"/*.arrivals "$data"/keys.tsv
done

passed=0 failed=0 count=$((last - first + 1))
for story in TD-1 TD-2 TD-3 TD-4 TD-5 TD-6 none; do
    right=$(cat "$work"/*/reports/stories.txt | grep -c "^right  $story " || true)
    least=$((9 * count / 10))
    [ $story != none ] || least=$count
    echo "$story: right on $right of $count seeds"
    if [ "$right" -ge "$least" ]; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
done
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
