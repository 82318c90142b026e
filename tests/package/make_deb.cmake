# SPDX-License-Identifier: Apache-2.0
# cmake -P script, run in the build folder: makes the packages, unpacks them, runs the program.

file(REMOVE_RECURSE "${work}")
execute_process(
  COMMAND "${cpack}" -G DEB -B "${work}" -D CPACK_DEBIAN_COMPRESSION_TYPE=gzip
  OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
foreach(name IN ITEMS dev tools)
  file(GLOB package "${work}/keratin-${name}_*.deb")
  execute_process(COMMAND "${dpkg_deb}" -x "${package}" "${work}/root"
    COMMAND_ERROR_IS_FATAL ANY)
endforeach()
execute_process(COMMAND "${work}/root/usr/bin/keratin" --version COMMAND_ERROR_IS_FATAL ANY)
foreach(file IN ITEMS include/keratin/keratin.h include/keratin/c/keratin.h share/man/man1/keratin.1
                      share/bash-completion/completions/keratin)
  if(NOT EXISTS "${work}/root/usr/${file}")
    message(FATAL_ERROR "expected ${file} in the packages, got none.")
  endif()
endforeach()
file(REMOVE_RECURSE "${work}")
