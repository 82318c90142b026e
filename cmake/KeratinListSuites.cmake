# SPDX-License-Identifier: Apache-2.0
# Read by ctest: asks the program `suites_program` for its tests and registers them.
cmake_policy(VERSION 3.21)

if(NOT EXISTS "${suites_program}")
  add_test("${suites_prefix}.not_built" "${suites_program}")
  return()
endif()

set(suites_list "${suites_program}.tests")
if("${suites_program}" IS_NEWER_THAN "${suites_list}")
  execute_process(COMMAND "${suites_program}" --gtest_list_tests
    OUTPUT_VARIABLE text RESULT_VARIABLE status ERROR_VARIABLE error)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "${suites_program} --gtest_list_tests fails: ${status}\n${text}${error}")
  endif()
  string(REGEX REPLACE " *#[^\n]*" "" text "${text}")
  file(WRITE "${suites_list}" "${text}")
endif()
file(STRINGS "${suites_list}" suites_lines)

# ctest name, gtest filter, label slow or not
macro(keratin_add_entry name filter slow)
  add_test("${suites_prefix}.${name}" "${suites_program}" "--gtest_filter=${filter}"
           --gtest_brief=1)
  set_tests_properties("${suites_prefix}.${name}" PROPERTIES
    WORKING_DIRECTORY "${suites_folder}" SKIP_RETURN_CODE 77 TIMEOUT 300)
  if(${slow})
    set_tests_properties("${suites_prefix}.${name}" PROPERTIES LABELS slow TIMEOUT 1800)
  endif()
endmacro()

set(suite "")
foreach(line IN LISTS suites_lines ITEMS "end.")
  if(line MATCHES "^ +(.*)$")
    set(test "${CMAKE_MATCH_1}")
    if(test MATCHES "^DISABLED_" OR suite MATCHES "(^|/)DISABLED_")
      continue()
    elseif(test MATCHES "Slow")
      keratin_add_entry("${suite}.${test}" "${suite}.${test}" TRUE)
    else()
      set(has_fast_tests TRUE)
    endif()
  else()
    if(suite AND has_fast_tests AND suite MATCHES "Slow")
      keratin_add_entry("${suite}" "${suite}.*-${suite}.*Slow*" TRUE)
    elseif(suite AND has_fast_tests)
      keratin_add_entry("${suite}" "${suite}.*-*Slow*" FALSE)
    endif()
    string(REGEX REPLACE "[.]$" "" suite "${line}")
    set(has_fast_tests FALSE)
  endif()
endforeach()
