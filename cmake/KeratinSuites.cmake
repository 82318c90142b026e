# SPDX-License-Identifier: Apache-2.0
# Finds the suites of a GoogleTest program when ctest starts (never while building). One process per
# suite, not per test, keeps the run short.

# Registers the suites of `program` as `<prefix>.<Suite>`.
function(keratin_test_suites program prefix)
  set(entry "${CMAKE_CURRENT_BINARY_DIR}/${program}_suites.cmake")
  file(GENERATE OUTPUT "${entry}" CONTENT
"set(suites_prefix \"${prefix}\")
set(suites_program \"$<TARGET_FILE:${program}>\")
set(suites_folder \"${CMAKE_CURRENT_BINARY_DIR}\")
include(\"${PROJECT_SOURCE_DIR}/cmake/KeratinListSuites.cmake\")
")
  set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES "${entry}")
endfunction()
