# SPDX-License-Identifier: Apache-2.0
# Comforts for whoever works on Keratin itself; a project that adds Keratin keeps its own settings.

get_property(multi_config GLOBAL PROPERTY GENERATOR_IS_MULTI_CONFIG)
if(NOT CMAKE_BUILD_TYPE AND NOT multi_config)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()

set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

# ccache keeps precompiled headers only when it is told to trust them, and serves other clones only
# when paths below the source folder do not count.
find_program(KERATIN_CCACHE ccache)
if(KERATIN_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER
      env "CCACHE_BASEDIR=${PROJECT_SOURCE_DIR}" CCACHE_NOHASHDIR=1
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      "${KERATIN_CCACHE}")
endif()
