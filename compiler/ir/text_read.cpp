// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The reader of the text form. Nodes are made in a literal graph, which takes them as they are
// written; then the graph gets the mode that the text names, and the verifier has the last word.
#include <algorithm>

#include "compiler/ir/builtins.h"
#include "compiler/ir/text_cursor.h"
#include "compiler/ir/text_words.h"

namespace lossc::ir {

namespace {

template <std::size_t n>
std::optional<std::size_t> find_word(const std::array<std::string_view, n>& words,
                                     std::string_view word) {
  const auto it = std::find(words.begin(), words.end(), word);
  if (it == words.end()) return std::nullopt;
  return static_cast<std::size_t>(it - words.begin());
}

class Reader {
 public:
  Result<Function> read(std::string_view text) {
    std::size_t number = 0;
    while (!text.empty()) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      TextCursor line(text.substr(0, end));
      text.remove_prefix(std::min(end + 1, text.size()));
      ++number;
      if (line.at_end()) continue;
      if (!(kind_known_ ? statement(line) : header(line)) || !line.at_end()) {
        return Error{"line " + std::to_string(number) + " of the core text cannot be read near '" +
                     std::string(line.rest().substr(0, 40)) + "'"};
      }
    }
    if (!kind_known_) return Error{"the core text is empty"};
    f_.graph.set_mode(mode_);
    if (const auto found = violation(f_)) return Error{"the core text is not valid: " + *found};
    return std::move(f_);
  }

 private:
  bool header(TextCursor& line) {
    const auto kind = find_word(kind_words, line.word());
    if (!kind) return false;
    f_.kind = static_cast<FunctionKind>(*kind);
    f_.name = line.word();
    const auto module = line.quoted();
    if (!module || f_.name.empty()) return false;
    f_.module = *module;
    kind_known_ = true;
    return true;
  }

  bool statement(TextCursor& line) {
    if (const auto number = line.node_number()) {
      if (*number != nodes_.size() || !line.take("=")) return false;
      const auto id = node(line);
      if (!id) return false;
      nodes_.push_back(*id);
      return true;
    }
    const std::string word = line.word();
    if (word == "doc") return text_into(line, f_.documentation);
    if (word == "remark") return text_into(line, f_.remarks.emplace_back().text);
    if (word == "sizes") return sizes(line);
    if (word == "graph") return graph(line);
    if (word == "require") return requirement(line);
    if (const auto role = find_word(role_words, word)) return array(line, static_cast<Role>(*role));
    if (const auto kind = find_word(output_words, word)) {
      return output(line, static_cast<OutputKind>(*kind));
    }
    return false;
  }

  static bool text_into(TextCursor& line, std::string& target) {
    auto text = line.quoted();
    if (text) target = std::move(*text);
    return text.has_value();
  }

  bool graph(TextCursor& line) {
    const auto mode = find_word(mode_words, line.word());
    if (!mode) return false;
    mode_ = static_cast<Graph::Mode>(*mode);
    describe(f_.graph, f_);
    return true;
  }

  // --- The signature.

  static std::optional<Size> size(TextCursor& line) {
    Size result;
    if (const auto literal = line.whole<std::int64_t>()) {
      result.offset = *literal;
      return *literal >= 0 ? std::optional(result) : std::nullopt;
    }
    result.symbol = line.word();
    if (result.symbol.empty() || (result.symbol[0] >= '0' && result.symbol[0] <= '9')) {
      return std::nullopt;  // also a literal that does not fit
    }
    const bool minus = line.take("- ");
    if (minus || line.take("+ ")) {
      const auto distance = line.whole<std::int64_t>();
      if (!distance || *distance <= 0) return std::nullopt;
      result.offset = minus ? -*distance : *distance;
    }
    return result;
  }

  std::optional<SizeId> known_size(TextCursor& line) const {
    const auto wanted = size(line);
    if (!wanted) return std::nullopt;
    const auto it = std::find(f_.sizes.begin(), f_.sizes.end(), *wanted);
    if (it == f_.sizes.end()) return std::nullopt;
    return SizeId{static_cast<std::uint16_t>(it - f_.sizes.begin())};
  }

