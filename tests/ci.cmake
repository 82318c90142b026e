# SPDX-License-Identifier: Apache-2.0
# Checks that build other presets or run whole scripts. They take minutes each, so plain ctest
# leaves them out: `.ci/run` calls ctest -C Ci, and with KERATIN_CI=full ctest -C Full for all.

function(keratin_ci_check name configurations)
  add_test(NAME ci.${name} CONFIGURATIONS ${configurations} COMMAND ${ARGN})
  set_tests_properties(ci.${name} PROPERTIES
    LABELS ci RUN_SERIAL TRUE TIMEOUT 2400 SKIP_RETURN_CODE 77)
endfunction()

set(tools "${PROJECT_SOURCE_DIR}/tools")
# clang with the address sanitizer, and g++ with the thread sanitizer and without oneDNN: two builds
# for four questions.
keratin_ci_check(clang_asan "Ci;Full" "${tools}/test.sh" --no-setup --preset clang-asan --fast)
keratin_ci_check(quickstart "Ci;Full" "${tools}/quickstart.sh")
keratin_ci_check(tsan_without_onednn Full "${tools}/test.sh" --no-setup --preset tsan --fast)

# Scripts that may join: each is given the build folder.
foreach(name IN ITEMS fuzz interop)
  if(EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/${name}/run.sh")
    keratin_ci_check(${name} Full
      "${CMAKE_CURRENT_SOURCE_DIR}/${name}/run.sh" "${PROJECT_BINARY_DIR}")
  endif()
endforeach()
