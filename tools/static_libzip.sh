#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes a libzip.a, which Debian's package has not, of Debian's own source of libzip, without what
# Keratin does not use (encryption, bzip2, xz, zstd): tools/static_libzip.sh FOLDER. The preset
# `static` finds it with -DLibZip_LIBRARY=FOLDER/libzip.a. Needs no rights.
set -euo pipefail
if [[ $# != 1 ]]; then
  echo "usage: tools/static_libzip.sh FOLDER" >&2
  exit 2
fi
mkdir -p "$1/apt/lists/partial"
folder=$(cd "$1" && pwd)
echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]" \
  "http://deb.debian.org/debian bookworm main" >"$folder/apt/sources.list"
apt=(apt-get -q -o Dir::Etc::sourcelist="$folder/apt/sources.list" -o Dir::Etc::sourceparts=-
  -o Dir::State::lists="$folder/apt/lists" -o APT::Sandbox::User=)
"${apt[@]}" update
cd "$folder"
"${apt[@]}" source --download-only libzip
rm -rf source && mkdir source
tar -xf libzip_*.orig.tar.* -C source --strip-components 1
options=()
for what in BZIP2 LZMA ZSTD COMMONCRYPTO GNUTLS MBEDTLS OPENSSL WINDOWS_CRYPTO; do
  options+=("-DENABLE_$what=OFF")
done
for what in SHARED_LIBS TOOLS REGRESS EXAMPLES DOC; do options+=("-DBUILD_$what=OFF"); done
cmake -S source -B build -DCMAKE_BUILD_TYPE=MinSizeRel \
  -DCMAKE_C_FLAGS="-ffunction-sections -fdata-sections" "${options[@]}"
cmake --build build --target zip
cp build/lib/libzip.a .
echo "$folder/libzip.a"
