// SPDX-License-Identifier: Apache-2.0
#include "tools/cudaemu/engine/engine.h"

#include <cstring>
#include <mutex>

#include "tools/cudaemu/engine/address.h"
#include "tools/cudaemu/engine/grid.h"
#include "tools/cudaemu/engine/loaded_module.h"
#include "tools/cudaemu/engine/memory.h"
#include "tools/cudaemu/engine/options.h"
#include "tools/cudaemu/engine/report.h"
#include "tools/cudaemu/engine/statistics.h"
#include "tools/cudaemu/ptx/parser.h"

namespace cudaemu {

Program& Kernel::program() const {
  std::call_once(once_, [this] { program_ = std::make_unique<Program>(module_, function_); });
  return *program_;
}

Module::Module(std::unique_ptr<ptx::Module> parsed, int device) : parsed_(std::move(parsed)) {
  for (const ptx::Variable& v : parsed_->variables) {
    void* address = nullptr;
    if (v.space == ptx::Space::global || v.space == ptx::Space::constant) {
      address = allocate_device(std::max<std::size_t>(v.bytes, 1), device, "variable " + v.name);
      if (!address) throw EngineError(parsed_->origin + ": no device memory for the variable " + v.name);
      fill_bytes(address, 0, v.bytes);
      std::memcpy(host_view(address), v.initial.data(), v.initial.size());
      variables_.emplace(v.name, Variable{v.name, address, v.bytes, v.space == ptx::Space::constant});
    }
    addresses_.push_back(address);
  }
  for (std::size_t i = 0; i < parsed_->variables.size(); ++i)
    for (const ptx::AddressInitialiser& a : parsed_->variables[i].addresses) {
      std::uint64_t value = 0;
      if (const auto f = parsed_->function_index.find(a.symbol); f != parsed_->function_index.end())
        value = kCodeWindow + 16 * f->second;
      else if (const auto v = parsed_->variable_index.find(a.symbol); v != parsed_->variable_index.end())
        value = reinterpret_cast<std::uint64_t>(addresses_[v->second]);
      else
        throw EngineError(parsed_->origin + ": the initial value of " + parsed_->variables[i].name + " names " +
                          a.symbol + ", which is not in the module");
      value = (value + static_cast<std::uint64_t>(a.addend)) >> a.shift;
      std::memcpy(host_view(addresses_[i]) + a.offset, &value, static_cast<std::size_t>(a.bytes));
    }
  for (std::size_t i = 0; i < parsed_->functions.size(); ++i)
    if (parsed_->functions[i]->is_entry && parsed_->functions[i]->has_body)
      kernels_.emplace(parsed_->functions[i]->name, std::make_unique<Kernel>(*this, i));
}

Module::~Module() {
  for (void* address : addresses_)
    if (address) free_device(address);
}

const Variable* Module::find_variable(std::string_view name) const {
  const auto found = variables_.find(name);
  return found == variables_.end() ? nullptr : &found->second;
}

const Kernel* Module::find_kernel(std::string_view name) const {
  const auto found = kernels_.find(name);
  return found == kernels_.end() ? nullptr : found->second.get();
}

std::shared_ptr<Module> load_module(std::string_view ptx, std::string_view origin, int device) {
  try {
    return std::make_shared<Module>(ptx::parse_module(ptx, origin), device);
  } catch (const ptx::ParseError& error) {
    throw EngineError(std::string(origin) + ": " + error.what());
  }
}

const Variable* find_variable(const Module& module, std::string_view name) { return module.find_variable(name); }
const Kernel* find_kernel(const Module& module, std::string_view name) { return module.find_kernel(name); }
const KernelTraits& traits(const Kernel& kernel) { return kernel.program().traits(); }

namespace {

constexpr std::size_t kMostSharedBytes = 227 * 1024;

std::string why_illegal(const Launch& launch, const KernelTraits& t) {
  const std::uint64_t threads = launch.block.volume();
  if (threads == 0 || launch.grid.volume() == 0) return "a grid or block of size zero";
  if (threads > static_cast<std::uint64_t>(t.max_threads_per_block))
    return std::to_string(threads) + " threads per block; the kernel allows " + std::to_string(t.max_threads_per_block);
  if (launch.block.x > 1024 || launch.block.y > 1024 || launch.block.z > 64)
    return "a block dimension above 1024, 1024, 64";
  if (launch.grid.y > 65535 || launch.grid.z > 65535) return "a grid dimension y or z above 65535";
  if (t.static_shared_bytes + launch.dynamic_shared_bytes > kMostSharedBytes)
    return std::to_string(t.static_shared_bytes + launch.dynamic_shared_bytes) +
           " bytes of shared memory; a block has at most " + std::to_string(kMostSharedBytes);
  return {};
}

}  // namespace

Outcome run(const Launch& launch) {
  static std::mutex one_at_a_time;
  const std::lock_guard lock(one_at_a_time);
  Program* program = nullptr;
  try {
    program = &launch.kernel->program();
  } catch (const std::exception& error) {
    report(ReportKind::unsupported_instruction, error.what());
    return Outcome::trapped;
  }
  if (const std::string why = why_illegal(launch, program->traits()); !why.empty()) {
    report(ReportKind::launch, "kernel " + program->traits().name + ": " + why);
    return Outcome::illegal_launch;
  }
  Grid grid(launch, *program);
  const Outcome outcome = grid.run();
  count_launch(*program, grid.instructions());
  return outcome;
}

}  // namespace cudaemu
