// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The checker of one declaration: walks the syntax tree, pairs axes, proves domains and builds the
// literal graph in one go. One class whose members are divided by construct over the files of this
// folder: a construct is one file. It goes on after an error with the error value, so that one run
// tells all that is wrong, and nothing twice.
//
// Axes: see value.h. An index `i` of the source is a temporary axis that is in no value's list of
// open axes; when its binder ends, it is reduced or becomes an open axis by substitution.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "compiler/analysis/ranges.h"
#include "compiler/sema/frame.h"
#include "compiler/sema/language_functions.h"
#include "compiler/sema/modules.h"
#include "compiler/sema/value.h"

namespace lossc::sema {

class Checker {
 public:
  Checker(Session& session, ir::Function& function);

  /// declarations.cpp: the whole of a loss or metric; false if anything was wrong.
  bool lower(const FunctionRef& declaration);
  /// A func by itself: its typed parameters are arrays, the others accept everything.
  void check_func(const FunctionRef& declaration);
  /// No warnings: the declaration is someone else's.
  void be_quiet() { quiet_ = true; }
  bool failed() const { return failed_; }

  // --- tests.cpp
  using LowerLoss = std::function<std::optional<std::size_t>(const FunctionRef&)>;
  /// From here on calls of losses become arrays call0, call1, …, described in `calls`.
  void begin_test(Frame& frame, std::vector<TestCall>& calls, const LowerLoss& lower_loss,
                  const std::vector<ir::Function>& functions);
  /// The expression becomes the function's output; false if anything was wrong.
  bool finish_test_side(const syntax::Expr& expr);
  void let(const syntax::LetStatement& statement, const SourceRange& range);

  // --- functions of the language, by file
  Value elementwise(const syntax::Call& call, const LanguageFunction& row);  // elementwise.cpp
  Value applied(const std::vector<Value>& values, const syntax::Call& call,
                const LanguageFunction& row);
  Value extremum(const syntax::Call& call, const LanguageFunction& row);  // max, min
  Value clamp(const syntax::Call& call, const LanguageFunction& row);
  Value stop_gradient(const syntax::Call& call, const LanguageFunction& row);
  Value assume(const syntax::Call& call, const LanguageFunction& row);
  Value valid(const syntax::Call& call, const LanguageFunction& row);
  Value onehot(const syntax::Call& call, const LanguageFunction& row);
  Value softmax(const syntax::Call& call, const LanguageFunction& row);  // vectors.cpp
  Value norm(const syntax::Call& call, const LanguageFunction& row);
  Value normalize(const syntax::Call& call, const LanguageFunction& row);
  Value dot(const syntax::Call& call, const LanguageFunction& row);
  Value cosine(const syntax::Call& call, const LanguageFunction& row);
  Value reduction(const syntax::Call& call, const LanguageFunction& row);      // reductions.cpp
  Value only_in_tests(const syntax::Call& call, const LanguageFunction& row);  // grad, hess

 private:
  // --- checker.cpp: reports, axes, the walk
  Report& error(Diagnostic diagnostic, const SourceRange& range,
                std::initializer_list<std::string_view> arguments = {});
  Report& warning(Diagnostic diagnostic, const SourceRange& range,
                  std::initializer_list<std::string_view> arguments = {});
  void remark(std::string text, const SourceRange& range);
  static Value poison() { return {}; }
  Value evaluate(const syntax::Expr& expr);
  Value dispatch(const syntax::Expr& expr);
  Value reference(const syntax::Name& name);
  /// A size that an argument may bring along, in a func that is checked by itself.
  bool may_be_of_argument(const std::string& name);
  /// The value as a number: a bool counts as 0 or 1, an ignorable label must be known to be valid.
  Value numeric(Value value, const SourceRange& range);
  Value evaluate_number(const syntax::Expr& expr) { return numeric(evaluate(expr), expr.range); }
  /// The value as a condition; a number is an error that suggests `== 1`.
  Value condition(Value value, const syntax::Expr& expr);
  Value number(const ir::Number& value);
  const ir::Number* constant(const Value& value) const;

