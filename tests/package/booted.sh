#!/usr/bin/env bash
# The service as systemd runs it: boots a tree into which the package was installed, in namespaces of its own (the network is
# this machine's), and drives toilmeterd through systemctl against a broker and a PostgreSQL beside it, both by TLS and SCRAM.
# Prints a line for each check; the last line is "N passed, N failed"; exit 1 when one failed.
#
#   tests/package/booted.sh TREE BOOTSTRAP TOPIC CONNINFO
#
# TOPIC has three messages. The database has the schema, and roles collector, analyst and dashboards with the password
# "loopback", as has the broker's user toilmeter. CONNINFO lacks the user; TREE/etc/toilmeter/ca.crt is the authority of both.
set -uo pipefail
tree=$1 bootstrap=$2 topic=$3 way=$4
work=$tree init=''
# shellcheck source=tests/package/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

finish() {
    [ -z "$init" ] || kill -KILL "$init" 2>/dev/null # and with it everything in its namespace
}
trap finish EXIT
trap 'exit 130' INT TERM

boot() {
    # shellcheck disable=SC2016 # that shell's own variables
    unshare --mount --pid --fork --kill-child --ipc --uts --cgroup --propagation private bash -c '
        set -e
        cd "$1"
        mount --bind . . && cd "$1"
        mount -t proc proc proc
        mount -t sysfs -o ro sysfs sys
        mount -t cgroup2 cgroup2 sys/fs/cgroup
        mount -t tmpfs -o mode=755 tmpfs dev
        for device in null zero full random urandom tty; do
            touch dev/$device
            mount --bind /dev/$device dev/$device
        done
        mkdir dev/shm dev/pts old
        mount -t devpts -o newinstance,mode=620,ptmxmode=666 devpts dev/pts
        ln -s pts/ptmx dev/ptmx
        mount -t tmpfs -o mode=1777 tmpfs dev/shm
        mount -t tmpfs -o mode=755 tmpfs run
        mount -t tmpfs -o mode=1777 tmpfs tmp
        pivot_root . old
        umount -l /old
        exec env -i container=toilmeter-test PATH=/usr/sbin:/usr/bin:/sbin:/bin \
            /lib/systemd/systemd --system --unit=basic.target' boot "$tree" </dev/null >"$tree/boot.log" 2>&1 &
    local parent=$! waited=0
    while [ $waited -lt 300 ]; do
        init=$(cat "/proc/$parent/task/$parent/children" 2>/dev/null)
        init=${init%% *}
        [ -z "$init" ] || [[ $(inside systemctl is-system-running 2>/dev/null) != @(running|degraded) ]] || return 0
        kill -0 "$parent" 2>/dev/null || break
        waited=$((waited + 1))
        sleep 0.1
    done
    cat "$tree/boot.log"
    return 1
}

inside() {
    timeout 60 nsenter -t "$init" --mount --pid --ipc --uts --cgroup --root --wd -- \
        env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 SYSTEMD_PAGER= "$@"
}

property() {
    inside systemctl show --value -p "$1" toilmeterd
}

# check NAME COMMAND...: its output, and the end of the journal, are shown when it fails.
failed_said() {
    cat "$said"
    inside journalctl --no-pager -n 15 -u toilmeterd
}

# becomes SECONDS EXPECTED COMMAND...
becomes() {
    local limit=$1 expected=$2 answer=''
    shift 2
    local end=$((SECONDS + limit))
    while [ $SECONDS -le $end ]; do
        answer=$("$@" 2>/dev/null)
        [ "$answer" != "$expected" ] || return 0
        sleep 0.2
    done
    echo "expected $expected, found $answer"
    return 1
}

configure() {
    mkdir -p "$tree/etc/toilmeter" "$tree/etc/systemd/system/toilmeterd.service.d"
    cat >"$tree/etc/toilmeter/toilmeterd.yaml" <<YAML
cluster: production
kafka:
  bootstrap.servers: "$bootstrap"
  group.id: toilmeter
  security.protocol: SASL_SSL
  sasl.mechanism: SCRAM-SHA-512
  sasl.username: toilmeter
  ssl.ca.location: /etc/toilmeter/ca.crt
postgres: $way user=collector
topics:
  - {topic: $topic, kind: service_restart}
people: {robots: ["~^svc-"]}
http: {listen: 127.0.0.1:0}
YAML
    (umask 077 && printf '%s\n' PGPASSWORD=loopback TOILMETER_KAFKA__SASL_PASSWORD=loopback >"$tree/etc/toilmeter/toilmeterd.env")
    printf '[Service]\nWatchdogSec=4\nRestartSec=1\n' >"$tree/etc/systemd/system/toilmeterd.service.d/test.conf"
}