  bool sizes(TextCursor& line) {
    do {
      const auto next = size(line);
      if (!next || f_.sizes.size() >= 0xffff) return false;
      f_.sizes.push_back(*next);
    } while (line.take(","));
    return true;
  }

  bool array(TextCursor& line, Role role) {
    Array array;
    array.role = role;
    array.name = line.word();
    if (array.name.empty() || !line.take(":") || f_.arrays.size() >= 0xffff) return false;
    const auto domain = find_domain(line.word());
    if (!domain) return false;
    array.domain = *domain;
    if (array.domain == Domain::class_ && !classes(line, array)) return false;
    if (array.domain == Domain::one_of && !options(line, array)) return false;
    if (line.take("[")) {
      do {
        const auto axis = known_size(line);
        if (!axis) return false;
        array.shape.push_back(*axis);
      } while (line.take(","));
      if (!line.take("]")) return false;
    }
    if (line.take("=")) {
      array.has_default = true;
      do {
        if (line.at_end()) break;
        const auto value = Number::parse(line.word());
        if (!value) return false;
        array.default_values.push_back(*value);
      } while (line.take(","));
    }
    f_.arrays.push_back(std::move(array));
    return true;
  }

  bool classes(TextCursor& line, Array& array) const {
    if (!line.take("(")) return false;
    const auto count = known_size(line);
    if (!count) return false;
    array.classes = *count;
    if (line.take(",")) {
      if (!line.take("ignore") || !line.take("=")) return false;
      array.ignore = line.whole<std::int64_t>();
      if (!array.ignore) return false;
    }
    return line.take(")");
  }

  static bool options(TextCursor& line, Array& array) {
    if (!line.take("(")) return false;
    do array.options.push_back(line.word());
    while (line.take(","));
    return line.take(")");
  }

  // --- Nodes.

  std::optional<Axis> axis(TextCursor& line) const {
    const std::string word = line.word();
    const std::size_t dot = word.rfind('.');
    if (dot == std::string::npos) return std::nullopt;
    for (std::size_t i = 0; i < f_.sizes.size(); ++i) {
      std::string text = f_.sizes[i].text();
      std::erase(text, ' ');
      if (text != word.substr(0, dot)) continue;
      TextCursor digits(std::string_view(word).substr(dot + 1));
      const auto number = digits.whole<std::uint16_t>();
      if (!number || !digits.at_end() || *number >= Axis::first_temporary) return std::nullopt;
      return Axis{{static_cast<std::uint16_t>(i)}, *number};
    }
    return std::nullopt;
  }

  std::optional<ExprId> operand(TextCursor& line) const {
    const auto number = line.node_number();
    if (!number || *number >= nodes_.size()) return std::nullopt;
    return nodes_[*number];
  }

  /// Operands separated by commas, at least one.
  std::optional<std::vector<ExprId>> operands(TextCursor& line) const {
    std::vector<ExprId> result;
    do {
      const auto next = operand(line);
      if (!next) return std::nullopt;
      result.push_back(*next);
    } while (line.take(","));
    return result;
  }

  std::optional<ExprId> node(TextCursor& line) {
    const std::string word = line.word();
    if (const auto op = find_word(reduce_words, word)) {
      const auto bound = axis(line);
      const auto body = operand(line);
      if (!bound || !body) return std::nullopt;
      return f_.graph.reduce(static_cast<ReduceOp>(*op), *bound, *body);
    }
    const auto op = find_word(op_words, word);
    if (!op) return std::nullopt;
    switch (static_cast<Op>(*op)) {
      case Op::constant:
      case Op::truth:
      case Op::pi:
      case Op::size:
      case Op::index:
        return leaf(line, static_cast<Op>(*op));
      case Op::load:
        return load(line);
      case Op::call:
        return call(line);
      case Op::compare:
        return compare(line);
      case Op::add:
      case Op::mul:
        return terms(line, static_cast<Op>(*op));
      default:
        return general(line, static_cast<Op>(*op));
    }
  }

  std::optional<ExprId> leaf(TextCursor& line, Op op) {
    switch (op) {
      case Op::constant:
        if (const auto value = Number::parse(line.word())) return f_.graph.constant(*value);
        return std::nullopt;
      case Op::truth:
        if (line.take("true")) return f_.graph.truth(true);
        if (line.take("false")) return f_.graph.truth(false);
        return std::nullopt;
      case Op::size:
        if (const auto id = known_size(line)) return f_.graph.size(*id);
        return std::nullopt;
      case Op::index:
        if (const auto place = axis(line)) return f_.graph.index(*place);
        return std::nullopt;
      default:
        return f_.graph.pi();
    }
  }

