# SPDX-License-Identifier: Apache-2.0
# Installs the library, its public headers and the package that find_package(keratin) finds.

include(CMakePackageConfigHelpers)
include(GNUInstallDirs)
set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/keratin")

# The parts become packages: `dev`, `tools` (the program), and `library` where it is a shared one.
set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME dev)
install(TARGETS keratin keratin_pch EXPORT keratinTargets
  LIBRARY COMPONENT library NAMELINK_COMPONENT dev)
install(EXPORT keratinTargets NAMESPACE keratin:: DESTINATION "${package_dir}")

file(STRINGS "${PROJECT_SOURCE_DIR}/cmake/private_headers.txt" private_headers REGEX "^[^#]")
file(GLOB_RECURSE headers CONFIGURE_DEPENDS RELATIVE "${PROJECT_SOURCE_DIR}"
     "${PROJECT_SOURCE_DIR}/keratin/*.h")
foreach(pattern IN LISTS private_headers)
  list(FILTER headers EXCLUDE REGEX "${pattern}")
endforeach()
foreach(header IN LISTS headers)
  get_filename_component(folder "${header}" DIRECTORY)
  install(FILES "${PROJECT_SOURCE_DIR}/${header}" DESTINATION "include/${folder}")
endforeach()

# Whoever links the static library also links what it is made with.
set(KERATIN_FIND_DEPENDENCIES "")
get_target_property(library_type keratin TYPE)
if(library_type STREQUAL "STATIC_LIBRARY")
  foreach(package IN LISTS keratin_packages)
    string(APPEND KERATIN_FIND_DEPENDENCIES "find_dependency(${package})\n")
  endforeach()
  install(FILES "${PROJECT_SOURCE_DIR}/cmake/FindLibZip.cmake"
                "${PROJECT_SOURCE_DIR}/cmake/FindOneDNN.cmake" DESTINATION "${package_dir}")
endif()

# For pkg-config. The path of the prefix follows from where the file is.
set(keratin_pc_libraries "")
if(library_type STREQUAL "STATIC_LIBRARY")
  set(keratin_pc_libraries " -lfmt -lzip -lz -pthread")
  foreach(name IN LISTS CMAKE_DL_LIBS)
    string(APPEND keratin_pc_libraries " -l${name}")
  endforeach()
  if(KERATIN_HAS_ONEDNN)
    string(APPEND keratin_pc_libraries " -ldnnl")
  endif()
endif()
file(RELATIVE_PATH keratin_pc_up "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
string(REGEX REPLACE "/$" "" keratin_pc_up "${keratin_pc_up}")
configure_file("${PROJECT_SOURCE_DIR}/cmake/keratin.pc.in" "${PROJECT_BINARY_DIR}/keratin.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/keratin.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")

configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/keratinConfig.cmake.in"
  "${PROJECT_BINARY_DIR}/keratinConfig.cmake" INSTALL_DESTINATION "${package_dir}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/keratinConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/keratinConfig.cmake"
              "${PROJECT_BINARY_DIR}/keratinConfigVersion.cmake" DESTINATION "${package_dir}")
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}")
