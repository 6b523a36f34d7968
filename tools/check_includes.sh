#!/usr/bin/env bash
# Checks who may include what: the two programs never see each other's headers, and each outside library is known by
# the one file that wraps it. Prints each wrong line; exit 1 when there is one.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 2

wrong=0

# forbid PATTERN REASON PATH... [-- ALLOWED...]: no file below PATHs but those ALLOWED has an #include of PATTERN.
forbid() {
    local pattern=$1 reason=$2 paths=() allowed=() found line file
    shift 2
    while [ $# -gt 0 ] && [ "$1" != -- ]; do
        paths+=("$1")
        shift
    done
    [ $# -eq 0 ] || shift
    allowed=("$@")
    found=$(grep -rnE --include='*.c' --include='*.h' "^[[:space:]]*#[[:space:]]*include[[:space:]]*[<\"]$pattern" \
        "${paths[@]}" 2>/dev/null)
    while IFS= read -r line; do
        [ -n "$line" ] || continue
        file=${line%%:*}
        [[ " ${allowed[*]} " == *" $file "* ]] && continue
        echo "$line: $reason"
        wrong=1
    done <<<"$found"
}

# Headers of a program that the other might name without its folder.
own_headers() {
    find "$1" -name '*.h' -printf '%f\n' 2>/dev/null | sort | paste -sd'|' | sed 's/\./\\./g'
}

program=(common include collector analyzers)
analyzers_headers=$(own_headers analyzers)
collector_headers=$(own_headers collector)

forbid '([./]*)?analyzers/' 'the collector must not know the analyzers' collector common include
forbid '([./]*)?collector/' 'the analyzers must not know the collector' analyzers common include
[ -z "$collector_headers" ] || forbid "($collector_headers)\"" 'a header of the collector' analyzers common include

[ -z "$analyzers_headers" ] || forbid "($analyzers_headers)\"" 'a header of the analyzers' collector include
forbid '\.\./' 'name a header from its folder, not through ..' "${program[@]}"

forbid 'librdkafka/' 'librdkafka belongs to collector/source.c and source_conf.*' "${program[@]}" \
    -- collector/source.c collector/source_conf.c collector/source_conf.h
forbid 'libpq' 'libpq belongs to common/db.c' "${program[@]}" -- common/db.c
forbid 'libfyaml' 'libfyaml belongs to common/yaml.c' "${program[@]}" -- common/yaml.c
forbid 'microhttpd' 'libmicrohttpd belongs to collector/health.c and analyzers/serve.c' "${program[@]}" \
    -- collector/health.c analyzers/serve.c
forbid 'openssl/' 'libcrypto belongs to common/people.c, common/digest.c and common/certificate.c' "${program[@]}" \
    -- common/people.c common/digest.c common/certificate.c
forbid 'pcre2' 'pcre2 belongs to common/pattern.c' "${program[@]}" -- common/pattern.c
forbid '(cjson/)?cJSON\.h' "cJSON belongs to the analyzers' JSON renderer" "${program[@]}" -- analyzers/render/render_json.c
forbid 'archive(_entry)?\.h' 'libarchive belongs to analyzers/import/import_read.c' "${program[@]}" \
    -- analyzers/import/import_read.c
forbid 'glib\.h' "GLib's time zones belong to common/zone.c" "${program[@]}" -- common/zone.c
forbid 'systemd/' "systemd's notification belongs to collector/notify.c" "${program[@]}" \
    -- collector/notify.c collector/health.c collector/main.c
forbid 'gsl/' 'GSL belongs to analyzers/stats' common include collector
found=$(grep -rlE '^#include <gsl/' analyzers 2>/dev/null | grep -v '^analyzers/stats/')
[ -z "$found" ] || { echo "$found: GSL belongs to analyzers/stats"; wrong=1; }

# Between the folders of the analyzers data moves one way; commands drive them all.
folder() {
    local name=$1 may=$2 other
    for other in catalog names analyze stats reports render import sample quarantine forget doctor generate commands; do
        [[ " $name $may " == *" $other "* ]] || forbid "$other/" "$name/ must not know $other/" "analyzers/$name"
    done
}
folder stats ''
folder catalog ''
folder names catalog
folder analyze 'catalog stats'
folder reports 'catalog names stats'
folder render reports
folder import catalog
folder sample ''
folder quarantine 'catalog reports'
folder forget 'quarantine reports'
folder doctor 'catalog quarantine'
folder generate catalog

# Pure numerics: no input, output, clock or database.
forbid '(stdio\.h|time\.h|unistd\.h|toilmeter/(db|sql|log|store)\.h)' 'numerics neither read nor write' analyzers/stats

forbid '(stdio\.h|time\.h|unistd\.h|toilmeter/(db|sql|log|store)\.h|catalog/catalog_store\.h)' 'families of names neither read nor write' \
    analyzers/names

exit $wrong
