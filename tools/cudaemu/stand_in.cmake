# SPDX-License-Identifier: Apache-2.0
# cudaemu_stand_in(NAME file=<library name> version=<SONAME version> ...): a shared object that takes the place of a CUDA
# library. It has the real SONAME and symbol version, and exports every name of EXPORTED_CALLS: those that no source
# defines stop with their name and return ERROR.
#
#   cudaemu_stand_in(TARGET VERSION 13 OUTPUT_NAME cudart EXPORTED_CALLS list.txt ERROR 801 EXPORTS "cuda*;__cuda*"
#                    SOURCES ...)
function(cudaemu_stand_in target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "VERSION;OUTPUT_NAME;EXPORTED_CALLS;ERROR;EXPORTS_CXX" "EXPORTS;SOURCES")

  # Weak, so that a real definition takes the place of the generated one.
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${arg_EXPORTED_CALLS})
  file(STRINGS ${arg_EXPORTED_CALLS} calls REGEX "^[A-Za-z_]")
  set(content "// Generated from ${arg_EXPORTED_CALLS}.\nextern \"C\" {\nint cudaemu_unsupported_call(const char*);\n")
  foreach(call ${calls})
    string(APPEND content "__attribute__((weak)) int ${call}() { cudaemu_unsupported_call(\"${call}\"); return ${arg_ERROR}; }\n")
  endforeach()
  string(APPEND content "}\n")
  set(generated ${CMAKE_CURRENT_BINARY_DIR}/${target}_unsupported.cpp)
  file(CONFIGURE OUTPUT ${generated} CONTENT "${content}" @ONLY)

  set(library lib${arg_OUTPUT_NAME}.so.${arg_VERSION})
  set(script ${CMAKE_CURRENT_BINARY_DIR}/${target}.map)
  set(content "${library} {\n  global:\n")
  foreach(pattern ${arg_EXPORTS})
    string(APPEND content "    ${pattern};\n")
  endforeach()
  if(arg_EXPORTS_CXX)
    string(APPEND content "    extern \"C++\" { ${arg_EXPORTS_CXX}; };\n")
  endif()
  string(APPEND content "  local: *;\n};\n")
  file(CONFIGURE OUTPUT ${script} CONTENT "${content}" @ONLY)

  add_library(${target} SHARED ${arg_SOURCES} ${generated})
  set_target_properties(${target} PROPERTIES
    OUTPUT_NAME ${arg_OUTPUT_NAME} SOVERSION ${arg_VERSION} LINK_DEPENDS ${script} UNITY_BUILD OFF
    LIBRARY_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/lib)
  target_compile_features(${target} PRIVATE cxx_std_20)
  target_include_directories(${target} PRIVATE ${cudaemu_root})
  target_include_directories(${target} SYSTEM PRIVATE ${CUDAToolkit_INCLUDE_DIRS})
  target_compile_options(${target} PRIVATE -O3 -g1 -Wall -Wextra -Wshadow -Wno-missing-field-initializers -Wno-restrict
    -ffp-contract=off)
  target_link_options(${target} PRIVATE -Wl,--version-script=${script} -Wl,-Bsymbolic -Wl,-z,defs)
  target_link_libraries(${target} PRIVATE Threads::Threads ${CMAKE_DL_LIBS})
endfunction()
