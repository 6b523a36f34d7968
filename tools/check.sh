#!/usr/bin/env bash
# Everything about the sources that a machine can judge. Each check prints one line; the last line is "N passed, N
# failed"; exit 1 when one failed. A checker that is missing is a failure: `tools/install_deps.sh check` brings it.
#
#   tools/check.sh [NAME...]     only these: format tidy cppcheck shell includes banned documents manuals completion unit
#                                rules examples
#
# BUILD names the build folder; programs and tools are built before (`make check` does).
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 2

BUILD=${BUILD:-build}
out=$BUILD/check
mkdir -p "$out"

sources() {
    git ls-files -- "$@" 2>/dev/null | grep -v "^$BUILD/"
}

program_sources() {
    sources 'common/*.c' 'collector/*.c' 'analyzers/*.c' 'tools/*.c'
}

compile_flags() {
    make -s BUILD="$BUILD" flags
}

check_format() {
    sources '*.c' '*.h' | xargs clang-format --dry-run -Werror
}

check_tidy() {
    local flags
    flags=$(compile_flags)
    flags=${flags//-DTOIL_VERSION=0/-DTOIL_VERSION=\'\"0\"\'}
    program_sources | xargs -P "$(nproc)" -I{} sh -c "clang-tidy --quiet --warnings-as-errors='*' {} -- $flags 2>/dev/null"
}

# incorrectLogicOperator: cppcheck misreads hexadecimal floating-point numbers; gcc's -Wlogical-op does not.
# varFuncNullUB: NULL is a pointer in every C library that this runs on.
check_cppcheck() {
    program_sources | xargs cppcheck -j "$(nproc)" --quiet --std=c11 --error-exitcode=1 --inline-suppr \
        --enable=warning,performance,portability --suppress=missingIncludeSystem --suppress=missingInclude \
        --suppress=unknownMacro --suppress=incorrectLogicOperator --suppress=varFuncNullUB -D_GNU_SOURCE -Iinclude -I"$BUILD/gen" -I.
}

check_shell() {
    local file scripts=()
    while IFS= read -r file; do
        if [[ $file == *.sh ]] || head -n 1 "$file" | grep -qE '^#!.*\b(ba)?sh\b'; then
            scripts+=("$file")
        fi
    done < <(sources | xargs -r grep -lIE '^#!.*sh\b|^' -- | grep -vE '\.(c|h|sql|md|json|yaml|yml|gz|jsonl)$')
    shellcheck "${scripts[@]}"
}

check_includes() {
    tools/check_includes.sh
}

# Calls without a bound, without an error, or through a shell. The text is searched, since the compiler turns some into
# others; the objects too, since a macro may hide one.
check_banned() {
    local names='strcpy|strcat|sprintf|vsprintf|gets|atoi|atol|atoll|atof|strtok|stpcpy|system|popen|tmpnam|mktemp|alloca'
    local status=0
    if program_sources | xargs grep -nE "(^|[^A-Za-z0-9_.>\"])($names)[[:space:]]*\(" |
        grep -vE '^[^:]+:[0-9]+:[[:space:]]*(\*|/\*|//)'; then
        status=1
    fi
    if nm -u "$BUILD/toilmeterd" "$BUILD/toilmeter" "$BUILD"/tools/toil-* |
        awk '{sub(/@.*/, "", $NF); sub(/^__/, "", $NF); sub(/_chk$/, "", $NF); print $NF}' |
        grep -xE "$names"; then
        status=1
    fi
    return $status
}

# What is made from the tables must be what is in the repository.
check_documents() {
    make -s BUILD="$BUILD" "$BUILD/tools/gen_event_docs" "$BUILD/tools/gen_manuals" &&
        tools/gen_docs.sh --check
}

# Laid out as they are installed, so that a reference to a page that does not exist is seen.
check_manuals() {
    local page pages=() folder=$PWD/$out/man
    rm -rf "$folder"
    while IFS= read -r page; do
        mkdir -p "$folder/man${page##*.}" && cp "$page" "$folder/man${page##*.}/" || return 1
        pages+=("$folder/man${page##*.}/${page##*/}")
    done < <(ls docs/*.[1-8])
    [ ${#pages[@]} -gt 0 ] && MANPATH=$folder mandoc -T lint -W style "${pages[@]}"
}

check_completion() {
    local files=("$BUILD"/completion/{toilmeter.bash,toilmeterd.bash,_toilmeter,_toilmeterd})
    make -s BUILD="$BUILD" all "${files[@]}" &&
        shellcheck "$BUILD"/completion/*.bash && BUILD=$BUILD tests/completion/completion.sh
}

# The unit is understood, and what a broken-in daemon could reach stays small (0 is nothing, 10 everything).
check_unit() {
    local folder=$PWD/$out/unit
    mkdir -p "$folder" && sed "s|/usr/local/bin/|$PWD/$BUILD/|" deploy/toilmeterd.service >"$folder/toilmeterd.service" || return 1
    [ -z "$(systemd-analyze verify --man=no --recursive-errors=no "$folder/toilmeterd.service" 2>&1 | tee /dev/stderr)" ] &&
        systemd-analyze security --offline=true --threshold=20 --no-pager "$folder/toilmeterd.service"
}

# Alerts are understood, do what their tests say, and speak of metrics that the daemon has.
check_rules() {
    promtool check rules deploy/prometheus/toilmeterd.rules.yml && promtool test rules deploy/prometheus/toilmeterd.test.yml &&
        tools/check_rules.sh
}

# What is shown as an example works.
check_examples() {
    env -i "$BUILD/toilmeterd" --config deploy/examples/toilmeterd.yaml --check-config &&
        env -i "$BUILD/toilmeter" catalog check deploy/examples/catalog.yaml
}

needs() {
    case $1 in
    format) echo clang-format ;;
    tidy) echo clang-tidy ;;
    cppcheck) echo cppcheck ;;
    shell) echo shellcheck ;;
    banned) echo nm ;;
    manuals) echo mandoc ;;
    completion) echo zsh ;;
    unit) echo systemd-analyze ;;
    rules) echo promtool ;;
    esac
}

passed=0 failed=0
run() {
    local name=$1 tool start=$SECONDS
    tool=$(needs "$name")
    if [ -n "$tool" ] && ! command -v "$tool" >/dev/null; then
        echo "FAILED $name: $tool is missing"
        failed=$((failed + 1))
    elif "check_$name" >"$out/$name.log" 2>&1; then
        printf 'ok     %-10s %4ds\n' "$name" $((SECONDS - start))
        passed=$((passed + 1))
    else
        printf 'FAILED %-10s %4ds\n' "$name" $((SECONDS - start))
        head -n 60 "$out/$name.log" | sed 's/^/    | /'
        failed=$((failed + 1))
    fi
}

[ $# -gt 0 ] || set -- format includes banned documents manuals completion unit rules examples shell cppcheck tidy
for name in "$@"; do
    declare -F "check_$name" >/dev/null || { echo "check.sh: no check is called $name" >&2; exit 2; }
    run "$name"
done
echo "$passed passed, $failed failed"
[ $failed = 0 ]
