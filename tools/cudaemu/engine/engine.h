// SPDX-License-Identifier: Apache-2.0
// The engine: loads PTX text, gives out its kernels and variables, and interprets launches to the end.
//
// Addresses are those that the CUDA program sees (memory.h). Everything here may be called by any host thread; launches
// run one after another. What is wrong with a kernel goes through report.h; PTX that cannot be read is an EngineError
// whose text names the module, the line of PTX and the text that was not understood.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace cudaemu {

struct Dim3 {
  std::uint32_t x = 1, y = 1, z = 1;
  std::uint64_t volume() const { return std::uint64_t{x} * y * z; }
};

class EngineError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Module;
class Kernel;

// Parses and compiles `ptx`. `origin` names it in messages, e.g. the program's path. Variables are allocated on
// `device` and hold their initial values.
std::shared_ptr<Module> load_module(std::string_view ptx, std::string_view origin, int device = 0);

struct Variable {
  std::string name;
  void* address = nullptr;
  std::size_t bytes = 0;
  bool constant = false;
};

// Null when the module has no such __device__ or __constant__ variable / kernel.
const Variable* find_variable(const Module& module, std::string_view mangled_name);
const Kernel* find_kernel(const Module& module, std::string_view mangled_name);

struct Parameter {
  std::size_t offset = 0;
  std::size_t bytes = 0;
};

// What cudaFuncGetAttributes and a launch need to know. Registers are an estimate (the PTX of a kernel has no register
// allocation): live values in 32-bit units, at most 255.
struct KernelTraits {
  std::string name;
  std::vector<Parameter> parameters;
  std::size_t parameter_bytes = 0;
  std::size_t static_shared_bytes = 0;
  std::size_t constant_bytes = 0;
  std::size_t local_bytes = 0;
  int max_threads_per_block = 1024;  // of __launch_bounds__
  int registers = 32;
};
const KernelTraits& traits(const Kernel& kernel);

struct Launch {
  const Kernel* kernel = nullptr;
  Dim3 grid, block;
  std::size_t dynamic_shared_bytes = 0;
  std::vector<std::byte> parameters;  // parameter_bytes of them, each argument at its Parameter::offset
  bool cooperative = false;           // grid.sync() is allowed
  int device = 0;
};

enum class Outcome {
  completed,
  trapped,         // trap, or an instruction that could not go on (out of bounds, misaligned): cudaErrorLaunchFailure
  assertion,       // assert() in device code: cudaErrorAssert
  illegal_launch,  // more shared memory or threads than the kernel may have
};

// Interprets the launch to its end. With reports that do not abort (report.h), a kernel that cannot go on ends early.
Outcome run(const Launch& launch);

}  // namespace cudaemu