  // --- axes.cpp
  ir::Axis acquire(const ir::Size& size);
  void release(ir::Axis axis);
  void release_frame(Frame& frame);
  ir::Axis open_axis(const AxisName& name, int occurrence);
  AxisName name_of(ir::Axis axis) const;
  /// The axes of the operands together, in order of first appearance; false if they cannot pair.
  bool pair(const std::vector<const Value*>& operands, const SourceRange& range, Value& result);
  bool doubled(const Value& value) const;
  /// The value with exactly these axes open, in this order, each under the name given.
  Value arranged(Value value, const std::vector<std::pair<ir::Axis, AxisName>>& order);
  Value substituted(Value value, ir::Graph::Substitution map);
  std::string axes_text(const Value& value) const;
  bool depends_on(ir::ExprId id, const std::function<bool(const ir::Array&)>& predicate) const;

  // --- literals.cpp
  Value literal(const syntax::Number& number, const SourceRange& range);
  Value array_literal(const syntax::ArrayLiteral& literal, const SourceRange& range);

  // --- operators.cpp
  Value sum(const syntax::Sum& sum, const SourceRange& range);
  Value product(const syntax::Product& product, const SourceRange& range);
  Value power(const syntax::Power& power, const SourceRange& range);
  Value raised(const Value& base, const Value& exponent, const syntax::Power& syntax,
               const SourceRange& range);
  Value unary(const syntax::Unary& unary, const SourceRange& range);

  // --- conditions.cpp
  Value comparison(const syntax::Comparison& comparison, const SourceRange& range);
  Value compare_option(const syntax::Comparison& comparison, const Value& option,
                       const syntax::Expr& word, const SourceRange& range);
  Value logical(const syntax::Logical& logical, const SourceRange& range);
  Value both(const Value& left, const Value& right, const SourceRange& range);
  Value conditional(const syntax::Conditional& conditional, const SourceRange& range);
  Value equivalence(const Value& left, const Value& right);
  void learn(ir::ExprId condition, bool holds);
  bool known(ir::ExprId fact) const;
  /// What still holds inside a reduction, which binds the open axes anew.
  std::vector<ir::ExprId> facts_without_axes() const;
  ir::ExprId validity(const Value& label);

  // --- subscripts.cpp, indices.cpp, index_ranges.cpp
  Value subscript(const syntax::Subscript& subscript, const SourceRange& range);
  Value gathered(const Value& base, const syntax::Brackets& brackets, const SourceRange& range);
  bool check_subscript(const Value& base, ir::Axis place, const Value& at,
                       const syntax::Expr& expr);
  Binding* index_in(const syntax::Expr& expr, std::int64_t* offset = nullptr);
  bool settle(Binding& index, const AxisName& name, const SourceRange& range);
  std::optional<AxisName> size_in(const syntax::Expr& expr);
  std::optional<ir::Size> size_expression(const syntax::Expr& expr);
  struct Brackets {
    bool ok = true;
    std::vector<AxisName> axes;        ///< sizes named
    std::vector<std::string> indices;  ///< or indices bound, defined in the frame
    std::vector<SourceRange> ranges;
    std::vector<const syntax::BracketItem*> computed;  ///< of these, with computed ranges
  };
  Brackets read_brackets(const syntax::Brackets& brackets, bool in_let);
  bool read_index(const syntax::BracketItem& item, bool in_let, Brackets& result);
  bool read_range(const syntax::BracketItem& item, bool in_let, Binding& binding);
  /// What values an end of a range may have: from `low` to a size less 1.
  struct EndBounds {
    std::optional<std::int64_t> low;
    std::optional<ir::Size> beyond;  ///< as the graph knows it
    bool exact = false;              ///< it is `low`, or `beyond` less 1
  };
  EndBounds bounds_of(const syntax::Expr& end, const Value& value);
  bool settle_range(Binding& index, const EndBounds& first, const EndBounds& last,
                    const SourceRange& range);
  Value computed_range(const syntax::BracketItem& item);
  /// The axes of indices with computed ranges, and the condition that selects the ranges from them.
  bool computed_ranges(Brackets& brackets, Value& filter);
  void find_places(const Brackets& brackets, const std::vector<const syntax::Expr*>& bodies);
  void forget(const Brackets& brackets);

