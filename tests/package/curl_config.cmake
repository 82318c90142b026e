# SPDX-License-Identifier: Apache-2.0
# cmake -P script: configures with a libcurl that lies in a folder of its own and is found by its
# CURLConfig.cmake, which need not tell more than a target. Variables: see CMakeLists.txt.

file(REMOVE_RECURSE "${work}")
file(MAKE_DIRECTORY "${work}/curl/include")
file(WRITE "${work}/curl/CURLConfig.cmake" "
add_library(CURL::libcurl SHARED IMPORTED)
set_target_properties(CURL::libcurl PROPERTIES
  INTERFACE_INCLUDE_DIRECTORIES \"\${CMAKE_CURRENT_LIST_DIR}/include\")
")
execute_process(
  COMMAND "${CMAKE_COMMAND}" -S "${source}" -B "${work}/build" -G "${generator}"
    "-DCMAKE_CXX_COMPILER=${compiler}" "-DKERATIN_ONEDNN=${onednn}" "-DCURL_DIR=${work}/curl"
    -DKERATIN_BUILD_TESTS=OFF -DKERATIN_BUILD_BENCH=OFF -DKERATIN_BUILD_EXAMPLES=OFF
    -DCMAKE_EXPORT_COMPILE_COMMANDS=ON
  OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
file(STRINGS "${work}/build/compile_commands.json" lines REGEX "-c .*/transfer_curl[.]cpp")
string(FIND "${lines}" "-isystem ${work}/curl/include" at)
if(at EQUAL -1)
  message(FATAL_ERROR "expected ${work}/curl/include where headers are looked for, got: ${lines}")
endif()
file(REMOVE_RECURSE "${work}")
