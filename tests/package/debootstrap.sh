#!/usr/bin/env bash
# Installs the Debian package into a clean Debian 12 tree with apt, as people do, and uses it there: user, unit, manual pages,
# completions, example configuration, and the way from an empty database to a report, with Apache Kafka and PostgreSQL on this
# machine that speak TLS alone and ask for a login. As root, since it changes its root folder. The last line is "N passed, N failed"; exit 1 when one failed.
#
# BUILD names the build folder; the bare tree is kept in BUILD/package/base.tar for the next time. MIRROR names another mirror
# than debootstrap's own.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 2
[ "$(id -u)" = 0 ] || { echo "debootstrap.sh: needs root, to install into a tree" >&2; exit 2; }

work=$PWD/${BUILD:-build}/package
tree=$work/tree
mkdir -p "$work"
# shellcheck source=tests/package/lib.sh
. tests/package/lib.sh

finish() {
    mountpoint -q "$tree/proc" && umount "$tree/proc"
    [ ! -d "$work/postgres" ] || tests/support/postgres.sh stop "$postgres" >/dev/null 2>&1
    [ ! -d "${broker:-$work/none}" ] || tests/support/kafka.sh kill9 "$broker" >/dev/null 2>&1
    rm -rf --one-file-system "$tree" "${postgres:-$work/none}" "${broker:-$work/none}" "${certs:-$work/none}"
}
trap finish EXIT
trap 'exit 130' INT TERM

# says TEXT COMMAND...: does well and says the text.
says() {
    local text=$1
    shift
    "$@" >"$work/answer" 2>&1 || { cat "$work/answer"; return 1; }
    grep -qF -- "$text" "$work/answer" || { echo "\"$text\" is not in:"; cat "$work/answer"; return 1; }
}

# In the tree, with an environment of its own; variables before the program are passed on.
inside() {
    chroot "$tree" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"
}

