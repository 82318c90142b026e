# SPDX-License-Identifier: Apache-2.0
# The library `keratin::keratin`, and `keratin::pch` which precompiles its umbrella header.

file(GLOB_RECURSE keratin_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/keratin/*.cpp")
list(FILTER keratin_sources EXCLUDE REGEX "/keratin/cli/")
if(NOT KERATIN_HAS_ONEDNN)
  list(FILTER keratin_sources EXCLUDE REGEX "/keratin/runtime/onednn/")
endif()
if(KERATIN_CURL)
  list(FILTER keratin_sources EXCLUDE REGEX "/keratin/io/transfer_none")
else()
  list(FILTER keratin_sources EXCLUDE REGEX "/keratin/io/transfer_curl")
endif()

if(NOT CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  list(FILTER keratin_sources EXCLUDE REGEX "/keratin/runtime/simd/[a-z]+_v[34]")
endif()

add_library(keratin ${keratin_sources})
add_library(keratin::keratin ALIAS keratin)
keratin_target_flags(keratin)
target_compile_features(keratin PUBLIC cxx_std_20)
target_include_directories(keratin PUBLIC
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>
  $<INSTALL_INTERFACE:include>)
target_include_directories(keratin SYSTEM PRIVATE
  $<TARGET_PROPERTY:nlohmann_json::nlohmann_json,INTERFACE_INCLUDE_DIRECTORIES>)
if(KERATIN_CURL)
  target_include_directories(keratin SYSTEM PRIVATE
    $<TARGET_PROPERTY:CURL::libcurl,INTERFACE_INCLUDE_DIRECTORIES>)
endif()
target_link_libraries(keratin PRIVATE ${keratin_libraries} ${CMAKE_DL_LIBS})
if(KERATIN_HAS_ONEDNN)
  target_compile_definitions(keratin PRIVATE KERATIN_HAS_ONEDNN=1)
endif()
set_target_properties(keratin PROPERTIES
  CXX_EXTENSIONS OFF
  POSITION_INDEPENDENT_CODE ON
  VERSION ${PROJECT_VERSION}
  SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
get_target_property(library_type keratin TYPE)
if(library_type STREQUAL "SHARED_LIBRARY" AND CMAKE_SYSTEM_NAME STREQUAL "Linux")
  target_link_options(keratin PRIVATE
    "LINKER:--version-script=${PROJECT_SOURCE_DIR}/cmake/keratin.map")
  set_target_properties(keratin PROPERTIES
    LINK_DEPENDS "${PROJECT_SOURCE_DIR}/cmake/keratin.map")
endif()
target_precompile_headers(keratin PRIVATE
  ${keratin_std_headers} <fmt/format.h> <fmt/ranges.h>)

# Kernels are compiled at -O3, in every kind of build that is optimised and not instrumented; where
# size matters (MinSizeRel), the plain ones at -O2.
set(keratin_kernels ${keratin_sources})
list(FILTER keratin_kernels INCLUDE REGEX "/keratin/runtime/kernels/")
set_source_files_properties(${keratin_kernels} PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
if(CMAKE_CXX_COMPILER_ID MATCHES "GNU|Clang" AND NOT KERATIN_SANITIZE)
  set_source_files_properties(${keratin_kernels} PROPERTIES
    COMPILE_OPTIONS
      "$<$<CONFIG:Release,RelWithDebInfo>:-O3>;$<$<CONFIG:MinSizeRel>:-O2>")
endif()

# The vector kernels are compiled once for each instruction level; vector.h tells the rest.
set(keratin_simd "${PROJECT_SOURCE_DIR}/keratin/runtime/simd")
set(keratin_level_baseline "")
set(keratin_level_v3 -march=x86-64-v3)
set(keratin_level_v4 -march=x86-64-v4 -mprefer-vector-width=512)
foreach(level IN ITEMS baseline v3 v4)
  set(options ${keratin_level_${level}})
  if(NOT KERATIN_SANITIZE)
    list(APPEND options "$<$<CONFIG:Release,RelWithDebInfo,MinSizeRel>:-O3>")
  endif()
  set_source_files_properties("${keratin_simd}/level_${level}.cpp" PROPERTIES
    SKIP_PRECOMPILE_HEADERS ON COMPILE_OPTIONS "${options}")
  set_source_files_properties("${keratin_simd}/gemm_${level}.cpp" PROPERTIES
    SKIP_PRECOMPILE_HEADERS ON COMPILE_OPTIONS "${options}")
endforeach()

add_library(keratin_pch INTERFACE)
add_library(keratin::pch ALIAS keratin_pch)
set_target_properties(keratin_pch PROPERTIES EXPORT_NAME pch)
target_link_libraries(keratin_pch INTERFACE keratin)
target_precompile_headers(keratin_pch INTERFACE <keratin/keratin.h>)
