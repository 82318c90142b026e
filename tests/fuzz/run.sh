#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs each fuzzer. Usage: run.sh BUILD_FOLDER [EXECUTIONS [NAME...]], where BUILD_FOLDER is any
# build of this project: the fuzzers are built beside it, in `fuzz`. What is found beyond the seeds
# stays in build/fuzz/corpus/NAME, and input that fails in build/fuzz/NAME-*.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
source=$(cd "$here/../.." && pwd)
build=$(cd "$1/.." && pwd)/fuzz
executions=${2:-100000}
[ $# -ge 2 ] && shift 2 || shift $#
if ! command -v clang++-14 >/dev/null; then
  echo "fuzz: SKIPPED, clang 14 is not installed" >&2
  exit 77
fi
cmake -S "$source" -B "$build" --preset fuzz >/dev/null
cmake --build "$build" --parallel "${KERATIN_JOBS:-2}" --target keratin_fuzz
[ $# -gt 0 ] || set -- json npy pickle idx csv zip hdf5 model
# An array that the machine cannot hold is an error like others, and no find. Memory that has been
# given back is kept aside by the sanitizer, so little of it that the limit below is the readers'.
export ASAN_OPTIONS=allocator_may_return_null=1:detect_leaks=1:quarantine_size_mb=64
golden=$source/tests/golden
for name in "$@"; do
  case $name in
    hdf5) seeds="$golden/hdf5" ;;
    npy) seeds="$golden/npy" ;;
    *) seeds="" ;;
  esac
  [ -d "$here/seeds/$name" ] && seeds="$here/seeds/$name $seeds"
  case $name in json | csv | idx) longest=4096 ;; *) longest=65536 ;; esac
  dictionary=""
  [ -f "$here/$name.dict" ] && dictionary="-dict=$here/$name.dict"
  mkdir -p "$build/corpus/$name"
  echo "fuzz: $name"
  # What takes more than 5 seconds of computing is a find too (fuzz.h); what never ends is one here.
  "$build/tests/fuzz/keratin_fuzz_$name" -runs="$executions" -timeout=120 -rss_limit_mb=512 \
    -max_len="$longest" -artifact_prefix="$build/$name-" -verbosity=0 -print_final_stats=1 \
    $dictionary "$build/corpus/$name" $seeds
done
