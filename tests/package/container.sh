#!/usr/bin/env bash
# Builds deploy/Containerfile with buildah and uses the image. No registry is asked: its base image is made here with
# debootstrap, which is the same Debian 12. As root. The last line is "N passed, N failed"; exit 1 when one failed.
#
# BUILD names the build folder; images are kept below it. The bare tree is that of debootstrap.sh.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 2
[ "$(id -u)" = 0 ] || { echo "container.sh: needs root" >&2; exit 2; }

work=$PWD/${BUILD:-build}/package
container=''
mkdir -p "$work"
# shellcheck source=tests/package/lib.sh
. tests/package/lib.sh
export BUILDAH_ISOLATION=chroot STORAGE_DRIVER=vfs REGISTRY_AUTH_FILE=/dev/null

in_store() {
    buildah --root "$work/containers" --runroot "$work/containers-run" "$@"
}

finish() {
    # The image's processes are this machine's: the daemon wrote down which one it is.
    # shellcheck disable=SC2016 # that shell's own expansion
    [ -z "$container" ] || run "$container" -- /bin/bash -c 'kill "$(</tmp/daemon.pid)"' 2>/dev/null
    wait
    [ -z "$container" ] || in_store rm "$container" >/dev/null 2>&1
    in_store rm --all >/dev/null 2>&1
    in_store rmi --all --force >/dev/null 2>&1
    rm -rf --one-file-system "$work/containers" "$work/containers-run"
}
trap finish EXIT
trap 'exit 130' INT TERM

base_image() {
    local bare
    make_base || return 1
    bare=$(in_store from scratch) && in_store add --quiet "$bare" "$work/base.tar" / &&
        in_store config --cmd /bin/bash "$bare" && in_store commit --quiet "$bare" debian:12 && in_store rm "$bare"
}

# Only what git knows, as a fresh clone has it.
context() {
    rm -rf "$work/context" && mkdir "$work/context" && git ls-files -z | xargs -0 cp --parents -t "$work/context"
}

build() {
    in_store build --pull=never --format docker --file deploy/Containerfile --tag toilmeter "$work/context"
}

run() {
    in_store run "$@"
}

configuration() {
    # --check-config prints the settings that it understood; the two come from the image, and from the environment.
    run --env TOILMETER_CLUSTER=c --env TOILMETER_KAFKA__BOOTSTRAP_SERVERS=127.0.0.1:1 --env TOILMETER_KAFKA__GROUP_ID=g \
        --env TOILMETER_TOPICS__0__TOPIC=t "$container" -- /usr/bin/toilmeterd --check-config >"$work/answer" &&
        grep -q '"0.0.0.0:9464"' "$work/answer" && grep -q 'cluster: "c"' "$work/answer"
}

starts() {
    run --env TOILMETER_CLUSTER=c --env TOILMETER_KAFKA__BOOTSTRAP_SERVERS=127.0.0.1:1 --env TOILMETER_KAFKA__GROUP_ID=g \
        --env TOILMETER_TOPICS__0__TOPIC=t --env TOILMETER_POSTGRES='host=127.0.0.1 port=1' \
        "$container" -- /bin/bash -c 'echo $$ >/tmp/daemon.pid; exec timeout 120 /usr/bin/toilmeterd --log-format json' &
}

# The image's own probe, as a container engine runs it.
probe() {
    local command=()
    mapfile -t command < <(in_store inspect --type image toilmeter | jq -r '.Docker.config.Healthcheck.Test[1:][]')
    [ ${#command[@]} -gt 0 ] && run "$container" -- "${command[@]}"
}

becomes_healthy() {
    local try
    for try in $(seq 50); do
        ! probe || return 0
        sleep 0.2
    done
    echo "not after $try tries"
    return 1
}

is_nobody_special() {
    [ "$(in_store inspect --type image toilmeter | jq -r '.Docker.config.User')" = 10001:10001 ] &&
        [ "$(run "$container" -- /usr/bin/id -u)" = 10001 ] && ! run "$container" -- /usr/bin/touch /etc/x 2>/dev/null &&
        run "$container" -- /usr/bin/touch /var/lib/toilmeter/x
}

check 'a base image of Debian 12' base_image
check 'the sources, as git has them' context
check 'the image is built' build
container=$(in_store from --pull=never toilmeter 2>/dev/null)
check 'toilmeterd runs' run "$container" -- /usr/bin/toilmeterd --version
check 'toilmeter runs' run "$container" -- /usr/bin/toilmeter --version
check 'settings come from the environment' configuration
check 'it is not root, and writes into its state directory only' is_nobody_special
fails_before() { ! probe; }
check 'the probe fails while nothing runs' fails_before
starts >"$work/daemon.log" 2>&1
check 'the probe is content once it runs' becomes_healthy
echo "$passed passed, $failed failed"
[ $failed = 0 ]
