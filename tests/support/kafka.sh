#!/usr/bin/env bash
# Runs one node of Apache Kafka (KRaft: broker and controller in one) for tests and the demo, on 127.0.0.1 alone.
#
#   kafka.sh fetch        makes sure that Kafka's jars are in the cache (Maven; 46 MB once)
#   kafka.sh start DIR    formats and starts a node in DIR (made here), waits until it serves, prints its bootstrap address
#   kafka.sh stop DIR     TERM, then KILL; DIR stays
#   kafka.sh kill9 DIR    KILL, at once
#   kafka.sh restart DIR  starts a stopped or killed node again with its data, at its old address
#
# DIR/pid holds the process, DIR/bootstrap the address, DIR/log what it said. With KAFKA_OWNER=PID the node is ended
# when that process is gone. KAFKA_HEAP sets the heap (512m).
#
# More listeners, besides the plain one: KAFKA_LISTENERS="NAME:PROTOCOL:KEYSTORE ...", each NAME in capitals, PROTOCOL as
# Kafka has it (SASL_SSL, SSL, SASL_PLAINTEXT), KEYSTORE a PEM file of key and certificate. DIR/listener-NAME holds the
# address. SSL ones ask for a client's certificate by KAFKA_CA, a PEM file, when that is set. KAFKA_SCRAM="NAME PASSWORD" makes a user
# for SCRAM-SHA-512, the one mechanism of the SASL ones.
set -euo pipefail

KAFKA_VERSION=3.9.1
SCALA_VERSION=2.13
SLF4J_VERSION=1.7.36
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/toilmeter
JARS=$CACHE/kafka-$KAFKA_VERSION

die() {
    echo "kafka.sh: $*" >&2
    exit 3
}

# Fetches into a folder of its own and renames it, so that two who run at once cannot spoil each other's.
fetch() {
    [ -d "$JARS" ] && return 0
    command -v mvn >/dev/null || die "Maven is missing: tools/install_deps.sh kafka"
    mkdir -p "$CACHE"
    local work try
    work=$(mktemp -d "$CACHE/fetch.XXXXXX")
    # shellcheck disable=SC2064 # the folder of now
    trap "rm -rf '$work'" EXIT
    cat >"$work/pom.xml" <<POM
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>toilmeter</groupId><artifactId>broker</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId><artifactId>kafka_$SCALA_VERSION</artifactId><version>$KAFKA_VERSION</version>
    </dependency>
    <dependency>
      <groupId>org.slf4j</groupId><artifactId>slf4j-reload4j</artifactId><version>$SLF4J_VERSION</version>
    </dependency>
  </dependencies>
</project>
POM
    echo "kafka.sh: fetching Apache Kafka $KAFKA_VERSION with Maven (once)" >&2
    for try in 1 2 3; do
        if mvn -q -B -f "$work/pom.xml" dependency:copy-dependencies -DincludeScope=runtime \
            -DoutputDirectory="$work/jars" >"$work/mvn.log" 2>&1; then
            break
        fi
        [ $try = 3 ] && { tail -n 5 "$work/mvn.log" >&2; die "Maven could not fetch Kafka"; }
        sleep $((try * 2))
    done
    [ -f "$work/jars/kafka_$SCALA_VERSION-$KAFKA_VERSION.jar" ] || die "Maven fetched something else than Kafka"
    # -T: when another run was faster, the target is a full folder, the rename fails, and theirs is as good.
    mv -T "$work/jars" "$JARS" 2>/dev/null || [ -d "$JARS" ] || die "cannot write $JARS"
    rm -rf "$work"
    trap - EXIT
}

# Below the kernel's range for outgoing connections, so that no client can sit on it between this look and the start.
free_port() {
    local port try
    for try in $(seq 100); do
        port=$((20000 + (RANDOM * 32768 + RANDOM + try) % 12000))
        if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
            echo "$port"
            return 0
        fi
    done
    die "no free port on 127.0.0.1"
}

# One of KAFKA_LISTENERS: its properties, and in $listeners and $protocols what the node has to know of it.
add_listener() {
    local name=$1 protocol=$2 keystore=$3 port prefix
    port=$(free_port)
    prefix=listener.name.${name,,}
    listeners+=,$name://127.0.0.1:$port protocols+=,$name:$protocol
    echo "127.0.0.1:$port" >"$dir/listener-$name"
    if [[ $protocol == *SSL ]]; then
        echo "$prefix.ssl.keystore.type=PEM"
        echo "$prefix.ssl.keystore.location=$keystore"
    fi
    if [ "$protocol" = SSL ] && [ -n "${KAFKA_CA:-}" ]; then
        echo "$prefix.ssl.client.auth=required"
        echo "$prefix.ssl.truststore.type=PEM"
        echo "$prefix.ssl.truststore.location=$KAFKA_CA"
    fi
    if [[ $protocol == SASL_* ]]; then
        echo "$prefix.sasl.enabled.mechanisms=SCRAM-SHA-512"
        echo "$prefix.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;"
    fi
}

