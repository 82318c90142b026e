#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Sets up, builds and runs every test through ctest. KERATIN_JOBS sets how many at a time.
#   --fast         leave out the tests labelled slow
#   --ci           add the checks of tests/ci.cmake (other compilers, sanitizers, scripts)
#   --ci-full      add also those that take longest
#   --preset NAME  a preset of CMakePresets.json instead of dev
#   --no-setup     install nothing
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

preset=dev
setup=yes
select=()
while [[ $# -gt 0 ]]; do
  case "$1" in
    --fast) select=(-LE slow) ;;
    --ci) select=(-C Ci) ;;
    --ci-full) select=(-C Full) ;;
    --preset) preset=${2:?--preset: expected a name}; shift ;;
    --no-setup) setup=no ;;
    *) sed -n '3,8s/^# //p' "$0" >&2; exit 2 ;;
  esac
  shift
done
jobs=${KERATIN_JOBS:-$(nproc)}

if [[ $setup == yes ]]; then tools/setup.sh build data test; fi
echo "test: building preset $preset in build/$preset, $jobs jobs"
mkdir -p build
log=build/configure-$preset.log
if ! cmake --preset "$preset" >"$log" 2>&1; then
  cat "$log" >&2
  exit 1
fi
cmake --build --preset "$preset" --parallel "$jobs"
echo "test: running ctest"
ctest --preset "$preset" --parallel "$jobs" "${select[@]}"
