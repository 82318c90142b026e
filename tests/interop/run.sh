#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Has the real TensorBoard read what callbacks write, and exchanges random models with real Keras.
# Usage: run.sh BUILD_FOLDER [arguments of interop.py]
# KERATIN_PYTHON names a Python with keras 3.15.1, jax and h5py (and tensorboard, pillow); without
# it an environment is made in the build folder. Where that cannot be installed the
# check is left out, and says so.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd)
shift
driver="$build/tests/keratin_interop_driver"
cmake --build "$build" --parallel 2 --target keratin_interop_driver
python=${KERATIN_PYTHON:-}
if [ -z "$python" ]; then
  environment="$build/interop_environment"
  python="$environment/bin/python"
  if [ ! -x "$python" ] || ! "$python" -c 'import keras, jax, h5py' 2>/dev/null; then
    if ! { python3 -m venv "$environment" &&
           "$python" -m pip install --quiet keras==3.15.1 jax h5py tensorboard pillow; }; then
      echo "interop: SKIPPED, keras 3.15.1 cannot be installed here; set KERATIN_PYTHON" >&2
      exit 77
    fi
  fi
fi
if "$python" -c 'import tensorboard, PIL' 2>/dev/null; then
  "$python" -W ignore "$here/callbacks.py" "$driver"
else
  echo "interop: the files of callbacks are left out, tensorboard or pillow is missing" >&2
fi
exec "$python" -W ignore "$here/interop.py" "$driver" "$@"
