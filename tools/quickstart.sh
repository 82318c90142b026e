#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Sets up, builds and runs examples/fashion_mnist.cpp; arguments go to the program.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$root/build/quickstart

"$root/tools/setup.sh" build data
echo "quickstart: building in build/quickstart"
mkdir -p "$build"
if ! cmake -S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DKERATIN_BUILD_TESTS=OFF \
    -DKERATIN_BUILD_BENCH=OFF >"$build/configure.log" 2>&1; then
  cat "$build/configure.log" >&2
  exit 1
fi
cmake --build "$build" --target fashion_mnist --parallel "${KERATIN_JOBS:-$(nproc)}"
echo "quickstart: running examples/fashion_mnist.cpp"
exec "$build/examples/fashion_mnist" "$@"
