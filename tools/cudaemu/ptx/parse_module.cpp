// SPDX-License-Identifier: Apache-2.0
// The outermost level of a PTX file: variables, prototypes and headers of functions, file names.
#include <algorithm>
#include <cstring>

#include "tools/cudaemu/ptx/parser.h"

namespace cudaemu::ptx {
namespace {

void store_bits(std::vector<std::byte>& bytes, std::size_t offset, std::int64_t value, std::size_t width) {
  if (offset + width > bytes.size()) bytes.resize(offset + width);
  std::memcpy(bytes.data() + offset, &value, std::min<std::size_t>(width, 8));
}

// One value of an initialiser: number, symbol, symbol+n, generic(symbol), 0xFF00(symbol).
void parse_initial_value(Scanner& scanner, Variable& variable, std::size_t width, std::size_t& offset) {
  AddressInitialiser address{.offset = offset, .symbol = {}, .addend = 0, .bytes = static_cast<int>(width)};
  offset += width;
  if (scanner.peek_number()) {
    const Number number = scanner.number();
    if (!scanner.accept('(')) return store_bits(variable.initial, offset - width, number.value, width);
    for (std::uint64_t mask = static_cast<std::uint64_t>(number.value); mask && !(mask & 0xff); mask >>= 8)
      address.shift += 8;
  }
  std::string_view word = scanner.word();
  if (word == "generic") {
    address.generic = true;
    scanner.expect('(');
    word = scanner.word();
    scanner.expect(')');
  }
  address.symbol = word;
  if (scanner.peek() == '+' || scanner.peek() == '-') address.addend = scanner.integer();
  if (scanner.peek() == ')') scanner.expect(')');
  store_bits(variable.initial, address.offset, 0, width);
  variable.addresses.push_back(address);
}

void parse_initialiser(Scanner& scanner, Variable& variable, std::size_t width, std::size_t& offset) {
  if (!scanner.accept('{')) return parse_initial_value(scanner, variable, width, offset);
  while (!scanner.accept('}')) {
    parse_initialiser(scanner, variable, width, offset);
    scanner.accept(',');
  }
}

class ModuleParser {
 public:
  ModuleParser(Module& module) : module_(module), scanner_(module.text, 0, module.text.size(), 1) {}

  void parse() {
    while (!scanner_.at_end()) {
      if (scanner_.peek() == '.')
        parse_directive();
      else if (scanner_.accept(';'))
        continue;
      else
        scanner_.skip_past(';');
    }
  }

 private:
  void parse_directive() {
    const std::string_view word = scanner_.directive();
    if (word == "version" || word == "target" || word == "address_size") {
      const std::uint32_t line = scanner_.line();
      while (!scanner_.at_end() && scanner_.line() == line && scanner_.peek() != '.')
        scanner_.opcode(), scanner_.accept(',');
    } else if (word == "file") {
      const auto number = static_cast<std::size_t>(scanner_.integer());
      if (number >= module_.files.size()) module_.files.resize(number + 1);
      module_.files[number] = scanner_.quoted();
      while (scanner_.accept(',')) scanner_.integer();
    } else if (word == "section") {
      while (scanner_.peek() != '{') scanner_.move_to(scanner_.position() + 1);
      scanner_.move_to(scanner_.matching_brace());
    } else if (word == "visible" || word == "weak" || word == "common") {
    } else if (word == "extern") {
      is_extern_ = true;
      return;
    } else if (word == "entry" || word == "func") {
      parse_function(word == "entry");
    } else if (const auto space = space_of(word)) {
      do add_variable(parse_variable(scanner_, *space));
      while (scanner_.accept(','));
    } else {
      scanner_.skip_past(';');
    }
    if (word != "visible" && word != "weak" && word != "common") is_extern_ = false;
  }