stored() {
    PGPASSWORD=loopback PGSSLROOTCERT=$tree/etc/toilmeter/ca.crt psql -X -A -t -q "${way% sslrootcert=*} user=collector" \
        -c 'select count(*) from toilmeter.service_restart'
}

# as USER ARGUMENT...: toilmeter of the tree.
as() {
    local user=$1
    shift
    inside PGPASSWORD=loopback toilmeter --db "$way user=$user" "$@"
}

key_is_private() {
    [ "$(stat -c %a "$tree/var/lib/toilmeter")" = 700 ] && [ "$(stat -c %a "$tree/var/lib/toilmeter/people.key")" = 600 ] &&
        [ "$(stat -c %u "$tree/var/lib/toilmeter/people.key")" = "$(awk -F: '$1 == "toilmeter" {print $3}' "$tree/etc/passwd")" ]
}

# What the daemon itself would meet: a shell in its namespaces, as its user.
writes_nowhere_else() {
    local pid target
    pid=$(property MainPID)
    for target in /etc/toilmeter/x /usr/x /var/lib/x /home/x; do
        if inside nsenter -t "$pid" --mount --user -S "$(stat -c %u "$tree/var/lib/toilmeter/people.key")" -- \
            touch "$target" 2>/dev/null; then
            echo "$target could be written"
            return 1
        fi
    done
    inside nsenter -t "$pid" --mount --user -S "$(stat -c %u "$tree/var/lib/toilmeter/people.key")" -- touch /var/lib/toilmeter/x
}

no_secret_is_shown() {
    local pid
    pid=$(property MainPID)
    [ "$pid" -gt 1 ] && ! inside cat "/proc/$pid/cmdline" | grep -qa loopback && ! inside journalctl --no-pager -u toilmeterd | grep -q loopback
}

hang_is_ended() {
    local pid
    pid=$(property MainPID)
    inside kill -STOP "$pid"
    becomes 20 1 property NRestarts && becomes 20 ready property StatusText && [ "$(property MainPID)" != "$pid" ]
}

wrong_configuration_stays_down() {
    echo 'nonsense: true' >>"$tree/etc/toilmeter/toilmeterd.yaml"
    ! inside systemctl restart toilmeterd && becomes 10 failed property ActiveState && sleep 3 && [ "$(property ActiveState)" = failed ]
}

check 'the tree boots with systemd' boot
[ $failed = 0 ] || { echo "$passed passed, $failed failed"; exit 1; }
configure
inside systemctl daemon-reload
check 'the service starts, and tells so' inside systemctl start toilmeterd
[ $failed = 0 ] || { echo "$passed passed, $failed failed"; exit 1; }
check 'its status says that it is ready' becomes 30 ready property StatusText
check 'events are stored' becomes 30 3 stored
check 'a catalog is applied' as analyst catalog apply /usr/share/doc/toilmeter/examples/catalog.yaml
check 'an analysis is made' as analyst analyze --quiet
check 'a report has the hours' as dashboards report hours
check 'the doctor sees nothing broken' as analyst doctor
check 'the key is made in the state directory, for its owner alone' key_is_private
check 'it writes into its state directory and nowhere else' writes_nowhere_else
check 'no password is in the command line or in the journal' no_secret_is_shown
check 'it reloads' inside systemctl reload toilmeterd
check 'and tells so in the journal' becomes 10 1 inside sh -c 'journalctl --no-pager -u toilmeterd | grep -c "\"reloaded\""'
check 'the watchdog ends a process that hangs, and starts it again' hang_is_ended
check 'it stops' inside systemctl stop toilmeterd
check 'with the status 0' becomes 5 0 property ExecMainStatus
check 'a wrong configuration is not tried again and again' wrong_configuration_stays_down
echo "$passed passed, $failed failed"
[ $failed = 0 ]
