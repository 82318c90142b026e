# SPDX-License-Identifier: Apache-2.0
# Finds what the library is made with. `keratin_packages` (arguments of find_package) and
# `keratin_libraries` are what it links; the installed package looks for the same ones.

set(keratin_packages "fmt CONFIG" "LibZip" "ZLIB" "CURL" "Threads")
set(keratin_libraries fmt::fmt LibZip::LibZip ZLIB::ZLIB CURL::libcurl Threads::Threads)
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

foreach(package IN LISTS keratin_packages ITEMS "nlohmann_json CONFIG")
  separate_arguments(arguments UNIX_COMMAND "${package}")
  list(GET arguments 0 name)
  find_package(${arguments} QUIET)
  if(NOT ${name}_FOUND)
    list(APPEND keratin_missing ${name})
  endif()
endforeach()
if(keratin_missing)
  list(JOIN keratin_missing ", " keratin_missing)
  message(FATAL_ERROR "Keratin needs ${keratin_missing}, not found. "
                      "On Debian, tools/setup.sh installs everything.")
endif()

# A parent project that links the static library must see these targets too.
foreach(library IN LISTS keratin_libraries)
  get_target_property(imported ${library} IMPORTED)
  get_target_property(aliased ${library} ALIASED_TARGET)
  if(imported AND NOT aliased)
    set_target_properties(${library} PROPERTIES IMPORTED_GLOBAL TRUE)
  endif()
endforeach()

message(STATUS "Keratin ${PROJECT_VERSION}: oneDNN ${KERATIN_HAS_ONEDNN}")
