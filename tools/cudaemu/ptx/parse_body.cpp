// SPDX-License-Identifier: Apache-2.0
// The body of a function: scopes, registers, variables, labels, source lines and instructions.
#include <algorithm>
#include <map>
#include <utility>

#include "tools/cudaemu/ptx/parser.h"
#include "tools/cudaemu/ptx/special_register.h"

namespace cudaemu::ptx {
namespace {

// What a name means in a scope.
struct Meaning {
  enum class Kind { reg, variable } kind;
  std::uint32_t index;
};

class BodyParser {
 public:
  BodyParser(Module& module, std::size_t index)
      : module_(module),
        function_(*module.functions[index]),
        scanner_(module.text, module.bodies[index].begin, module.bodies[index].end, module.bodies[index].line) {}

  void parse() {
    scopes_.emplace_back();
    while (!scanner_.at_end()) parse_statement();
    function_.is_target.assign(function_.instructions.size() + 1, false);
    for (Instruction& instruction : function_.instructions)
      for (Operand& operand : instruction.operands)
        if (operand.kind == OperandKind::label) operand.index = resolve(pending_labels_[operand.index]);
    for (std::vector<std::uint32_t>& list : function_.label_lists)
      for (std::uint32_t& label : list) label = resolve(pending_labels_[label]);
  }

 private:
  void parse_statement() {
    if (scanner_.accept(';')) return;
    if (scanner_.accept('{')) return void(scopes_.emplace_back());
    if (scanner_.accept('}')) return scopes_.pop_back();
    if (scanner_.peek() == '.') return parse_directive();
    if (scanner_.peek() == '@') return parse_instruction();
    // A label is a name followed by ':'; an opcode never is.
    Scanner ahead = scanner_;
    const std::string_view name = ahead.word();
    if (ahead.accept(':')) {
      scanner_ = ahead;
      if (ahead.peek() == '.') {
        const std::string_view word = ahead.directive();
        if (word == "branchtargets" || word == "calltargets") {
          scanner_ = ahead;
          return parse_label_list(name, word == "branchtargets");
        }
        if (word == "callprototype") {
          scanner_ = ahead;
          scanner_.skip_past(';');
          return add_symbol(name, Symbol::Kind::prototype, 0);
        }
      }
      labels_[std::string(name)] = static_cast<std::uint32_t>(function_.instructions.size());
      return;
    }
    parse_instruction();
  }

  void parse_label_list(std::string_view name, bool of_branch) {
    std::vector<std::uint32_t> list;
    do {
      const std::string_view label = scanner_.word();
      if (of_branch) list.push_back(pending(label));
    } while (scanner_.accept(','));
    scanner_.expect(';');
    function_.label_lists.push_back(std::move(list));
    add_symbol(name, of_branch ? Symbol::Kind::label_list : Symbol::Kind::prototype, function_.label_lists.size() - 1);
  }

  void parse_directive() {
    const std::string_view word = scanner_.directive();
    if (word == "reg") return parse_registers();
    if (word == "loc") return parse_location();
    if (word == "pragma") {
      const std::string_view text = scanner_.quoted();
      if (text.starts_with("used_bytes_mask "))
        used_bytes_ = static_cast<std::uint64_t>(std::stoull(std::string(text.substr(16)), nullptr, 0));
      return scanner_.expect(';');
    }
    const auto space = space_of(word);
    if (!space) return scanner_.skip_past(';');
    do {
      Variable variable = parse_variable(scanner_, *space);
      scopes_.back()[variable.name] = {Meaning::Kind::variable, static_cast<std::uint32_t>(function_.variables.size())};
      function_.variables.push_back(std::move(variable));
    } while (scanner_.accept(','));
    scanner_.expect(';');
  }

  void parse_registers() {
    Type type = Type::b32;
    while (scanner_.peek() == '.') {
      const std::string_view word = scanner_.directive();
      if (const auto known = type_of(word)) type = *known;
    }
    do {
      const std::string name(scanner_.word());
      if (scanner_.accept('<')) {
        const std::int64_t count = scanner_.integer();
        scanner_.expect('>');
        for (std::int64_t i = 0; i < count; ++i) add_register(name + std::to_string(i), type);
      } else {
        add_register(name, type);
      }
    } while (scanner_.accept(','));
    scanner_.expect(';');
  }

  void add_register(std::string name, Type type) {
    scopes_.back()[name] = {Meaning::Kind::reg, static_cast<std::uint32_t>(function_.registers.size())};
    function_.registers.push_back({std::move(name), type});
  }