configure() {
    local dir=$1 port=$2 controller=$3 listener name protocol keystore listeners='' protocols=''
    : >"$dir/server.properties"
    for listener in ${KAFKA_LISTENERS:-}; do
        IFS=: read -r name protocol keystore <<<"$listener"
        add_listener "$name" "$protocol" "$keystore" >>"$dir/server.properties"
    done
    cat >>"$dir/server.properties" <<PROPERTIES
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$controller
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$controller$listeners
advertised.listeners=PLAINTEXT://127.0.0.1:$port$listeners
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT$protocols
inter.broker.listener.name=PLAINTEXT
controller.listener.names=CONTROLLER
log.dirs=$dir/data
auto.create.topics.enable=false
delete.topic.enable=true
num.partitions=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=8
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
message.max.bytes=10485760
replica.fetch.max.bytes=10485760
log.retention.hours=-1
log.retention.check.interval.ms=1000
log.segment.delete.delay.ms=1000
controlled.shutdown.enable=false
num.network.threads=2
num.io.threads=4
background.threads=2
log.cleaner.dedupe.buffer.size=16777216
PROPERTIES
    cat >"$dir/log4j.properties" <<'LOG4J'
log4j.rootLogger=INFO, out
log4j.appender.out=org.apache.log4j.ConsoleAppender
log4j.appender.out.layout=org.apache.log4j.PatternLayout
log4j.appender.out.layout.ConversionPattern=%d{ISO8601} %p %m (%c{1})%n
log4j.logger.org.apache.kafka.clients=WARN
log4j.logger.kafka.log=WARN
log4j.logger.state.change.logger=WARN
LOG4J
}

java_kafka() {
    java -Xms128m -Xmx"${KAFKA_HEAP:-512m}" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Djava.awt.headless=true \
        -Dlog4j.configuration="file:$dir/log4j.properties" -cp "$JARS/*" "$@"
}

is_alive() {
    [ -s "$1/pid" ] && kill -0 "$(cat "$1/pid")" 2>/dev/null
}

# Starts the node and waits for it. Returns 1 when it ended (a port was taken), with its log kept.
launch() {
    local dir=$1 waited=0
    [ -f "$dir/log" ] && mv "$dir/log" "$dir/log.$(date +%s%N)"
    (
        cd "$dir"
        set -m # a process group of its own: an interrupt at the terminal is not for it
        exec </dev/null >"$dir/log" 2>&1
        exec java -Xms128m -Xmx"${KAFKA_HEAP:-512m}" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \
            -Djava.awt.headless=true -Dlog4j.configuration="file:$dir/log4j.properties" -cp "$JARS/*" \
            kafka.Kafka "$dir/server.properties"
    ) &
    echo $! >"$dir/pid"
    disown
    until grep -q 'Kafka Server started' "$dir/log" 2>/dev/null; do
        is_alive "$dir" || return 1
        waited=$((waited + 1))
        [ $waited -lt 600 ] || { kill -KILL "$(cat "$dir/pid")"; return 1; }
        sleep 0.1
    done
    [ -n "${KAFKA_OWNER:-}" ] && guard "$dir" "$KAFKA_OWNER"
    return 0
}

# Ends the node when its owner is gone.
guard() {
    local pid
    pid=$(cat "$1/pid")
    (
        exec </dev/null >/dev/null 2>&1
        while kill -0 "$2" 2>/dev/null && kill -0 "$pid" 2>/dev/null; do
            sleep 1
        done
        kill -KILL "$pid" 2>/dev/null
    ) &
    disown
}

start() {
    local dir=$1 try port controller scram=()
    [ -z "${KAFKA_SCRAM:-}" ] || scram=(--add-scram "SCRAM-SHA-512=[name=${KAFKA_SCRAM% *},password=${KAFKA_SCRAM#* }]")
    fetch
    mkdir -p "$dir"
    dir=$(cd "$dir" && pwd)
    is_alive "$dir" && die "$dir has a running node already"
    for try in 1 2 3 4 5; do
        port=$(free_port)
        controller=$(free_port)
        [ "$port" != "$controller" ] || continue
        rm -rf "$dir/data"
        configure "$dir" "$port" "$controller"
        java_kafka kafka.tools.StorageTool format -t "$(cluster_id)" -c "$dir/server.properties" "${scram[@]}" \
            >"$dir/format.log" 2>&1 || { cat "$dir/format.log" >&2; die "cannot format $dir/data"; }
        if launch "$dir"; then
            echo "127.0.0.1:$port" | tee "$dir/bootstrap"
            return 0
        fi
        grep -q 'Address already in use' "$dir/log" || break
    done
    tail -n 20 "$dir/log" >&2
    die "the node did not start (try $try)"
}

# 16 random bytes in URL-safe base64, as `StorageTool random-uuid` makes them without a start of Java. Without "-" and
# "_": an id that begins with a dash would be taken for an option.
cluster_id() {
    head -c 16 /dev/urandom | base64 | tr '+/' 'AB' | tr -d '='
}

end() {
    local dir=$1 pid waited=0
    [ -s "$dir/pid" ] || return 0
    pid=$(cat "$dir/pid")
    kill -TERM "$pid" 2>/dev/null || true
    while kill -0 "$pid" 2>/dev/null; do
        waited=$((waited + 1))
        [ $waited -ne 100 ] || kill -KILL "$pid" 2>/dev/null || true
        sleep 0.1
    done
    rm -f "$dir/pid"
}

kill9() {
    local dir=$1 pid
    pid=$(cat "$dir/pid")
    kill -KILL "$pid" 2>/dev/null || true
    while kill -0 "$pid" 2>/dev/null; do
        sleep 0.05
    done
    rm -f "$dir/pid"
}

restart() {
    local dir=$1
    is_alive "$dir" && die "$dir has a running node already"
    launch "$dir" || { tail -n 20 "$dir/log" >&2; die "the node did not start again"; }
    cat "$dir/bootstrap"
}

command=${1:-}
case $command in
fetch) fetch ;;
start | stop | kill9 | restart)
    [ $# -eq 2 ] || die "usage: kafka.sh $command DIR"
    mkdir -p "$2"
    dir=$(cd "$2" && pwd)
    case $command in
    start) start "$dir" ;;
    stop) end "$dir" ;;
    kill9) kill9 "$dir" ;;
    restart) restart "$dir" ;;
    esac
    ;;
*) die "usage: kafka.sh fetch | start|stop|kill9|restart DIR" ;;
esac
