#!/usr/bin/env bash
# Installs what is missing from Debian's packages: tools/install_deps.sh [GROUP...] [--optional GROUP...]
#
#   build  what the programs are compiled with
#   test   what the tests and the demo need besides: PostgreSQL's server, Criterion
#   kafka  Java and Maven, which fetch and run Apache Kafka; without them a small in-process broker stands in
#   check  formatters and analysers of `make check`, and the programs that read what is in deploy/
#   browser  Chromium, in which pages are looked at
#   package  what makes and inspects the Debian package
#
# Without a group: all six. Does nothing, quickly, when everything is there. As root or through sudo it installs;
# otherwise it prints the command and stops with status 2. Groups after --optional only warn when they stay missing.
set -euo pipefail

packages_of() {
    case $1 in
    build) echo gcc make pkg-config librdkafka-dev libpq-dev libcjson-dev libfyaml-dev libmicrohttpd-dev libssl-dev \
        libpcre2-dev libglib2.0-dev libgsl-dev libarchive-dev libsystemd-dev tzdata ;;
    test) echo postgresql libcriterion-dev jq gzip zstd curl procps ;;
    kafka) echo default-jre-headless maven ;;
    check) echo clang-format clang-tidy cppcheck shellcheck valgrind mandoc \
        systemd procps prometheus zsh ;;
    browser) echo chromium fonts-dejavu-core ;;
    package) echo build-essential debhelper lintian debootstrap buildah ;;
    *) echo "install_deps: unknown group '$1'; there are: build test kafka check browser package" >&2; exit 2 ;;
    esac
}

# Java may have come from elsewhere; then its Debian package is not asked for.
command_of() {
    case $1 in
    default-jre-headless) echo java ;;
    maven) echo mvn ;;
    esac
}

is_there() {
    local command
    command=$(command_of "$1")
    if [ -n "$command" ] && command -v "$command" >/dev/null 2>&1; then
        return 0
    fi
    [[ " $installed " == *" $1 "* ]]
}

# Sets `missing` to the packages of the given groups that are not installed.
find_missing() {
    local group package list=()
    missing=()
    for group in "$@"; do
        read -ra packages <<<"$(packages_of "$group")"
        list+=("${packages[@]}")
    done
    [ ${#list[@]} -gt 0 ] || return 0
    # shellcheck disable=SC2016 # dpkg's own variables
    installed=$(dpkg-query -W -f='${db:Status-Abbrev} ${Package}\n' "${list[@]}" 2>/dev/null |
        awk '$1 == "ii" {printf "%s ", $2}' || true)
    for package in "${list[@]}"; do
        is_there "$package" || missing+=("$package")
    done
}

# PostgreSQL's server package would make and start a cluster of its own; nobody asked for one.
no_system_cluster() {
    local file=/etc/postgresql-common/createcluster.d/toilmeter.conf
    [[ " ${missing[*]} " == *" postgresql "* ]] || return 0
    "${as_root[@]}" mkdir -p "${file%/*}"
    echo 'create_main_cluster = false' | "${as_root[@]}" tee "$file" >/dev/null
}

# Debian's packages start their services; nobody asked for one of these either.
no_services() {
    local file=/etc/systemd/system/$1.service
    [[ " ${missing[*]} " == *" $1 "* ]] || return 0
    "${as_root[@]}" mkdir -p "${file%/*}"
    [ -e "$file" ] || "${as_root[@]}" ln -s /dev/null "$file"
}

install_missing() {
    if ! command -v apt-get >/dev/null 2>&1; then
        echo "install_deps: no apt-get here; install by hand: ${missing[*]}" >&2
        return 2
    fi
    if [ "$(id -u)" = 0 ]; then
        as_root=(env)
    elif command -v sudo >/dev/null 2>&1 && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
        as_root=(sudo)
    else
        echo "install_deps: packages are missing and this user may not install them. As root, run:" >&2
        echo "    apt-get install --no-install-recommends ${missing[*]}" >&2
        return 2
    fi
    echo "install_deps: installing ${missing[*]}"
    no_system_cluster
    no_services prometheus
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -q >/dev/null
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -q -y --no-install-recommends "${missing[@]}" >/dev/null
}

needed=() optional=() target=needed
for argument in "$@"; do
    case $argument in
    --optional) target=optional ;;
    -h | --help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0"; exit 0 ;;
    *) if [ $target = needed ]; then needed+=("$argument"); else optional+=("$argument"); fi ;;
    esac
done
[ $# -gt 0 ] || needed=(build test kafka check browser package)

for group in "${needed[@]}" "${optional[@]}"; do
    packages_of "$group" >/dev/null
done
missing=() installed="" as_root=()
find_missing "${needed[@]}"
if [ ${#missing[@]} -gt 0 ]; then
    install_missing || exit 2
fi
find_missing "${optional[@]}"
if [ ${#missing[@]} -gt 0 ]; then
    install_missing || echo "install_deps: going on without ${missing[*]}" >&2
fi
