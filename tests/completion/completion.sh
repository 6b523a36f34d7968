#!/usr/bin/env bash
# Completions as a shell makes them: what stands in COMPREPLY in bash, and what zsh's completion system offers on a
# terminal. BUILD names the build folder with completion/. Exit 1 when one differs.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 2

folder=$PWD/${BUILD:-build}/completion
bad=0 count=0
work=$(mktemp -d "${TMPDIR:-/tmp}/toilmeter-completion.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir "$work/data"
touch "$work/catalog.yaml" "$work/with space.jsonl"

differs() {
    count=$((count + 1))
    [ "$2" != "$3" ] || return 0
    printf '%s\n  expected: %s\n  found:    %s\n' "$1" "$2" "$3"
    bad=$((bad + 1))
}

# bash_offers EXPECTED WORD...: the last word is where the cursor is. The words are those that bash itself would make:
# it breaks at "=".
bash_offers() {
    local expected=$1 found
    shift
    # shellcheck disable=SC2016 # that shell's own variables
    found=$(cd "$work" && timeout 10 bash --norc --noprofile -c '
        source "$1" || exit 1
        shift
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        function_name=$(complete -p "$1" | sed -n "s/^complete -F \([^ ]*\) .*/\1/p")
        $function_name "$1"
        (IFS="|"; echo "${COMPREPLY[*]}")' bash "$folder/$1.bash" "$@" 2>&1)
    differs "bash: $*" "$expected" "$found"
}

# The answers of the program itself are the measure: a command or an option that it has is offered.
commands=$("${BUILD:-build}/toilmeter" --help | sed -n 's/^  \([a-z][a-z-]*\) .*/\1/p' | paste -sd'|')
reports=$("${BUILD:-build}/toilmeter" report 2>&1 | sed -n 's/^  \([a-z]*\) .*/\1/p' | paste -sd'|')
options_of() {
    "${BUILD:-build}/$1" "${@:2}" --help | sed -n 's/^  \(--[a-z-]*\).*/\1/p' | sort -u | paste -sd'|'
}
[[ $commands == *migrate*report* && $reports == *funnel* ]] || { echo "the help does not list commands or reports"; exit 1; }
bash_offers "$commands" toilmeter ''
bash_offers "$commands" toilmeter --quiet ''
bash_offers "$commands" toilmeter --db service=x ''
bash_offers "$reports" toilmeter report ''
bash_offers 'hours' toilmeter report ho
bash_offers '' toilmeter report hours ''
bash_offers 'check|apply|show' toilmeter catalog ''
bash_offers 'catalog.yaml' toilmeter catalog check cat
bash_offers 'unmapped' toilmeter components ''
bash_offers 'catalog.yaml' toilmeter components unmapped --catalog cat
bash_offers 'with space.jsonl' toilmeter import wi
bash_offers 'ticket|component|item' toilmeter show ''
bash_offers 'show|diff' toilmeter --quiet runs ''
bash_offers 'text|markdown|json|csv|html' toilmeter report --format ''
bash_offers 'markdown' toilmeter report hours --format m
bash_offers 'markdown' toilmeter report hours --format = m
bash_offers 'text|markdown|json|csv|html' toilmeter report hours --format =
bash_offers 'text|json' toilmeter catalog --format ''
bash_offers 'sprint|week|month' toilmeter report hours --team x --by ''
bash_offers 'data' toilmeter generate --out ''
bash_offers '' toilmeter analyze --label ''
bash_offers '' toilmeter nonsense ''
bash_offers 'text|json' toilmeterd --log-format ''
bash_offers 'catalog.yaml' toilmeterd --config cat
bash_offers '' toilmeterd ''
# Every option of the help, and no other.
bash_offers_options() {
    local found
    # shellcheck disable=SC2016 # that shell's own variables
    found=$(timeout 10 bash --norc --noprofile -c 'source "$1" || exit 1
        shift
        COMP_WORDS=("$@" --) COMP_CWORD=$#
        "_$1"
        printf "%s\n" "${COMPREPLY[@]}"' bash "$folder/$1.bash" "$@" | sort -u | paste -sd'|')
    differs "bash: options of $*" "$(options_of "$@")" "$found"
}
bash_offers_options toilmeterd
bash_offers_options toilmeter
for name in ${commands//|/ }; do
    bash_offers_options toilmeter "$name"
done

# zsh on a terminal of its own; each line ends with the key that lists what may follow.
zsh_offers() {
    local expected=$1 line=$2 word found
    found=$(timeout 60 zsh -f tests/completion/complete.zsh "$folder" "$line" 2>&1)
    for word in $expected; do
        count=$((count + 1))
        grep -qxF -- "$word" <<<"$found" ||
            { printf 'zsh: %s: "%s" is not offered, but: %s\n' "$line" "$word" "$found"; bad=$((bad + 1)); }
    done
}
for file in "$folder"/_*; do
    count=$((count + 1))
    zsh -f -n "$file" || { echo "zsh does not read $file"; bad=$((bad + 1)); }
done
zsh_offers "${commands//|/ }" 'toilmeter '
zsh_offers "${reports//|/ }" 'toilmeter report '
zsh_offers 'check apply show' 'toilmeter catalog '
zsh_offers 'markdown html json jira' 'toilmeter writeup --format '
zsh_offers '--run --top --explain --db' 'toilmeter report hours --'
zsh_offers '--config --until-end --log-level' 'toilmeterd --'
zsh_offers 'debug info warn error' 'toilmeterd --log-level='

echo "$((count - bad)) of $count completions are right"
[ $bad = 0 ]
