#!/usr/bin/env bash
# Makes the documents that come from the code's tables, or with --check compares them with what is in docs/.
# BUILD names the build folder; gen_event_docs and gen_manuals are built before.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 2

BUILD=${BUILD:-build}
check=${1:-}
status=0

# made DOCUMENT PROGRAM ARGUMENT
made() {
    if [ "$check" = --check ]; then
        "$BUILD/tools/$2" "$3" | diff -u "docs/$1" - || status=1
    else
        "$BUILD/tools/$2" "$3" >"docs/$1.new" && mv "docs/$1.new" "docs/$1" || status=1
    fi
}

made events.schema.json gen_event_docs schema
made events.md gen_event_docs reference
made configuration.md gen_manuals configuration
made toilmeterd.8 gen_manuals toilmeterd
made toilmeter.1 gen_manuals toilmeter
made toilmeterd.yaml.5 gen_manuals toilmeterd.yaml
made toilmeter-catalog.5 gen_manuals toilmeter-catalog
made toilmeter-mapping.5 gen_manuals toilmeter-mapping
exit $status