  std::optional<ExprId> load(TextCursor& line) {
    const auto array = f_.find_array(line.word());
    if (!array || !line.take("[")) return std::nullopt;
    std::vector<ExprId> subscripts;
    if (!line.take("]")) {
      auto read = operands(line);
      if (!read || !line.take("]")) return std::nullopt;
      subscripts = std::move(*read);
    }
    return f_.graph.load(*array, subscripts);
  }

  std::optional<ExprId> call(TextCursor& line) {
    const auto builtin = find_builtin(line.word());
    const auto arguments = operands(line);
    if (!builtin || !arguments || info(*builtin).composed ||
        arguments->size() != static_cast<std::size_t>(info(*builtin).arity)) {
      return std::nullopt;
    }
    return f_.graph.call(*builtin, *arguments);
  }

  std::optional<ExprId> compare(TextCursor& line) {
    const auto left = operand(line);
    std::optional<Relation> relation;
    if (line.take("<="))
      relation = Relation::less_equal;
    else if (line.take("<"))
      relation = Relation::less;
    else if (line.take("=="))
      relation = Relation::equal;
    else if (line.take("!="))
      relation = Relation::not_equal;
    const auto right = operand(line);
    if (!left || !relation || !right) return std::nullopt;
    return f_.graph.compare(*relation, *left, *right);
  }

  std::optional<ExprId> terms(TextCursor& line, Op op) {
    Number constant = op == Op::add ? 0 : 1;
    std::vector<std::pair<ExprId, Number>> terms;
    bool first = true;
    do {
      if (const auto next = operand(line)) {
        Number factor = 1;
        if (line.take(op == Op::add ? "*" : "^")) {
          const auto number = Number::parse(line.word());
          if (!number) return std::nullopt;
          factor = *number;
        }
        terms.emplace_back(*next, factor);
      } else {
        const auto number = Number::parse(line.word());
        if (!number || !first) return std::nullopt;
        constant = *number;
      }
      first = false;
    } while (line.take(","));
    return op == Op::add ? f_.graph.add(constant, terms) : f_.graph.mul(constant, terms);
  }

  std::optional<ExprId> general(TextCursor& line, Op op) {
    const auto all = operands(line);
    if (!all) return std::nullopt;
    const std::size_t count = all->size();
    switch (op) {
      case Op::conjunction:
        return f_.graph.conjunction(*all);
      case Op::disjunction:
        return f_.graph.disjunction(*all);
      case Op::negation:
        if (count == 1) return f_.graph.negation((*all)[0]);
        break;
      case Op::select:
        if (count == 3) return f_.graph.select((*all)[0], (*all)[1], (*all)[2]);
        break;
      case Op::weight:
        if (count == 2) return f_.graph.weight((*all)[0], (*all)[1]);
        break;
      default:
        break;
    }
    return std::nullopt;
  }

  // --- Outputs.

  bool requirement(TextCursor& line) {
    const auto condition = operand(line);
    const auto message = line.quoted();
    if (!condition || !message) return false;
    f_.requirements.push_back({*condition, *message, {}});
    return true;
  }

  bool output(TextCursor& line, OutputKind kind) {
    Output output;
    output.kind = kind;
    if (names_array(kind)) {
      const auto array = f_.find_array(line.word());
      if (!array || !line.take("[")) return false;
      output.array = *array;
      while (!line.take("]")) {
        const auto next = axis(line);
        if (!next) return false;
        output.axes.push_back(*next);
        line.take(",");
      }
    }
    if (!line.take("=")) return false;
    const auto root = operand(line);
    if (!root) return false;
    output.root = *root;
    f_.outputs.push_back(std::move(output));
    return true;
  }

  Function f_;
  Graph::Mode mode_ = Graph::Mode::literal;
  std::vector<ExprId> nodes_;
  bool kind_known_ = false;
};

}  // namespace

Result<Function> read(std::string_view text) { return Reader().read(text); }

}  // namespace lossc::ir
