#!/usr/bin/env bash
# toilmeterd under ThreadSanitizer, for TOIL_TEST_COLLECTOR: its own process, so that signals reach it. What the sanitizer
# reports goes to build/ci/tsan-report.PID. `.ci/run tsan` builds what is needed.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
LD_PRELOAD="$(cc -print-file-name=libtsan.so) $here/build/tsan/tsan_threads.so"
TSAN_OPTIONS="suppressions=$here/tests/support/tsan.supp exitcode=99 log_path=$here/build/ci/tsan-report"
export LD_PRELOAD TSAN_OPTIONS
exec "$here/build/tsan/toilmeterd" "$@"