  void add_variable(Variable variable) {
    variable.is_extern = is_extern_;
    const auto [place, added] = module_.variable_index.emplace(variable.name, module_.variables.size());
    if (added)
      module_.variables.push_back(std::move(variable));
    else if (!variable.is_extern)
      module_.variables[place->second] = std::move(variable);
  }

  std::vector<Variable> parse_parameters() {
    std::vector<Variable> parameters;
    if (!scanner_.accept('(')) return parameters;
    while (!scanner_.accept(')')) {
      if (scanner_.peek() == '.') {
        const std::string_view space = scanner_.directive();
        if (space != "param" && space != "reg") scanner_.fail("parameter expected");
        parameters.push_back(parse_variable(scanner_, Space::param));
      } else {
        scanner_.fail("parameter expected");
      }
      scanner_.accept(',');
    }
    return parameters;
  }

  void parse_function(bool is_entry) {
    Function function;
    function.is_entry = is_entry;
    while (scanner_.peek() == '.') scanner_.directive();  // .attribute
    if (scanner_.peek() == '(') function.returns = parse_parameters();
    function.name = scanner_.word();
    function.parameters = parse_parameters();
    while (scanner_.peek() == '.') {
      const std::string_view word = scanner_.directive();
      if (word == "maxntid" || word == "reqntid") {
        function.max_threads = 1;
        do function.max_threads *= static_cast<int>(scanner_.integer());
        while (scanner_.accept(','));
      } else if (word == "pragma") {
        scanner_.skip_past(';');
      } else if (word != "noreturn" && word != "unique") {
        while (scanner_.peek_number()) scanner_.integer(), scanner_.accept(',');
      }
    }
    Module::Body body;
    if (scanner_.peek() == '{') {
      function.has_body = true;
      const std::size_t end = scanner_.matching_brace();
      body = {scanner_.position() + 1, end - 1, scanner_.line()};
      scanner_.move_to(end);
    } else {
      scanner_.accept(';');
    }
    const auto [place, added] = module_.function_index.emplace(function.name, module_.functions.size());
    if (added) {
      module_.functions.push_back(std::make_unique<Function>(std::move(function)));
      module_.bodies.push_back(body);
    } else if (function.has_body) {
      *module_.functions[place->second] = std::move(function);
      module_.bodies[place->second] = body;
    }
  }

  Module& module_;
  Scanner scanner_;
  bool is_extern_ = false;
};

}  // namespace

Variable parse_variable(Scanner& scanner, Space space) {
  Variable variable;
  variable.space = space;
  variable.alignment = 0;
  while (scanner.peek() == '.') {
    const std::string_view word = scanner.directive();
    if (word == "align")
      variable.alignment = static_cast<std::size_t>(scanner.integer());
    else if (const auto type = type_of(word))
      variable.type = *type;
    else if (word == "ptr" || space_of(word) || word == "v2" || word == "v4" || word == "volatile")
      continue;  // .param .u64 .ptr .global .align 4 name
    else if (word == "attribute")
      scanner.skip_past(')');
    else
      scanner.fail("unknown word ." + std::string(word) + " of a variable");
  }
  variable.name = scanner.word();
  const auto width = static_cast<std::size_t>(std::max(bytes_of(variable.type), 1));
  if (variable.alignment < width) variable.alignment = width;
  variable.bytes = width;
  while (scanner.accept('[')) {
    variable.bytes *= scanner.peek() == ']' ? 0 : static_cast<std::size_t>(scanner.integer());
    scanner.expect(']');
  }
  if (scanner.accept('=')) {
    std::size_t offset = 0;
    parse_initialiser(scanner, variable, width, offset);
    if (variable.bytes == 0) variable.bytes = variable.initial.size();
    variable.initial.resize(variable.bytes);
  }
  return variable;
}

std::unique_ptr<Module> parse_module(std::string_view text, std::string_view origin) {
  auto module = std::make_unique<Module>();
  module->origin = origin;
  module->text = text;
  ModuleParser(*module).parse();
  return module;
}

}  // namespace cudaemu::ptx
