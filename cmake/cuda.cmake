# SPDX-License-Identifier: Apache-2.0
# How device code is compiled; included only with KINDRED_CUDA.

set(KINDRED_CUDA_ARCHITECTURES 90 CACHE STRING
  "Compute capabilities, each as machine code and as PTX: 90, or a list such as 80;86;89;90;100")
set(CMAKE_CUDA_ARCHITECTURES ${KINDRED_CUDA_ARCHITECTURES})
# Shared, so that another libcudart can take its place (tools/cudaemu).
set(CMAKE_CUDA_RUNTIME_LIBRARY Shared)

# What ptxas says of every kernel goes to build/<preset>/ptxas, where tools/lint/check_ptxas.py reads it.
find_program(ccache_program ccache)
set(CMAKE_CUDA_COMPILER_LAUNCHER ${CMAKE_SOURCE_DIR}/tools/lint/ptxas_log.sh ${CMAKE_BINARY_DIR})
if(ccache_program)
  list(APPEND CMAKE_CUDA_COMPILER_LAUNCHER ${ccache_program})
endif()

enable_language(CUDA)
find_package(CUDAToolkit 13.0 REQUIRED)

add_compile_options(
  # CMake 3.25 does not know that nvcc has C++20.
  $<$<COMPILE_LANGUAGE:CUDA>:-std=c++20>
  $<$<COMPILE_LANGUAGE:CUDA>:-lineinfo>
  $<$<COMPILE_LANGUAGE:CUDA>:--compress-mode=none>
  # std::array and other constexpr functions of the host in device code.
  $<$<COMPILE_LANGUAGE:CUDA>:--expt-relaxed-constexpr>
  # nvcc cannot evaluate fmt's check of format strings; g++ does it everywhere else.
  "$<$<COMPILE_LANGUAGE:CUDA>:SHELL:-DFMT_CONSTEVAL= -DFMT_USE_CONSTEXPR=1>"
  "$<$<COMPILE_LANGUAGE:CUDA>:SHELL:-Xptxas -v>")
if(KINDRED_WERROR)
  add_compile_options("$<$<COMPILE_LANGUAGE:CUDA>:SHELL:-Werror all-warnings>")
endif()
