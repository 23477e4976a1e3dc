// SPDX-License-Identifier: Apache-2.0
// A module on a device: parsed PTX, addresses of its variables, its kernels.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "tools/cudaemu/engine/engine.h"
#include "tools/cudaemu/engine/program.h"
#include "tools/cudaemu/ptx/module.h"

namespace cudaemu {

class Kernel {
 public:
  Kernel(Module& module, std::size_t function) : module_(module), function_(function) {}
  Program& program() const;  // compiled when first asked for

 private:
  Module& module_;
  std::size_t function_;
  mutable std::once_flag once_;
  mutable std::unique_ptr<Program> program_;
};

class Module {
 public:
  Module(std::unique_ptr<ptx::Module> parsed, int device);
  ~Module();

  ptx::Module& parsed() { return *parsed_; }
  void* address_of_variable(std::size_t index) const { return addresses_[index]; }
  const Variable* find_variable(std::string_view name) const;
  const Kernel* find_kernel(std::string_view name) const;
  std::mutex& mutex() { return mutex_; }  // of parsing bodies

 private:
  std::unique_ptr<ptx::Module> parsed_;
  std::vector<void*> addresses_;
  std::map<std::string, Variable, std::less<>> variables_;
  std::map<std::string, std::unique_ptr<Kernel>, std::less<>> kernels_;
  std::mutex mutex_;
};

}  // namespace cudaemu
