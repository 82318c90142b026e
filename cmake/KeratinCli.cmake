# SPDX-License-Identifier: Apache-2.0
# The `keratin` program, in bin/ of the build folder.

find_package(CLI11 CONFIG QUIET)
if(NOT CLI11_FOUND)
  message(FATAL_ERROR "The keratin program needs CLI11, not found. On Debian, tools/setup.sh "
                      "installs it; -DKERATIN_BUILD_CLI=OFF leaves the program out.")
endif()

file(GLOB keratin_cli_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/keratin/cli/*.cpp")
add_executable(keratin_program ${keratin_cli_sources})
keratin_target_flags(keratin_program)
target_link_libraries(keratin_program PRIVATE keratin::keratin CLI11::CLI11 ${keratin_fmt})
if(KERATIN_STATIC)
  target_link_options(keratin_program PRIVATE -static LINKER:--gc-sections)
endif()
target_compile_definitions(keratin_program PRIVATE KERATIN_VERSION="${PROJECT_VERSION}")
target_precompile_headers(keratin_program PRIVATE <CLI/CLI.hpp> "keratin/model/model.h")
set_target_properties(keratin_program PROPERTIES
  OUTPUT_NAME keratin
  RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")
if(KERATIN_INSTALL)
  include(GNUInstallDirs)
  install(TARGETS keratin_program DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT tools)
  if(NOT CMAKE_CROSSCOMPILING)  # the program itself writes its pages
    set(pages "${PROJECT_BINARY_DIR}/pages")
    file(MAKE_DIRECTORY "${pages}")
    add_custom_command(TARGET keratin_program POST_BUILD
      COMMAND keratin_program --man > "${pages}/keratin.1"
      COMMAND keratin_program --bash-completion > "${pages}/keratin" VERBATIM)
    install(FILES "${pages}/keratin.1" DESTINATION "${CMAKE_INSTALL_MANDIR}/man1"
            COMPONENT tools)
    install(FILES "${pages}/keratin"
            DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion/completions" COMPONENT tools)
  endif()
endif()
