# SPDX-License-Identifier: Apache-2.0
# One interface target that all of Kindred's own targets link.

add_library(kindred_options INTERFACE)
target_compile_features(kindred_options INTERFACE cxx_std_20)
target_include_directories(kindred_options INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(kindred_options INTERFACE
  -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wimplicit-fallthrough
  # Designated initialisers leave members at their defaults on purpose.
  -Wno-missing-field-initializers
  # The same bits on every machine: no contraction that the source does not spell.
  -ffp-contract=off)

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # False alarms: std::string (GCC bug 105651); unrolled loops over SIMD vectors.
  target_compile_options(kindred_options INTERFACE -Wno-restrict -Wno-aggressive-loop-optimizations)
endif()

option(KINDRED_WERROR "Treat warnings as errors" OFF)
if(KINDRED_WERROR)
  target_compile_options(kindred_options INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Werror>)
endif()

if(KINDRED_SANITIZE STREQUAL "address")
  target_compile_options(kindred_options INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=all)
  target_link_options(kindred_options INTERFACE -fsanitize=address,undefined)
elseif(KINDRED_SANITIZE STREQUAL "thread")
  target_compile_options(kindred_options INTERFACE -fsanitize=thread)
  target_link_options(kindred_options INTERFACE -fsanitize=thread)
elseif(NOT KINDRED_SANITIZE STREQUAL "")
  message(FATAL_ERROR "KINDRED_SANITIZE is '${KINDRED_SANITIZE}'; expected empty, address or thread")
endif()

# ccache and a fast linker where they are installed.
find_program(ccache_program ccache)
if(ccache_program AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${ccache_program})
endif()
find_program(mold_program mold)
if(mold_program)
  target_link_options(kindred_options INTERFACE -fuse-ld=mold)
endif()
