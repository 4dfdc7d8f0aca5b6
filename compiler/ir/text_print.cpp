// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The text form: the signature, then one reachable node a line in order of ids, then requirements
// and outputs. Axes are written size.number (`K.0`, `K-1.1`); a decimal is the nearest double.
//
//   loss mean_square "squared"
//   sizes K
//   pred x: real[K]
//   graph literal
//   %0 = index K.0
//   %1 = load x[%0]
//   %2 = mul %1 ^ 2
//   %3 = sum K.0 %2
//   %4 = size K
//   %5 = mul %3, %4 ^ -1
//   value = %5
#include <algorithm>

#include "compiler/ir/builtins.h"
#include "compiler/ir/text_words.h"

namespace lossc::ir {

std::string axis_text(const Function& function, Axis axis) {
  std::string size = axis.size.index < function.sizes.size()
                         ? function.sizes[axis.size.index].text()
                         : "?" + std::to_string(axis.size.index);
  std::erase(size, ' ');
  return size + "." + std::to_string(axis.number);
}

namespace {

std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (char c : text) {
    switch (c) {
      case '"':
        result += "\\\"";
        break;
      case '\\':
        result += "\\\\";
        break;
      case '\n':
        result += "\\n";
        break;
      default:
        result += c;
    }
  }
  return result + "\"";
}

class Printer {
 public:
  explicit Printer(const Function& function) : f_(function), g_(function.graph) {}

  std::string text() {
    signature();
    const std::vector<ExprId> ids = g_.reachable(f_.roots());
    out_ += "graph ";
    out_ += mode_words[static_cast<std::size_t>(g_.mode())];
    out_ += "\n";
    std::uint32_t next = 0;
    for (ExprId id : ids) number_.at(id) = next++;
    for (ExprId id : ids) {
      out_ += name(id) + " = ";
      node(id);
      out_ += "\n";
    }
    for (const Requirement& requirement : f_.requirements) {
      out_ += "require " + name(requirement.condition) + " " + quoted(requirement.message) + "\n";
    }
    for (const Output& output : f_.outputs) this->output(output);
    return std::move(out_);
  }

 private:
  std::string name(ExprId id) const { return "%" + std::to_string(number_[id]); }
  std::string size(SizeId id) const { return f_.sizes[id.index].text(); }

  void signature() {
    out_ += kind_words[static_cast<std::size_t>(f_.kind)];
    out_ += " " + f_.name + " " + quoted(f_.module) + "\n";
    if (!f_.documentation.empty()) out_ += "doc " + quoted(f_.documentation) + "\n";
    if (!f_.sizes.empty()) {
      out_ += "sizes ";
      for (std::size_t i = 0; i < f_.sizes.size(); ++i) {
        out_ += (i == 0 ? "" : ", ") + f_.sizes[i].text();
      }
      out_ += "\n";
    }
    for (const Array& array : f_.arrays) this->array(array);
    for (const Remark& remark : f_.remarks) out_ += "remark " + quoted(remark.text) + "\n";
  }

  void array(const Array& array) {
    out_ += role_words[static_cast<std::size_t>(array.role)];
    out_ += " " + array.name + ": " + std::string(info(array.domain).name);
    if (array.domain == Domain::class_) {
      out_ += "(" + size(array.classes);
      if (array.ignore) out_ += ", ignore = " + std::to_string(*array.ignore);
      out_ += ")";
    }
    if (array.domain == Domain::one_of) {
      out_ += "(";
      for (std::size_t i = 0; i < array.options.size(); ++i) {
        out_ += (i == 0 ? "" : ", ") + array.options[i];
      }
      out_ += ")";
    }
    if (!array.shape.empty()) {
      out_ += "[";
      for (std::size_t i = 0; i < array.shape.size(); ++i) {
        out_ += (i == 0 ? "" : ", ") + size(array.shape[i]);
      }
      out_ += "]";
    }
    if (array.has_default) {
      out_ += " =";
      for (std::size_t i = 0; i < array.default_values.size(); ++i) {
        out_ += (i == 0 ? " " : ", ") + array.default_values[i].text();
      }
    }
    out_ += "\n";
  }

  void node(ExprId id) {
    const Op op = g_.op(id);
    if (op == Op::reduce) {
      out_ += reduce_words[static_cast<std::size_t>(g_.reduce_op(id))];
      out_ += " " + axis_text(f_, g_.axis(id)) + " " + name(g_.operands(id)[0]);
      return;
    }
    out_ += op_words[static_cast<std::size_t>(op)];
    switch (op) {
      case Op::constant:
        out_ += " " + g_.constant_of(id).text();
        break;
      case Op::truth:
        out_ += g_.node(id).attribute != 0 ? " true" : " false";
        break;
      case Op::pi:
        break;
      case Op::size:
        out_ += " " + size(g_.size_of(id));
        break;
      case Op::index:
        out_ += " " + axis_text(f_, g_.axis(id));
        break;
      case Op::load:
        out_ += " " + f_.arrays[g_.array(id).index].name + "[";
        list(id, "");
        out_ += "]";
        break;
      case Op::call:
        out_ += " " + std::string(info(g_.builtin(id)).name);
        list(id, " ");
        break;
      case Op::compare:
        out_ += " " + name(g_.operands(id)[0]) + " ";
        out_ += relation_words[static_cast<std::size_t>(g_.relation(id))];
        out_ += " " + name(g_.operands(id)[1]);
        break;
      case Op::add:
        terms(id, "0", " * ");
        break;
      case Op::mul:
        terms(id, "1", " ^ ");
        break;
      default:
        list(id, " ");
    }
  }

  void list(ExprId id, std::string_view before) {
    for (ExprId operand : g_.operands(id)) {
      out_ += before;
      out_ += name(operand);
      before = ", ";
    }
  }

  /// The constant unless it is neutral, then `%2 * -1` or `%2 ^ -1`, a factor of 1 left out.
  void terms(ExprId id, std::string_view neutral, std::string_view between) {
    std::string_view before = " ";
    const auto operands = g_.operands(id);
    const std::string constant = g_.constant_of(id).text();
    if (constant != neutral || operands.empty()) {
      out_ += " " + constant;
      before = ", ";
    }
    const auto factors = g_.factors(id);
    for (std::size_t i = 0; i < operands.size(); ++i) {
      out_ += before;
      out_ += name(operands[i]);
      if (!factors[i].is(1)) {
        out_ += between;
        out_ += factors[i].text();
      }
      before = ", ";
    }
  }

  void output(const Output& output) {
    out_ += output_words[static_cast<std::size_t>(output.kind)];
    if (names_array(output.kind)) {
      out_ += " " + f_.arrays[output.array.index].name + "[";
      for (std::size_t i = 0; i < output.axes.size(); ++i) {
        out_ += (i == 0 ? "" : ", ") + axis_text(f_, output.axes[i]);
      }
      out_ += "]";
    }
    out_ += " = " + name(output.root) + "\n";
  }

  const Function& f_;
  const Graph& g_;
  NodeMap<std::uint32_t> number_;
  std::string out_;
};

}  // namespace

std::string print(const Function& function) { return Printer(function).text(); }

}  // namespace lossc::ir
