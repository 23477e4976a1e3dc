// SPDX-License-Identifier: Apache-2.0
// A PTX module after parsing: variables, functions and typed instructions. Names are resolved; nothing here knows how
// the engine lays out registers or memory.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tools/cudaemu/ptx/opcode.h"
#include "tools/cudaemu/ptx/type.h"

namespace cudaemu::ptx {

// A line of CUDA source that an instruction came from. `inlined_at` is the location of the call, when the line belongs
// to an inlined function: an index into Module::locations, 0 = none (locations[0] is "nowhere").
struct Location {
  std::uint32_t file = 0, line = 0, column = 0, inlined_at = 0;
};

// A value of a variable's initialiser that is an address: filled in by the engine when addresses are known.
struct AddressInitialiser {
  std::size_t offset = 0;
  std::string symbol;
  std::int64_t addend = 0;
  int bytes = 8;
  int shift = 0;  // right shift of the address before its low `bytes` are stored (mask operators of byte arrays)
  bool generic = false;
};

struct Variable {
  std::string name;
  Space space = Space::global;
  Type type = Type::b8;
  std::size_t bytes = 0, alignment = 1;
  bool is_extern = false;  // extern shared: the dynamic shared memory
  std::vector<std::byte> initial;
  std::vector<AddressInitialiser> addresses;
};

struct Register {
  std::string name;
  Type type = Type::b32;
};

enum class OperandKind : std::uint8_t {
  none,       // "_", or absent
  reg,        // register `index`
  immediate,  // `value`: the bits, sign-extended to 64
  special,    // special register `index` (special_register.h)
  variable,   // address of variable `symbol` + value
  label,      // instruction `index` of the function
  vector,     // `parts`
};

struct Operand {
  OperandKind kind = OperandKind::none;
  bool negated = false;   // !%p
  bool memory = false;    // written in brackets; value = displacement
  bool is_float = false;  // immediate written as 0f or 0d (`float_bytes` of them) or decimal
  std::uint8_t float_bytes = 0;
  std::uint32_t index = 0;
  std::int64_t value = 0;
  std::int32_t symbol = -1;  // index into Function::symbols
  std::vector<Operand> parts;
};

struct Instruction {
  Opcode opcode = Opcode::unknown;
  ModifierSet modifiers;
  std::array<Type, 4> types{};  // in the order written
  std::uint8_t type_count = 0;
  Space space = Space::generic;
  Space second_space = Space::generic;  // cp.async.shared.global: the source's
  bool has_space = false;
  std::uint8_t vector = 1;
  bool guard_negated = false;
  std::int32_t guard = -1;  // register
  std::uint32_t location = 0;
  std::uint32_t text_line = 0;  // of the PTX
  std::string text;             // the statement, for messages
  std::vector<Operand> operands;
  std::uint64_t used_bytes = ~std::uint64_t{0};  // .pragma "used_bytes_mask": the bytes of a load that matter
  std::string problem;                           // the word of `text` that was not understood

  bool has(Modifier m) const { return modifiers.has(m); }
  Type type() const { return types[0]; }
};

// A symbol that operands of a function refer to.
struct Symbol {
  enum class Kind : std::uint8_t { module_variable, local_variable, parameter, function, label_list, prototype };
  Kind kind = Kind::module_variable;
  std::string name;
  std::size_t index =
      0;  // local_variable: into Function::variables; parameter: Function::parameters; label_list: into label_lists
};

struct Function {
  std::string name;
  bool is_entry = false;
  bool has_body = false;
  std::vector<Variable> parameters;
  std::vector<Variable> returns;
  int max_threads = 0;  // .maxntid / .reqntid product, 0 = not given
  // Body:
  std::vector<Register> registers;
  std::vector<Variable> variables;  // .local, .shared and .param of the body
  std::vector<Symbol> symbols;
  std::vector<Instruction> instructions;
  std::vector<std::vector<std::uint32_t>> label_lists;  // .branchtargets: instruction indices
  std::vector<bool> is_target;                          // by instruction (one past the end included)
};

struct Module {
  std::string origin;
  std::string text;
  std::vector<std::string> files;  // by number of .file
  std::vector<Location> locations{Location{}};
  std::vector<Variable> variables;
  std::unordered_map<std::string, std::size_t> variable_index;
  std::vector<std::unique_ptr<Function>> functions;
  std::unordered_map<std::string, std::size_t> function_index;
  struct Body {
    std::size_t begin = 0, end = 0;  // in `text`: after '{', at '}'
    std::uint32_t line = 0;
  };
  std::vector<Body> bodies;  // by function
};

}  // namespace cudaemu::ptx
