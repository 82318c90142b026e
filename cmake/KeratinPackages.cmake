# SPDX-License-Identifier: Apache-2.0
# `cpack` in the build folder makes the .deb packages keratin-dev and keratin-tools, and for a
# shared library libkeratin<version>, on which the two depend.

get_target_property(library_type keratin TYPE)
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_VENDOR Keratin)
set(CPACK_PACKAGE_CONTACT "Keratin <keratin@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_ENABLE_COMPONENT_DEPENDS ON)

set(CPACK_COMPONENTS_ALL dev)
set(CPACK_DEBIAN_DEV_PACKAGE_NAME keratin-dev)
set(CPACK_DEBIAN_DEV_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEV_PACKAGE_SHLIBDEPS OFF)
if(library_type STREQUAL "SHARED_LIBRARY")
  set(soname_version ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
  list(APPEND CPACK_COMPONENTS_ALL library)
  set(CPACK_DEBIAN_LIBRARY_PACKAGE_NAME libkeratin${soname_version})
  set(CPACK_DEBIAN_LIBRARY_PACKAGE_SECTION libs)
  # With this dpkg-shlibdeps finds the library among the packages that are being made.
  set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
  set(CPACK_DEBIAN_DEV_PACKAGE_DEPENDS "libkeratin${soname_version} (= ${PROJECT_VERSION})")
else()
  set(CPACK_DEBIAN_DEV_PACKAGE_DEPENDS
      "libfmt-dev, libzip-dev, zlib1g-dev")
  if(KERATIN_CURL)
    string(APPEND CPACK_DEBIAN_DEV_PACKAGE_DEPENDS
      ", libcurl4-openssl-dev | libcurl4-gnutls-dev")
  endif()
  if(KERATIN_HAS_ONEDNN)
    string(APPEND CPACK_DEBIAN_DEV_PACKAGE_DEPENDS ", libdnnl-dev")
  endif()
endif()
if(KERATIN_BUILD_CLI)
  list(APPEND CPACK_COMPONENTS_ALL tools)
  set(CPACK_DEBIAN_TOOLS_PACKAGE_NAME keratin-tools)
endif()
include(CPack)
