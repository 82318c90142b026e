# SPDX-License-Identifier: Apache-2.0
# Finds what the library is made with. `keratin_packages` (arguments of find_package) and
# `keratin_libraries` are what it links; the installed package looks for the same ones.

set(keratin_packages "fmt CONFIG" "LibZip" "ZLIB" "Threads")
set(keratin_fmt fmt::fmt)
set(keratin_libraries LibZip::LibZip ZLIB::ZLIB Threads::Threads)
# Of these only headers are needed, and only to build.
set(keratin_header_packages "nlohmann_json CONFIG")
if(KERATIN_CURL)
  list(APPEND keratin_header_packages "CURL")  # io/transfer_curl.cpp loads the library
endif()
if(KERATIN_STATIC)
  set(CMAKE_FIND_LIBRARY_SUFFIXES .a)
  # Debian's fmt has no static form; its headers hold all of it.
  set(keratin_fmt fmt::fmt-header-only)
endif()
list(PREPEND keratin_libraries ${keratin_fmt})
set(keratin_missing "")
set(THREADS_PREFER_PTHREAD_FLAG ON)

if(NOT KERATIN_ONEDNN MATCHES "^(AUTO|ON|OFF)$")
  message(FATAL_ERROR "KERATIN_ONEDNN: expected AUTO, ON or OFF, got ${KERATIN_ONEDNN}.")
endif()
set(KERATIN_HAS_ONEDNN OFF)
if(NOT KERATIN_ONEDNN STREQUAL "OFF")
  find_package(OneDNN QUIET)
  if(OneDNN_FOUND OR KERATIN_ONEDNN STREQUAL "ON")
    set(KERATIN_HAS_ONEDNN ON)
    list(APPEND keratin_packages "OneDNN")
    list(APPEND keratin_libraries OneDNN::OneDNN)
  endif()
endif()

foreach(package IN LISTS keratin_packages keratin_header_packages)
  separate_arguments(arguments UNIX_COMMAND "${package}")
  list(GET arguments 0 name)
  find_package(${arguments} QUIET)
  if(NOT ${name}_FOUND)
    list(APPEND keratin_missing ${name})
  endif()
endforeach()
if(keratin_missing)
  list(JOIN keratin_missing ", " keratin_missing)
  set(advice "On Debian, tools/setup.sh installs everything.")
  if(KERATIN_STATIC)
    set(advice "tools/static_libzip.sh makes a libzip.a, which Debian has not.")
  endif()
  message(FATAL_ERROR "Keratin needs ${keratin_missing}, not found. ${advice}")
endif()

# A parent project that links the static library must see these targets too.
foreach(library IN LISTS keratin_libraries)
  get_target_property(imported ${library} IMPORTED)
  get_target_property(aliased ${library} ALIASED_TARGET)
  if(imported AND NOT aliased)
    set_target_properties(${library} PROPERTIES IMPORTED_GLOBAL TRUE)
  endif()
endforeach()

message(STATUS "Keratin ${PROJECT_VERSION}: oneDNN ${KERATIN_HAS_ONEDNN}, libcurl ${KERATIN_CURL}")
