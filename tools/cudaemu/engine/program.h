// SPDX-License-Identifier: Apache-2.0
// A kernel made ready to run: its code, the functions it may call, and the layout of its shared memory.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "tools/cudaemu/engine/code.h"
#include "tools/cudaemu/engine/engine.h"

namespace cudaemu {

class Program {
 public:
  Program(Module& module, std::size_t function);

  const KernelTraits& traits() const { return traits_; }
  const Code& entry() const { return *entry_; }
  // Code of a function by the address that the device program holds (indirect calls); null if there is none.
  const Code* function_at(std::uint64_t address);
  const Code& function(std::size_t index);

  struct SharedVariable {
    std::string name;
    std::uint32_t offset = 0, bytes = 0;
  };
  const std::vector<SharedVariable>& shared_variables() const { return shared_; }
  std::uint32_t dynamic_shared_offset() const { return dynamic_shared_offset_; }
  std::uint32_t shared_alignment() const { return shared_alignment_; }
  std::uint32_t local_bytes() const { return local_bytes_; }  // of one lane, calls included
  Module& module() { return module_; }

  // Where an instruction stands: "file.cu:12", then the callers of inlined code ("inlined at file.cu:40").
  std::vector<std::string> lines_of(std::uint32_t number) const;
  const ptx::Instruction& source_of(std::uint32_t number) const;
  std::uint32_t instruction_count() const { return static_cast<std::uint32_t>(sources_.size()); }

  // For the compiler.
  std::uint32_t shared_offset(const ptx::Variable& variable);
  std::uint32_t add_source(const ptx::Function& function, std::uint32_t instruction);

  std::vector<bool> executed() const;  // by instruction number

 private:
  void lay_out_shared(std::size_t function);  // and of all functions that it may call

  Module& module_;
  KernelTraits traits_;
  std::map<std::size_t, std::unique_ptr<Code>> codes_;
  const Code* entry_ = nullptr;
  std::vector<SharedVariable> shared_;
  std::map<const ptx::Variable*, std::uint32_t> shared_offsets_;
  std::uint32_t shared_top_ = 0, dynamic_shared_offset_ = 0, dynamic_alignment_ = 16, shared_alignment_ = 16;
  std::uint32_t local_bytes_ = 0;
  std::vector<std::pair<const ptx::Function*, std::uint32_t>> sources_;
  std::recursive_mutex mutex_;
};

}  // namespace cudaemu
