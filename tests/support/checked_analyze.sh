#!/usr/bin/env bash
# One analysis of a made-up company under a checker: its reading by two connections, its hours and its search for links
# have threads, and much memory of their own. The last line is "N passed, N failed".
#
#   checked_analyze.sh tsan       BUILD/tsan/toilmeter, built with ThreadSanitizer
#   checked_analyze.sh valgrind   BUILD/toilmeter, with leaks
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 2

build=${BUILD:-build}
case ${1:-} in
tsan)
    run=(env "TSAN_OPTIONS=suppressions=$PWD/tests/support/tsan.supp exitcode=99" "$build/tsan/toilmeter")
    ;;
valgrind)
    run=(valgrind --quiet --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite "$build/toilmeter")
    ;;
*)
    echo "checked_analyze.sh: tsan or valgrind" >&2
    exit 2
    ;;
esac
folder=$(mktemp -d)
chmod 711 "$folder"
stop() {
    tests/support/postgres.sh stop "$folder/pg" >/dev/null 2>&1 || true
    rm -rf "$folder"
}
trap stop EXIT

conninfo=$(POSTGRES_OWNER=$$ tests/support/postgres.sh start "$folder/pg")
toilmeter=("$build/toilmeter" --db "$conninfo" --quiet)
"${toilmeter[@]}" migrate
"${toilmeter[@]}" generate --out "$folder/data" --seed 3 --days 126
"${toilmeter[@]}" catalog apply "$folder/data/catalog.yaml" >/dev/null
# Bad lines are part of the data: they end up in quarantine, and the exit status says so.
kinds=(work.logs:work_log desk.tickets:support_ticket platform.restarts:service_restart)
kinds+=(platform.rebalances:queue_rebalance platform.events:)
for pair in "${kinds[@]}"; do
    kind=${pair#*:}
    "${toilmeter[@]}" import --key-file "$folder/people.key" ${kind:+--kind "$kind"} "$folder/data/${pair%%:*}.jsonl" \
        >/dev/null 2>&1 || true
done
status=0
"${run[@]}" --db "$conninfo" --quiet analyze || status=$?
if [ $status = 0 ]; then
    echo "1 passed, 0 failed"
else
    echo "0 passed, 1 failed"
    exit 1
fi
