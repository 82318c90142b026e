# SPDX-License-Identifier: Apache-2.0
# Each source of examples/ and examples/book/ is one program and one smoke test; each file of bench/
# is one program.

if(KERATIN_BUILD_EXAMPLES)
  file(GLOB examples CONFIGURE_DEPENDS
    "${PROJECT_SOURCE_DIR}/examples/*.cpp" "${PROJECT_SOURCE_DIR}/examples/book/*.cpp")
  foreach(source IN LISTS examples)
    get_filename_component(name "${source}" NAME_WE)
    add_executable(${name} "${source}")
    keratin_target_flags(${name})
    target_link_libraries(${name} PRIVATE keratin::keratin)
    set_target_properties(${name} PROPERTIES
      RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/examples")
    if(KERATIN_BUILD_TESTS)
      file(MAKE_DIRECTORY "${PROJECT_BINARY_DIR}/examples/work/${name}")
      add_test(NAME example.${name} COMMAND ${name}
        WORKING_DIRECTORY "${PROJECT_BINARY_DIR}/examples/work/${name}")
      # The examples are right, so the advisor has nothing to say of them.
      set_tests_properties(example.${name} PROPERTIES
        ENVIRONMENT KERATIN_EXAMPLE_SMOKE=1 SKIP_RETURN_CODE 77 TIMEOUT 300
        FAIL_REGULAR_EXPRESSION "(compile|fit): [^\n]*; use ")
      # Texts are small ones of the tests, in the form of the real ones.
      if(name MATCHES "reviews|newswires")
        set_property(TEST example.${name} APPEND PROPERTY
          ENVIRONMENT "KERATIN_DATA_HOME=${PROJECT_SOURCE_DIR}/tests/golden/words")
      endif()
    endif()
  endforeach()
endif()

if(KERATIN_BUILD_BENCH)
  file(GLOB benches CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/bench/*.cpp")
  foreach(source IN LISTS benches)
    get_filename_component(name "${source}" NAME_WE)
    add_executable(bench_${name} "${source}")
    keratin_target_flags(bench_${name})
    target_link_libraries(bench_${name} PRIVATE keratin::keratin)
    # Those that time single kernels include internal headers.
    target_compile_definitions(bench_${name} PRIVATE
      $<TARGET_PROPERTY:keratin,COMPILE_DEFINITIONS>)
    set_target_properties(bench_${name} PROPERTIES
      RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bench")
  endforeach()
endif()
