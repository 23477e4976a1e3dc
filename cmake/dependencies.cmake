# SPDX-License-Identifier: Apache-2.0
# Every library that Kindred takes from elsewhere. Debian package names: tools/packages.txt.

find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(zstd REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(zlib REQUIRED IMPORTED_TARGET zlib)
pkg_check_modules(xxhash REQUIRED IMPORTED_TARGET libxxhash)
pkg_check_modules(sodium REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(hwy REQUIRED IMPORTED_TARGET libhwy)
pkg_check_modules(libcrypto REQUIRED IMPORTED_TARGET libcrypto)

# OpenBLAS with pthreads, always called with one thread: Kindred parallelises itself, over tiles
# that do not depend on the number of threads (kernels/gemm).
pkg_check_modules(openblas REQUIRED IMPORTED_TARGET openblas)

if(KINDRED_TESTS)
  find_package(GTest REQUIRED)
  include(GoogleTest)
endif()

# Apache Arrow: a system installation first, else the pyarrow wheel that tools/setup.sh unpacks.
if(KINDRED_COLUMNAR)
  find_package(Arrow QUIET)
  find_package(Parquet QUIET)
  add_library(kindred_arrow INTERFACE)
  if(Arrow_FOUND AND Parquet_FOUND)
    target_link_libraries(kindred_arrow INTERFACE Arrow::arrow_shared Parquet::parquet_shared)
    message(STATUS "Arrow: system installation ${Arrow_VERSION}")
  else()
    set(arrow_root ${CMAKE_SOURCE_DIR}/.deps/arrow/pyarrow)
    if(NOT EXISTS ${arrow_root}/include/arrow/api.h)
      message(FATAL_ERROR
        "Apache Arrow not found: neither installed nor in .deps/arrow. Run tools/setup.sh, "
        "or configure with -DKINDRED_COLUMNAR=OFF for a build that only trains on prepared data.")
    endif()
    target_include_directories(kindred_arrow SYSTEM INTERFACE ${arrow_root}/include)
    foreach(library arrow parquet arrow_compute)
      file(GLOB library_file ${arrow_root}/lib${library}.so.*)
      target_link_libraries(kindred_arrow INTERFACE ${library_file})
    endforeach()
    target_link_options(kindred_arrow INTERFACE -Wl,-rpath,${arrow_root})
    message(STATUS "Arrow: ${arrow_root}")
  endif()
endif()

# faiss: Debian's archive, with our BLAS in place of the one that its CMake files name.
if(KINDRED_FAISS)
  find_package(OpenMP REQUIRED COMPONENTS CXX)
  find_library(faiss_archive faiss REQUIRED)
  find_path(faiss_include faiss/IndexHNSW.h REQUIRED)
  add_library(kindred_faiss INTERFACE)
  target_include_directories(kindred_faiss SYSTEM INTERFACE ${faiss_include})
  target_link_libraries(kindred_faiss INTERFACE ${faiss_archive} PkgConfig::openblas ${OpenMP_CXX_LIBRARIES})
endif()

include(static_libraries)