  // --- reductions.cpp
  enum class Reduction {
    sum,
    mean,
    variance,
    prod,
    max,
    min,
    lse,
    argmax,
    argmin,
    count,
    any,
    all
  };
  static std::optional<Reduction> reduction_named(std::string_view name);
  Value reduce(Reduction reduction, const std::string& name, const syntax::Brackets* brackets,
               const syntax::Expr* body, const SourceRange& range);
  Value reduce_axes(Reduction reduction, const Value& body, const std::vector<ir::Axis>& axes,
                    const Value* filter, const SourceRange& range);
  ir::ExprId position(bool largest, const Value& body, ir::Axis axis, const Value* filter);
  Value counted_from(std::int64_t first, Value position);
  ir::ExprId fold(ir::ReduceOp op, ir::ExprId body, const std::vector<ir::Axis>& axes);
  ir::ExprId average(ir::ExprId body, const std::vector<ir::Axis>& axes, const Value* filter);
  bool axes_to_reduce(const Value& value, const Brackets* brackets, const SourceRange& range,
                      const std::string& name, std::vector<ir::Axis>& axes);
  Value without(Value value, const std::vector<ir::Axis>& axes);

  // --- vectors.cpp
  bool vector_axis(const syntax::Call& call, const Value& value, ir::Axis& axis);

  // --- calls.cpp, arguments.cpp
  Value call(const syntax::Call& call, const SourceRange& range);
  Value language_call(const syntax::Call& call, const LanguageFunction& row,
                      const SourceRange& range);
  bool check_arity(const syntax::Call& call, const LanguageFunction& row);
  Value inlined(const FunctionRef& callee, const syntax::Call& call, const SourceRange& range);
  bool may_call(const FunctionRef& callee, const syntax::Call& call, const SourceRange& range);
  struct Bound {
    const syntax::Parameter* parameter = nullptr;
    const syntax::Expr* argument = nullptr;  ///< null: the default
    Value value;
  };
  bool match_arguments(const FunctionRef& callee,
                       const std::vector<const syntax::Argument*>& arguments,
                       const SourceRange& range, std::vector<Bound>& bound);
  Value argument_value(const Bound& bound);
  Value option_argument(const Bound& bound);
  bool bind_sizes(const std::vector<Bound>& bound, Frame& frame, const SourceRange& range,
                  std::vector<std::pair<AxisName, AxisName>>& names);
  bool bind_size(const syntax::SizeExpr& spelled, const ir::Size& actual, const Bound& bound,
                 Frame& frame, std::map<std::string, std::string>& fixed_by);
  Value entered(const Bound& bound, Frame& frame, const ir::Graph::Substitution& lifted);
  Value returned(Value result, Frame& frame,
                 const std::vector<std::pair<ir::Axis, ir::Axis>>& lifted,
                 const std::vector<std::pair<AxisName, AxisName>>& names);
  Value body(Frame& frame, const SourceRange& range);

  // --- domains.cpp
  /// Whether the value may stand where `wanted` is asked for; a diagnostic with the mend if not.
  bool accepts(ir::Domain wanted, const Value& value, const SourceRange& range,
               const std::string& parameter, const std::string& callee);
  void suggest_mend(Report& report, ir::Domain wanted, const Value& value, const SourceRange& range,
                    const std::string& callee);
  bool lies_in(ir::Domain wanted, const Value& value);
  std::string found_text(const Value& value);
  analysis::Range range_of(const Value& value);
  analysis::Range range_of(ir::ExprId id);

  // --- numeric_domains.cpp
  void check_logarithm(std::string_view function, const Value& argument, double least,
                       const SourceRange& range);
  void check_root(std::string_view what, const Value& argument, const SourceRange& range);
  void check_divisor(const Value& divisor, const SourceRange& range);

