# SPDX-License-Identifier: Apache-2.0
# Binaries for a machine that has none of the libraries of tools/packages.txt (tools/gpu_bundle.sh): the archives of the
# Debian packages in place of their shared libraries, libstdc++ and libgcc too. Debian has no archive of fmt (built here,
# from its header) nor of Highway (its small shared library travels beside the binaries, in ../lib).
option(KINDRED_STATIC_LIBRARIES "Link third-party code statically" OFF)
if(NOT KINDRED_STATIC_LIBRARIES)
  return()
endif()
if(KINDRED_FAISS)
  message(FATAL_ERROR "KINDRED_STATIC_LIBRARIES needs -DKINDRED_FAISS=OFF: OpenMP's library is a shared one")
endif()
if(KINDRED_COLUMNAR)
  message(FATAL_ERROR "KINDRED_STATIC_LIBRARIES needs -DKINDRED_COLUMNAR=OFF: Apache Arrow has no archive here")
endif()

function(kindred_find_archives result)
  set(archives)
  foreach(name ${ARGN})
    find_library(archive_${name} NAMES lib${name}.a
      PATHS ${CMAKE_CXX_IMPLICIT_LINK_DIRECTORIES} /usr/lib/x86_64-linux-gnu/openblas-pthread REQUIRED)
    list(APPEND archives ${archive_${name}})
  endforeach()
  set(${result} ${archives} PARENT_SCOPE)
endfunction()

foreach(package zstd:zstd zlib:z xxhash:xxhash sodium:sodium libcrypto:crypto)
  string(REPLACE ":" ";" package ${package})
  list(GET package 0 target)
  list(GET package 1 archive)
  kindred_find_archives(archives ${archive})
  set_target_properties(PkgConfig::${target} PROPERTIES INTERFACE_LINK_LIBRARIES "${archives}")
endforeach()

# OpenBLAS's archive holds LAPACK; what is Fortran in it needs libgfortran.
kindred_find_archives(blas_archives openblas gfortran quadmath)
set_target_properties(PkgConfig::openblas PROPERTIES INTERFACE_LINK_LIBRARIES "${blas_archives};m;Threads::Threads")
kindred_find_archives(lapacke_archive lapacke)
add_library(lapacke INTERFACE IMPORTED)
set_target_properties(lapacke PROPERTIES INTERFACE_LINK_LIBRARIES "${lapacke_archive};PkgConfig::openblas")

kindred_find_archives(yaml_archive yaml-cpp)
get_target_property(configurations yaml-cpp IMPORTED_CONFIGURATIONS)
foreach(configuration ${configurations})
  set_target_properties(yaml-cpp PROPERTIES IMPORTED_LOCATION_${configuration} ${yaml_archive})
endforeach()

add_library(kindred_fmt STATIC cmake/fmt_archive.cpp)
target_compile_features(kindred_fmt PRIVATE cxx_std_20)
get_target_property(configurations fmt::fmt IMPORTED_CONFIGURATIONS)
foreach(configuration ${configurations})
  set_target_properties(fmt::fmt PROPERTIES IMPORTED_LOCATION_${configuration} ${CMAKE_BINARY_DIR}/libkindred_fmt.a)
endforeach()

add_link_options(-static-libstdc++ -static-libgcc)
set(CMAKE_BUILD_WITH_INSTALL_RPATH ON)
set(CMAKE_INSTALL_RPATH "$ORIGIN/../lib")
# Programs that need CUDA's libraries do not start while they are built.
set(CMAKE_GTEST_DISCOVER_TESTS_DISCOVERY_MODE PRE_TEST)