lay_tree() {
    rm -rf --one-file-system "$tree"
    mkdir -p "$tree" && tar -C "$tree" -xf "$work/base.tar" && mount -t proc proc "$tree/proc" || return 1
    # What this machine is told about its packages holds in the tree, too.
    cp /etc/resolv.conf "$tree/etc/" 2>/dev/null
    cp /etc/apt/apt.conf.d/*proxy* "$tree/etc/apt/apt.conf.d/" 2>/dev/null
    # Minimal trees leave out manual pages and documents; this one wants to see them.
    rm -f "$tree"/etc/dpkg/dpkg.cfg.d/docker*
    printf '#!/bin/sh\nexit 101\n' >"$tree/usr/sbin/policy-rc.d" && chmod 755 "$tree/usr/sbin/policy-rc.d"
}

install_package() {
    cp "$package" "$tree/tmp/toilmeter.deb" && inside apt-get update -q &&
        inside apt-get install -q -y --no-install-recommends /tmp/toilmeter.deb mandoc bash-completion
}

example=/usr/share/doc/toilmeter/examples
package=$(BUILD=${BUILD:-build} tools/build_deb.sh) || { echo "0 passed, 1 failed"; exit 1; }
check 'a bare Debian 12 tree' make_base
check 'the tree is laid out' lay_tree
check 'apt installs the package with what it depends on' install_package
check 'toilmeterd --version' says "toilmeterd $(cat VERSION)" inside toilmeterd --version
check 'toilmeterd --help' says '--check-config' inside toilmeterd --help
check 'toilmeter --help' says 'migrate' inside toilmeter --help
check 'the example configuration' says 'people.key' inside toilmeterd --config $example/toilmeterd.yaml --check-config
check 'the example catalog' inside toilmeter catalog check $example/catalog.yaml
check 'the user' says '/var/lib/toilmeter' inside getent passwd toilmeter
for page in toilmeter.1 toilmeterd.8 toilmeterd.yaml.5 toilmeter-catalog.5 toilmeter-mapping.5; do
    check "man ${page%.*}" says "# DESCRIPTION" inside mman -T markdown "${page##*.}" "${page%.*}"
done
check 'the unit is there, and not enabled' says disabled inside bash -c 'systemctl is-enabled toilmeterd || :'
check 'the unit is understood' inside systemd-analyze verify --man=no --recursive-errors=no /lib/systemd/system/toilmeterd.service
# shellcheck disable=SC2016 # the tree's own variables
check 'bash completes in the tree' says migrate inside bash -c 'source /usr/share/bash-completion/bash_completion
    _completion_loader toilmeter; COMP_WORDS=(toilmeter mi) COMP_CWORD=1; _toilmeter; echo "${COMPREPLY[@]}"'

# The schema, by a role that may log in with a password; the password comes by the environment, the way is TLS.
postgres=$(mktemp -d "${TMPDIR:-/tmp}/toilmeter-postgres.XXXXXX") broker=$work/broker
certs=$(mktemp -d "${TMPDIR:-/tmp}/toilmeter-certs.XXXXXX")
mkdir -p "$work/postgres" "$broker"
make_certs() {
    "${BUILD:-build}/tools/toil-certs" "$certs" && mkdir -p "$tree/etc/toilmeter" && cp "$certs/ca.crt" "$tree/etc/toilmeter/ca.crt" &&
        cp "$certs/server.key" "$certs/server.crt" "$postgres" && chown postgres "$postgres/server.key" &&
        chmod 600 "$postgres/server.key" && chmod 755 "$postgres"
}
check 'certificates' make_certs
migrate() {
    local conninfo port settings
    settings=$(printf '%s\n' fsync=off ssl=on "ssl_cert_file='$postgres/server.crt'" "ssl_key_file='$postgres/server.key'")
    conninfo=$(POSTGRES_SETTINGS=$settings POSTGRES_OWNER=$$ tests/support/postgres.sh start "$postgres") || return 1
    sed -i 's/^host /hostssl /' "$postgres/data/pg_hba.conf"
    port=$(cat "$postgres/port")
    psql -X -q -v ON_ERROR_STOP=1 "$conninfo dbname=postgres" -c "create role operator login createrole password 'loopback'" \
        -c 'select pg_reload_conf()' -c 'create database telemetry owner operator' || return 1
    way="host=127.0.0.1 port=$port dbname=telemetry sslmode=verify-full sslrootcert=/etc/toilmeter/ca.crt"
    inside PGPASSWORD=loopback toilmeter --db "$way user=operator" migrate &&
        says '0007' inside PGPASSWORD=loopback toilmeter --db "$way user=operator" migrate --status
}
check 'toilmeter migrate' migrate

# The service itself, where this machine can boot the tree.
boot() {
    local bootstrap topic=events.$$ i status
    bootstrap=$(KAFKA_LISTENERS="SECURE:SASL_SSL:$certs/server.pem" KAFKA_SCRAM='toilmeter loopback' KAFKA_OWNER=$$ \
        tests/support/kafka.sh start "$broker" | tail -n 1) || return 1
    for i in 1 2 3; do
        echo "{\"id\":\"r-$i\",\"at\":\"2026-01-05T10:0$i:00Z\",\"component\":\"sync\",\"actor\":\"kim\"}"
    done | "${BUILD:-build}/tools/toil-produce" --bootstrap "$bootstrap" --create --topic "$topic" - &&
        psql -X -q -v ON_ERROR_STOP=1 "$(cat "$postgres/conninfo") dbname=telemetry" \
            -c "create role collector login password 'loopback' in role toilmeter_collector" \
            -c "create role analyst login password 'loopback' in role toilmeter_analyst" \
            -c "create role dashboards login password 'loopback' in role toilmeter_reader" &&
        umount "$tree/proc" && tests/package/booted.sh "$tree" "$(cat "$broker/listener-SECURE")" "$topic" "$way"
    status=$?
    mountpoint -q "$tree/proc" || mount -t proc proc "$tree/proc"
    return $status
}
if [ -w /sys/fs/cgroup ] && unshare --mount --pid --fork --cgroup true 2>/dev/null; then
    check 'the service runs under systemd' boot
    sed 's/^/       /' "$work/said"
else
    echo "       this machine gives no namespaces to boot the tree in: the service was not run under systemd"
fi

remove_package() {
    inside dpkg --remove toilmeter && ! [ -e "$tree/usr/bin/toilmeterd" ] && inside dpkg --purge toilmeter
}
check 'it can be removed' remove_package
echo "$passed passed, $failed failed"
[ $failed = 0 ]
