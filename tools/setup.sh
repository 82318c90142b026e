#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs what is missing on Debian 12: tools/setup.sh [build] [data] [test] (default: all).
# When nothing is missing it touches no network and needs no rights.
set -euo pipefail

# "a|b": either will do, and a is what gets installed.
build="g++ cmake ninja-build libfmt-dev nlohmann-json3-dev libzip-dev zlib1g-dev
       libcurl4-openssl-dev|libcurl4-gnutls-dev|libcurl4-nss-dev libdnnl-dev
       libcli11-dev"
data="dataset-fashion-mnist ca-certificates"
test="libgtest-dev clang-14 libclang-rt-14-dev clang-format-14 python3 python3-venv ccache"

packages=""
for group in "${@:-build data test}"; do
  for name in $group; do
    case "$name" in
      build | data | test) packages+=" ${!name}" ;;
      *) echo "setup: expected build, data or test, got $name." >&2; exit 2 ;;
    esac
  done
done

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  echo "setup: this is not Debian; please install the equivalents of:$(echo " $packages" | xargs)"
  exit 0
fi

installed() {
  [[ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" == installed ]]
}

missing=()
for alternatives in $packages; do
  found=no
  for name in ${alternatives//|/ }; do
    if installed "$name"; then found=yes; fi
  done
  if [[ $found == no ]]; then missing+=("${alternatives%%|*}"); fi
done
if [[ ${#missing[@]} == 0 ]]; then
  echo "setup: everything is installed"
  exit 0
fi

as_root=()
if [[ $(id -u) != 0 ]]; then
  if ! command -v sudo >/dev/null; then
    echo "setup: needs root or sudo to run: apt-get install ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi
apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300)
log=$(mktemp)
trap 'rm -f "$log"' EXIT
echo "setup: installing ${missing[*]}"
"${apt[@]}" update >"$log" 2>&1 || echo "setup: apt-get update fails; trying with what it knows" >&2
if ! "${apt[@]}" install -y --no-install-recommends "${missing[@]}" >>"$log" 2>&1 </dev/null; then
  tail -n 30 "$log" >&2
  echo "setup: apt-get install ${missing[*]} fails, see above." >&2
  exit 1
fi
echo "setup: done"
