# SPDX-License-Identifier: Apache-2.0
# Checks that build other presets or run whole scripts. They take minutes each and belong to the
# configuration Ci, so plain ctest leaves them out: .ci/run calls ctest -C Ci.

function(keratin_ci_check name)
  add_test(NAME ci.${name} CONFIGURATIONS Ci COMMAND ${ARGN})
  set_tests_properties(ci.${name} PROPERTIES LABELS ci RUN_SERIAL TRUE TIMEOUT 2400)
endfunction()

set(tools "${PROJECT_SOURCE_DIR}/tools")
keratin_ci_check(clang "${tools}/test.sh" --no-setup --preset clang --fast)
keratin_ci_check(asan "${tools}/test.sh" --no-setup --preset asan --fast)
keratin_ci_check(no_onednn "${tools}/test.sh" --no-setup --preset no-onednn)
keratin_ci_check(quickstart "${tools}/quickstart.sh")

# Scripts that may join: each is given the build folder.
foreach(name IN ITEMS fuzz interop)
  if(EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/${name}/run.sh")
    keratin_ci_check(${name} "${CMAKE_CURRENT_SOURCE_DIR}/${name}/run.sh" "${PROJECT_BINARY_DIR}")
  endif()
endforeach()
