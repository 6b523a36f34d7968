#!/usr/bin/env bash
# Starts and stops a broker for tests and the demo: Apache Kafka where Java and Maven (or the cached jars) are there,
# else librdkafka's in-process cluster behind a small program. BROKER=kafka or BROKER=mock decides by hand.
#
#   broker.sh start DIR    prints two lines: which broker it is, and its bootstrap address
#   broker.sh stop DIR | kill9 DIR | restart DIR
#
# DIR/kind is "kafka" or "mock", DIR/bootstrap the address, DIR/pid the process. The in-process cluster keeps nothing, so
# that it cannot be restarted. With KAFKA_OWNER=PID the broker ends when that process is gone.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
MOCK=${TOIL_BROKER_PROGRAM:-$here/../../${BUILD:-build}/tools/toil-broker}
MOCK_NAME="librdkafka's in-process cluster"

die() {
    echo "broker.sh: $*" >&2
    exit 3
}

kafka_possible() {
    command -v java >/dev/null || return 1
    command -v mvn >/dev/null || compgen -G "${XDG_CACHE_HOME:-$HOME/.cache}/toilmeter/kafka-*" >/dev/null
}

start_kafka() {
    local bootstrap
    "$here/kafka.sh" fetch || return 1
    bootstrap=$("$here/kafka.sh" start "$dir") || return 1
    echo kafka >"$dir/kind"
    echo "broker: Apache Kafka ($(sed -n 's/^KAFKA_VERSION=//p' "$here/kafka.sh"), KRaft, one node)"
    echo "$bootstrap"
}

start_mock() {
    local waited=0
    [ -x "$MOCK" ] || die "$MOCK is not built: make $(basename "$(dirname "$MOCK")")"
    rm -f "$dir/control" "$dir/bootstrap"
    mkfifo "$dir/control"
    (
        set -m
        exec </dev/null >"$dir/bootstrap.part" 2>"$dir/log"
        exec "$MOCK" --control "$dir/control" ${KAFKA_OWNER:+--owner "$KAFKA_OWNER"}
    ) &
    echo $! >"$dir/pid"
    disown
    until [ -s "$dir/bootstrap.part" ]; do
        kill -0 "$(cat "$dir/pid")" 2>/dev/null || { cat "$dir/log" >&2; die "the in-process cluster did not start"; }
        waited=$((waited + 1))
        [ $waited -lt 100 ] || die "the in-process cluster does not answer"
        sleep 0.1
    done
    mv "$dir/bootstrap.part" "$dir/bootstrap"
    echo mock >"$dir/kind"
    echo "broker: $MOCK_NAME${1:+ ($1)}"
    cat "$dir/bootstrap"
}

start() {
    case ${BROKER:-} in
    kafka) start_kafka || die "Apache Kafka was asked for and could not be started" ;;
    mock) start_mock "asked for" ;;
    '')
        if ! kafka_possible; then
            start_mock "no Java or Maven here"
        elif ! start_kafka; then
            start_mock "Apache Kafka could not be started"
        fi
        ;;
    *) die "BROKER is '$BROKER'; expected kafka or mock" ;;
    esac
}

[ $# -eq 2 ] || die "usage: broker.sh start|stop|kill9|restart DIR"
mkdir -p "$2"
dir=$(cd "$2" && pwd)
case $1 in
start) start ;;
stop | kill9) "$here/kafka.sh" "$1" "$dir" ;;
restart)
    [ "$(cat "$dir/kind")" = kafka ] || die "$MOCK_NAME keeps nothing: it cannot be restarted"
    "$here/kafka.sh" restart "$dir"
    ;;
*) die "usage: broker.sh start|stop|kill9|restart DIR" ;;
esac
