# SPDX-License-Identifier: Apache-2.0
# Flags are set per target, so that a project which adds Keratin keeps its own.

set(keratin_std_headers
    <algorithm> <array> <atomic> <chrono> <cmath> <cstddef> <cstdint> <cstring> <exception>
    <functional> <initializer_list> <iterator> <limits> <map> <memory> <mutex>
    <numeric> <optional> <set> <span> <stdexcept> <string> <string_view> <tuple> <type_traits>
    <unordered_map> <utility> <variant> <vector>)

# Sets what every own target (library, tests, examples, benchmarks) is compiled with.
function(keratin_target_flags target)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES "GNU|Clang")
    return()
  endif()
  # Numbers must not depend on where a compiler contracts a*b+c; errno and traps are never read.
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wpedantic -Wshadow
    -fno-math-errno -fno-trapping-math -ffp-contract=off
    $<$<CONFIG:Release>:-O2>)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # Once inlined, std::string and std::variant make g++ 12 warn of what is not there (GCC bug
    # 105651 and others); clang and the sanitizers watch over the real cases.
    target_compile_options(${target} PRIVATE
      -Wno-restrict -Wno-maybe-uninitialized -Wno-stringop-overflow -Wno-stringop-overread
      -Wno-array-bounds)
  endif()
  if(KERATIN_STATIC)  # so that the linker can leave out what the program does not reach
    target_compile_options(${target} PRIVATE -ffunction-sections -fdata-sections)
  endif()
  if(KERATIN_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    # Without time stamps in precompiled headers ccache can reuse them.
    target_compile_options(${target} PRIVATE "SHELL:-Xclang -fno-pch-timestamp")
  endif()
  if(KERATIN_SANITIZE)
    list(JOIN KERATIN_SANITIZE "," sanitizers)
    target_compile_options(${target} PRIVATE
      -fsanitize=${sanitizers} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(${target} PRIVATE -fsanitize=${sanitizers})
  endif()
endfunction()
