#!/usr/bin/env bash
# Builds the Debian package from the files that git knows, below $BUILD/deb, and has lintian look at it. Prints the path of the
# package. The same sources make the same bytes: every time in it is that of debian/changelog.
#
#   tools/build_deb.sh [--twice]     --twice: build in a second folder as well, and compare
#
# No network; nothing is installed: `tools/install_deps.sh build package` brings what is needed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

out=$PWD/${BUILD:-build}/deb
version=$(dpkg-parsechangelog -S Version)
[ "$version" = "$(cat VERSION)" ] || { echo "build_deb: debian/changelog says $version, VERSION $(cat VERSION)" >&2; exit 1; }

# build FOLDER
build() {
    local tree=$1/toilmeter-$version
    rm -rf "$1"
    mkdir -p "$tree"
    git ls-files -z | grep -zv '^tests/' | xargs -0 cp --parents -t "$tree"
    (cd "$tree" && env -u MAKEFLAGS -u MAKELEVEL -u MAKEOVERRIDES -u BUILD DEB_BUILD_OPTIONS="nocheck parallel=$(nproc)" \
        dpkg-buildpackage --build=binary --unsigned-changes --unsigned-buildinfo) >"$1/log" 2>&1 || {
        tail -n 40 "$1/log" >&2
        return 1
    }
}

build "$out/first"
package=$(find "$out/first" -maxdepth 1 -name 'toilmeter_*.deb')
lintian --allow-root --fail-on error,warning --display-info --tag-display-limit 0 "$package" >&2
if [ "${1:-}" = --twice ]; then
    # Another folder, another hour, another umask.
    (umask 027 && TZ=Pacific/Auckland build "$out/the-second")
    cmp "$package" "$out/the-second/${package##*/}" >&2
    echo "build_deb: two builds are the same, $(sha256sum <"$package" | cut -c1-16)" >&2
fi
cp "$package" "$out/"
echo "$out/${package##*/}"
