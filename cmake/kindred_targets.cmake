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

# Test cases with "cuda" in their names run on a GPU where there is one and are skipped elsewhere. In builds with CUDA each
# program that says EMULATED also runs these on the emulated device (tools/cudaemu), once for each schedule, checked for races:
# one ctest entry a program and schedule.
set(kindred_schedules "fwd sync" "rev deferred" "rand:7 deferred")
function(kindred_add_emulated_tests name)
  add_dependencies(emulated ${name})
  foreach(schedule ${kindred_schedules})
    separate_arguments(words UNIX_COMMAND ${schedule})
    list(GET words 0 order)
    list(GET words 1 streams)
    string(REGEX REPLACE ":.*" "" label ${order})
    add_test(NAME emulated.${name}.${label}
      COMMAND ${CMAKE_BINARY_DIR}/tools/cudaemu/bin/cudaemu run --order ${order} --streams ${streams}
        $<TARGET_FILE:${name}> --gtest_filter=*cuda*:*Cuda* --gtest_brief=1
      WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
    set_tests_properties(emulated.${name}.${label} PROPERTIES LABELS emulated TIMEOUT 900)
  endforeach()
endfunction()

# A GoogleTest program, one ctest entry per test case: kindred_add_test(NAME sources... LINK ... LABELS ... [EMULATED])
function(kindred_add_test name)
  if(NOT KINDRED_TESTS)
    return()
  endif()
  cmake_parse_arguments(PARSE_ARGV 1 arg "EMULATED" "" "LINK;LABELS")
  add_executable(${name} ${arg_UNPARSED_ARGUMENTS})
  if(KINDRED_CUDA AND arg_EMULATED)
    kindred_add_emulated_tests(${name})
  endif()
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
