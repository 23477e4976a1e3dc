// SPDX-License-Identifier: Apache-2.0
#include "tools/cudaemu/engine/program.h"

#include <algorithm>
#include <set>

#include "tools/cudaemu/engine/address.h"
#include "tools/cudaemu/engine/compiler.h"
#include "tools/cudaemu/engine/loaded_module.h"
#include "tools/cudaemu/ptx/parser.h"

namespace cudaemu {
namespace {

constexpr std::uint32_t kRedZone = 16;       // between shared variables
constexpr std::uint32_t kStackBytes = 4096;  // of local memory for calls

}  // namespace

Program::Program(Module& module, std::size_t function) : module_(module) {
  lay_out_shared(function);
  const ptx::Function& f = *module.parsed().functions[function];
  traits_.name = f.name;
  if (f.max_threads) traits_.max_threads_per_block = std::min(f.max_threads, 1024);
  for (const ptx::Variable& p : f.parameters) {
    const std::size_t offset = (traits_.parameter_bytes + p.alignment - 1) / p.alignment * p.alignment;
    traits_.parameters.push_back({offset, p.bytes});
    traits_.parameter_bytes = offset + p.bytes;
  }
  for (const ptx::Variable& v : module.parsed().variables)
    if (v.space == ptx::Space::constant) traits_.constant_bytes += v.bytes;
  entry_ = &this->function(function);
  local_bytes_ += entry_->local_bytes;
  traits_.local_bytes = entry_->local_bytes;
  traits_.registers = std::clamp(entry_->live_words + 8, 16, 255);
}

const Code& Program::function(std::size_t index) {
  const std::lock_guard lock(mutex_);
  std::unique_ptr<Code>& code = codes_[index];
  if (!code) {
    code = std::make_unique<Code>();
    {
      const std::lock_guard parsing(module_.mutex());
      ptx::parse_body(module_.parsed(), index);
    }
    Code& place = *code;
    Compiler(*this, *module_.parsed().functions[index], place).compile();
    if (!place.is_entry && local_bytes_ < kStackBytes) local_bytes_ = kStackBytes;
  }
  return *code;
}

const Code* Program::function_at(std::uint64_t address) {
  const std::uint64_t index = (address - kCodeWindow) / 16;
  if (address % 16 || index >= module_.parsed().functions.size() || !module_.parsed().functions[index]->has_body)
    return nullptr;
  return &function(index);
}

// extern __shared__ arrays all begin where dynamic shared memory does, behind the static variables as on a device.
void Program::lay_out_shared(std::size_t function) {
  std::vector<std::size_t> todo{function};
  std::set<std::size_t> seen;
  const auto place = [this](const ptx::Variable& v) {
    if (v.space != ptx::Space::shared || shared_offsets_.contains(&v)) return;
    if (v.is_extern && v.bytes == 0) {
      dynamic_alignment_ = std::max(dynamic_alignment_, static_cast<std::uint32_t>(v.alignment));
      return;
    }
    const auto alignment = static_cast<std::uint32_t>(v.alignment);
    const std::uint32_t offset = (shared_top_ + alignment - 1) / alignment * alignment;
    shared_.push_back({v.name, offset, static_cast<std::uint32_t>(v.bytes)});
    shared_offsets_[&v] = offset;
    shared_top_ = offset + static_cast<std::uint32_t>(v.bytes) + kRedZone;
    traits_.static_shared_bytes += v.bytes;
  };
  while (!todo.empty()) {
    const std::size_t index = todo.back();
    todo.pop_back();
    if (!seen.insert(index).second) continue;
    {
      const std::lock_guard lock(module_.mutex());
      ptx::parse_body(module_.parsed(), index);
    }
    const ptx::Function& f = *module_.parsed().functions[index];
    for (const ptx::Variable& v : f.variables) place(v);
    for (const ptx::Symbol& symbol : f.symbols) {
      if (symbol.kind == ptx::Symbol::Kind::module_variable) place(module_.parsed().variables[symbol.index]);
      if (symbol.kind == ptx::Symbol::Kind::function) todo.push_back(symbol.index);
    }
  }
  dynamic_shared_offset_ = (shared_top_ + dynamic_alignment_ - 1) / dynamic_alignment_ * dynamic_alignment_;
}

std::uint32_t Program::shared_offset(const ptx::Variable& v) {
  const auto found = shared_offsets_.find(&v);
  return found == shared_offsets_.end() ? dynamic_shared_offset_ : found->second;
}

std::uint32_t Program::add_source(const ptx::Function& function, std::uint32_t instruction) {
  sources_.emplace_back(&function, instruction);
  return static_cast<std::uint32_t>(sources_.size() - 1);
}

std::vector<bool> Program::executed() const {
  std::vector<bool> out(sources_.size(), false);
  for (const auto& [index, code] : codes_)
    for (const Instruction& in : code->instructions)
      if (in.executed) out[in.number] = true;
  return out;
}

const ptx::Instruction& Program::source_of(std::uint32_t number) const {
  const auto& [function, index] = sources_[number];
  static const ptx::Instruction* none = new ptx::Instruction;
  return index < function->instructions.size() ? function->instructions[index] : *none;
}

std::vector<std::string> Program::lines_of(std::uint32_t number) const {
  const ptx::Module& module = module_.parsed();
  const ptx::Instruction& in = source_of(number);
  std::vector<std::string> lines;
  for (std::uint32_t at = in.location; at != 0; at = module.locations[at].inlined_at) {
    const ptx::Location& location = module.locations[at];
    const std::string file = location.file < module.files.size() ? module.files[location.file] : "?";
    lines.push_back((lines.empty() ? "" : "inlined at ") + file + ":" + std::to_string(location.line));
  }
  if (lines.empty())
    lines.push_back("PTX line " + std::to_string(in.text_line) + " (build with -lineinfo for source lines)");
  return lines;
}

}  // namespace cudaemu
