# SPDX-License-Identifier: Apache-2.0
# cmake -P script: builds and runs the outside project from scratch, and removes it when all went
# well. Variables: see CMakeLists.txt.

function(run)
  execute_process(COMMAND ${ARGV} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

file(REMOVE_RECURSE "${work}")
if(way STREQUAL "pkg_config")
  run("${CMAKE_COMMAND}" --install "${keratin_build}" --prefix "${work}/prefix")
  file(GLOB_RECURSE pages "${work}/prefix/keratin.pc")
  get_filename_component(folder "${pages}" DIRECTORY)
  set(ENV{PKG_CONFIG_PATH} "${folder}")
  run(sh -c "'${compiler}' '${source}/tests/package/outside/main.cpp' -o '${work}/outside' \
      $(pkg-config --cflags --libs keratin)")
  get_filename_component(libraries "${folder}" DIRECTORY)
  set(ENV{LD_LIBRARY_PATH} "${libraries}")
  run("${work}/outside")
  file(REMOVE_RECURSE "${work}")
  return()
endif()
set(settings -G "${generator}" "-DCMAKE_CXX_COMPILER=${compiler}")
if(way STREQUAL "find_package")
  run("${CMAKE_COMMAND}" --install "${keratin_build}" --prefix "${work}/prefix")
  list(APPEND settings "-DCMAKE_PREFIX_PATH=${work}/prefix" -DCMAKE_BUILD_TYPE=Release)
else()
  # Without precompiled headers, as each source must include what it uses, and without optimisation,
  # which takes up to half of the time and which other builds have.
  list(APPEND settings "-DKERATIN_SOURCE_DIR=${source}" "-DKERATIN_ONEDNN=${onednn}"
       -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG=-O0
       -DKERATIN_WERROR=ON -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON)
endif()
run("${CMAKE_COMMAND}" -S "${source}/tests/package/outside" -B "${work}/build" ${settings})
run("${CMAKE_COMMAND}" --build "${work}/build" --parallel 2)
run("${work}/build/outside")
file(REMOVE_RECURSE "${work}")