  // .loc file line column [, function_name label, inlined_at file line column]. The place named after inlined_at is
  // itself the place of an earlier .loc, which may have been inlined: that makes the chain.
  void parse_location() {
    Location location;
    location.file = static_cast<std::uint32_t>(scanner_.integer());
    location.line = static_cast<std::uint32_t>(scanner_.integer());
    if (scanner_.peek_number()) location.column = static_cast<std::uint32_t>(scanner_.integer());
    const auto key = std::array{location.file, location.line, location.column};
    while (scanner_.accept(',')) {
      const std::string_view word = scanner_.word();
      if (word == "inlined_at") {
        std::array<std::uint32_t, 3> outer{};
        for (std::uint32_t& field : outer) field = static_cast<std::uint32_t>(scanner_.integer());
        const auto found = location_at_.find(outer);
        if (found != location_at_.end()) {
          location.inlined_at = found->second;
        } else {
          module_.locations.push_back({outer[0], outer[1], outer[2], 0});
          location.inlined_at = static_cast<std::uint32_t>(module_.locations.size() - 1);
        }
      } else {
        scanner_.word();  // label of the function's name
        if (scanner_.peek() == '+') scanner_.integer();
      }
    }
    module_.locations.push_back(location);
    location_ = static_cast<std::uint32_t>(module_.locations.size() - 1);
    location_at_[key] = location_;
  }

  void parse_instruction() {
    Instruction instruction;
    instruction.text_line = scanner_.line();
    instruction.location = location_;
    if (scanner_.accept('@')) {
      instruction.guard_negated = scanner_.accept('!');
      const std::string_view name = scanner_.word();
      const Meaning* meaning = find(name);
      if (!meaning || meaning->kind != Meaning::Kind::reg) scanner_.fail("unknown predicate " + std::string(name));
      instruction.guard = static_cast<std::int32_t>(meaning->index);
    }
    scanner_.peek();
    const std::size_t begin = scanner_.position();
    parse_opcode(instruction, scanner_.opcode());
    try {
      while (scanner_.peek() != ';') {
        instruction.operands.push_back(parse_operand());
        if (scanner_.accept('|')) instruction.operands.push_back(parse_operand());
        scanner_.accept(',');
        if (scanner_.at_end()) scanner_.fail("';' expected");
      }
    } catch (const ParseError& error) {
      if (instruction.problem.empty()) instruction.problem = error.what();
      while (scanner_.peek() != ';' && !scanner_.at_end()) scanner_.move_to(scanner_.position() + 1);
    }
    instruction.text = scanner_.slice(begin, scanner_.position());
    std::replace_if(
        instruction.text.begin(), instruction.text.end(), [](char c) { return c == '\n' || c == '\t'; }, ' ');
    scanner_.expect(';');
    instruction.used_bytes = std::exchange(used_bytes_, ~std::uint64_t{0});
    function_.instructions.push_back(std::move(instruction));
  }

  void parse_opcode(Instruction& instruction, std::string_view text) {
    std::size_t dot = text.find('.');
    instruction.opcode = opcode_of(text.substr(0, dot));
    if (instruction.opcode == Opcode::unknown) instruction.problem = text.substr(0, dot);
    while (dot != std::string_view::npos) {
      const std::size_t next = text.find('.', dot + 1);
      const std::string_view word = text.substr(dot + 1, next == std::string_view::npos ? next : next - dot - 1);
      dot = next;
      if (word.empty()) continue;
      if (const auto type = type_of(word)) {
        if (instruction.type_count < instruction.types.size()) instruction.types[instruction.type_count++] = *type;
      } else if (word == "v2" || word == "v4" || word == "v8") {
        instruction.vector = static_cast<std::uint8_t>(word[1] - '0');
      } else if (const auto space = space_of(word)) {
        (instruction.has_space ? instruction.second_space : instruction.space) = *space;
        instruction.has_space = true;
      } else if (const auto modifier = modifier_of(word)) {
        instruction.modifiers.add(*modifier);
      } else if (instruction.problem.empty()) {
        instruction.problem = word;
      }
    }
  }