  // --- types.cpp, declarations.cpp, statements.cpp
  bool declare_sizes(const syntax::FunctionDeclaration& declaration);
  bool declare_size(const syntax::SizeExpr& size);
  std::optional<ir::Array> array_of(const syntax::Parameter& parameter);
  bool domain_arguments(const syntax::Type& type, const syntax::Parameter& parameter,
                        ir::Array& array);
  bool class_arguments(const syntax::Type& type, ir::Array& array);
  bool option_words(const syntax::Type& type, ir::Array& array);
  bool role_of(const syntax::Parameter& parameter, ir::Array& array);
  void default_of(const syntax::Parameter& parameter, ir::Array& array);
  bool default_numbers(const syntax::Expr& expr, const ir::Array& array, std::size_t depth,
                       std::vector<ir::Number>& numbers);
  void declare_parameters(const syntax::FunctionDeclaration& declaration);
  Value parameter_value(const syntax::Parameter& parameter, const ir::Array& array, ir::ArrayId id);
  std::optional<ir::Size> size_of(const syntax::SizeExpr& size);
  void finish(const Value& result, const SourceRange& range);
  void unused_parameters();
  void require(const syntax::RequireStatement& statement, const SourceRange& range);
  bool proved(ir::ExprId condition);
  void clause(const syntax::ClauseStatement& statement, const SourceRange& range);
  void derivative_clause(const syntax::ClauseStatement& statement, const SourceRange& range);
  // given.cpp
  Value held(Value argument, const Bound& bound, Frame& frame);
  void derivative_of_call(const syntax::ClauseStatement& statement, Value value);
  Value pulled(Value result, const Frame& frame);
  bool structure_is_right(const syntax::FunctionDeclaration& declaration);
  ir::Output output(ir::OutputKind kind, const Value& value, ir::ArrayId array = {});

  // --- tests.cpp
  Value test_call(const FunctionRef& callee, const syntax::Call& call, ir::OutputKind kind,
                  const syntax::Name* subject, const SourceRange& range);
  Value test_derivative(const syntax::Call& call, const LanguageFunction& row,
                        const SourceRange& range);
  bool test_argument(const syntax::Expr& expr, const ir::Array& array, TestCall::Argument& result);
  bool literal_numbers(const syntax::Expr& expr, std::size_t depth, TestCall::Argument& result);
  bool constant_numbers(const Value& value, const SourceRange& range, TestCall::Argument& result);
  bool test_sizes(const ir::Function& callee, TestCall& call, const SourceRange& range);
  bool test_values(const ir::Function& callee, const TestCall& call, const SourceRange& range);

  struct Testing {
    std::vector<TestCall>* calls = nullptr;
    const LowerLoss* lower_loss = nullptr;
    const std::vector<ir::Function>* functions = nullptr;
    bool in_argument = false;  ///< where there are no calls: lowering one would move the functions
  };

  friend class FactScope;

  Session& session_;
  ir::Function& function_;
  ir::Graph& graph_;
  analysis::Ranges ranges_;
  Frame* frame_ = nullptr;
  std::vector<ir::ExprId> facts_;
  std::map<ir::ExprId, ir::Domain> assumed_;
  std::map<ir::Size, std::vector<ir::Axis>> free_axes_;
  Testing testing_;
  Report silenced_;
  std::size_t nesting_ = 0;
  std::size_t frames_ = 0;
  std::size_t evaluated_ = 0;
  std::size_t calls_ = 0;
  int next_scope_ = 1;
  bool quiet_ = false;
  bool failed_ = false;
  bool exhausted_ = false;
  bool untyped_ = false;           ///< a func by itself, with parameters of which nothing is known
  bool structure_silent_ = false;  ///< the parser has reported something in this declaration
};

/// What is learned in a branch ends with it.
class FactScope {
 public:
  explicit FactScope(Checker& checker) : checker_(checker), size_(checker.facts_.size()) {}
  ~FactScope() { checker_.facts_.resize(size_); }
  FactScope(const FactScope&) = delete;
  FactScope& operator=(const FactScope&) = delete;

 private:
  Checker& checker_;
  std::size_t size_;
};

}  // namespace lossc::sema
