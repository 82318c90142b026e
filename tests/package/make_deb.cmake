# SPDX-License-Identifier: Apache-2.0
# cmake -P script, run in the build folder: makes the packages, unpacks them, runs the program.

file(REMOVE_RECURSE "${work}")
execute_process(
  COMMAND "${cpack}" -G DEB -B "${work}" -D CPACK_DEBIAN_COMPRESSION_TYPE=gzip
  OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
file(GLOB packages "${work}/*.deb")
foreach(package IN LISTS packages)
  execute_process(COMMAND "${dpkg_deb}" -x "${package}" "${work}/root"
    COMMAND_ERROR_IS_FATAL ANY)
endforeach()
# Where the library is a shared one it is among the packages.
file(GLOB libraries "${work}/root/usr/lib/libkeratin.so" "${work}/root/usr/lib/*/libkeratin.so")
if(libraries)
  get_filename_component(folder "${libraries}" DIRECTORY)
  set(ENV{LD_LIBRARY_PATH} "${folder}")
endif()
execute_process(COMMAND "${work}/root/usr/bin/keratin" --version COMMAND_ERROR_IS_FATAL ANY)
foreach(file IN ITEMS include/keratin/keratin.h include/keratin/c/keratin.h share/man/man1/keratin.1
                      share/bash-completion/completions/keratin)
  if(NOT EXISTS "${work}/root/usr/${file}")
    message(FATAL_ERROR "expected ${file} in the packages, got none.")
  endif()
endforeach()
file(REMOVE_RECURSE "${work}")
