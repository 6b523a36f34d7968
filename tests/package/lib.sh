#!/usr/bin/env bash
# What the scripts of this folder share; to be sourced. `work` is the folder to work in; a check's output goes to $said, and is
# shown when it fails.
# shellcheck disable=SC2034 # for those who source it
passed=0 failed=0 said=${said:-$work/said}

# check NAME COMMAND...
check() {
    local name=$1
    shift
    if "$@" >"$said" 2>&1; then
        echo "ok     $name"
        passed=$((passed + 1))
    else
        echo "FAILED $name"
        failed_said 2>&1 | sed 's/^/    | /'
        failed=$((failed + 1))
    fi
}

failed_said() {
    tail -n 30 "$said"
}

# A bare Debian 12 tree as $work/base.tar, kept for the next time. MIRROR names another mirror than debootstrap's own.
make_base() {
    local bare=$work/bare
    [ ! -s "$work/base.tar" ] || return 0
    rm -rf --one-file-system "$bare"
    # shellcheck disable=SC2086 # an empty mirror is none
    debootstrap --variant=minbase bookworm "$bare" ${MIRROR:-} && tar -C "$bare" -cf "$work/base.tar.new" . &&
        mv "$work/base.tar.new" "$work/base.tar" && rm -rf --one-file-system "$bare"
}
