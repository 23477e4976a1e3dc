# SPDX-License-Identifier: Apache-2.0
# The few ways in which a target of Kindred is made.

set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

# A library of Kindred's: kindred_add_library(NAME sources... LINK libraries...)
# Sources may be .cu; *_sm90a.cu are compiled for sm_90a alone, without PTX.
function(kindred_add_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "LINK")
  set(sources ${arg_UNPARSED_ARGUMENTS})
  set(sm90a_sources ${sources})
  list(FILTER sm90a_sources INCLUDE REGEX "_sm90a\\.cu$")
  list(FILTER sources EXCLUDE REGEX "_sm90a\\.cu$")
  if(sm90a_sources)
    add_library(${name}_sm90a OBJECT ${sm90a_sources})
    set_target_properties(${name}_sm90a PROPERTIES CUDA_ARCHITECTURES 90a-real UNITY_BUILD OFF)
    target_link_libraries(${name}_sm90a PUBLIC kindred_options ${arg_LINK})
    list(APPEND sources $<TARGET_OBJECTS:${name}_sm90a>)
  endif()
  add_library(${name} STATIC ${sources})
  target_link_libraries(${name} PUBLIC kindred_options ${arg_LINK})
endfunction()

# A GoogleTest program, one ctest entry per test case: kindred_add_test(NAME sources... LINK ... LABELS ...)
function(kindred_add_test name)
  if(NOT KINDRED_TESTS)
    return()
  endif()
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "LINK;LABELS")
  add_executable(${name} ${arg_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE kindred_options ${arg_LINK} GTest::gtest_main)
  # Tests of one program may use one name for two helpers.
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests UNITY_BUILD OFF)
  set(data $ENV{KINDRED_DATA})
  if(NOT data)
    set(data ${CMAKE_SOURCE_DIR}/../shared/data)
  endif()
  gtest_discover_tests(${name} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR} DISCOVERY_TIMEOUT 60
    PROPERTIES LABELS "${arg_LABELS}" TIMEOUT 600
    ENVIRONMENT "KINDRED_DATA=${data}")
endfunction()

# A benchmark program: kindred_add_bench(NAME sources... LINK ...)
function(kindred_add_bench name)
  if(NOT KINDRED_BENCH)
    return()
  endif()
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "LINK")
  add_executable(${name} ${arg_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE kindred_options ${arg_LINK})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bench)
endfunction()