  Operand parse_operand() {
    Operand operand;
    if (scanner_.accept('{') || scanner_.peek() == '(') {
      const char close = scanner_.accept('(') ? ')' : '}';
      operand.kind = OperandKind::vector;
      while (!scanner_.accept(close)) {
        operand.parts.push_back(parse_operand());
        scanner_.accept(',');
      }
      return operand;
    }
    if (scanner_.accept('[')) {
      operand = parse_operand();
      operand.memory = true;
      scanner_.expect(']');
      return operand;
    }
    if (scanner_.accept('!')) {
      operand = parse_operand();
      operand.negated = true;
      return operand;
    }
    if (scanner_.peek_number()) {
      const Number number = scanner_.number();
      operand.kind = OperandKind::immediate;
      operand.value = number.value;
      operand.float_bytes = number.float_bytes;
      operand.is_float = number.float_bytes != 0;
      return operand;
    }
    const std::string_view name = scanner_.word();
    if (name == "_") return operand;
    resolve_name(operand, name);
    if (scanner_.peek() == '+' || scanner_.peek() == '-') operand.value += scanner_.integer();
    return operand;
  }

  void resolve_name(Operand& operand, std::string_view name) {
    if (const Meaning* meaning = find(name)) {
      if (meaning->kind == Meaning::Kind::reg) {
        operand.kind = OperandKind::reg;
        operand.index = meaning->index;
      } else {
        operand.kind = OperandKind::variable;
        operand.symbol = symbol(name, Symbol::Kind::local_variable, meaning->index);
      }
      return;
    }
    if (const auto special = special_register_of(name)) {
      operand.kind = OperandKind::special;
      operand.index = static_cast<std::uint32_t>(*special);
      return;
    }
    operand.kind = OperandKind::variable;
    const auto parameters = [&](const std::vector<Variable>& list, std::size_t base) {
      for (std::size_t i = 0; i < list.size(); ++i)
        if (list[i].name == name) operand.symbol = symbol(name, Symbol::Kind::parameter, base + i);
      return operand.symbol >= 0;
    };
    if (parameters(function_.parameters, 0) || parameters(function_.returns, function_.parameters.size())) return;
    if (const auto named = named_symbols_.find(std::string(name)); named != named_symbols_.end())
      operand.symbol = named->second;
    else if (const auto variable = module_.variable_index.find(std::string(name));
             variable != module_.variable_index.end())
      operand.symbol = symbol(name, Symbol::Kind::module_variable, variable->second);
    else if (const auto function = module_.function_index.find(std::string(name));
             function != module_.function_index.end())
      operand.symbol = symbol(name, Symbol::Kind::function, function->second);
    else {
      operand.kind = OperandKind::label;
      operand.index = pending(name);
    }
  }

  std::int32_t symbol(std::string_view name, Symbol::Kind kind, std::size_t index) {
    const auto [place, added] =
        symbol_index_.emplace(std::pair{kind, index}, static_cast<std::int32_t>(function_.symbols.size()));
    if (added) function_.symbols.push_back({kind, std::string(name), index});
    return place->second;
  }

  void add_symbol(std::string_view name, Symbol::Kind kind, std::size_t index) {
    function_.symbols.push_back({kind, std::string(name), index});
    named_symbols_[std::string(name)] = static_cast<std::int32_t>(function_.symbols.size() - 1);
  }

  const Meaning* find(std::string_view name) const {
    for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope)
      if (const auto found = scope->find(name); found != scope->end()) return &found->second;
    return nullptr;
  }

  std::uint32_t pending(std::string_view label) {
    pending_labels_.emplace_back(label);
    return static_cast<std::uint32_t>(pending_labels_.size() - 1);
  }

  std::uint32_t resolve(const std::string& label) {
    const auto found = labels_.find(label);
    if (found == labels_.end()) throw ParseError("function " + function_.name + ": unknown name " + label);
    function_.is_target[found->second] = true;
    return found->second;
  }

  Module& module_;
  Function& function_;
  Scanner scanner_;
  std::vector<std::map<std::string, Meaning, std::less<>>> scopes_;
  std::map<std::string, std::uint32_t> labels_;
  std::vector<std::string> pending_labels_;
  std::map<std::pair<Symbol::Kind, std::size_t>, std::int32_t> symbol_index_;
  std::map<std::string, std::int32_t> named_symbols_;
  std::map<std::array<std::uint32_t, 3>, std::uint32_t> location_at_;
  std::uint32_t location_ = 0;
  std::uint64_t used_bytes_ = ~std::uint64_t{0};
};

}  // namespace

void parse_body(Module& module, std::size_t index) {
  if (module.functions[index]->has_body && module.functions[index]->is_target.empty())
    BodyParser(module, index).parse();
}

}  // namespace cudaemu::ptx
