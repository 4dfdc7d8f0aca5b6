// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Making a Plan, step by step; each step may end it with an Error. See plan.h.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runtime/plan.h"

namespace lossc::runtime {

/// No value, or why not: steps return it so that a chain of them reads as a list.
using Failure = std::optional<api::Error>;

api::Error call_error(api::ErrorCode code, const std::string& argument, std::string message);

class Planner {
 public:
  Planner(const std::shared_ptr<const Program>& program, const api::Inputs& inputs,
          const api::CallOptions& options, unsigned threads);

  api::Result<Plan> plan();

 private:
  /// Where a param, pred or target comes from.
  struct Source {
    api::View view;
    std::optional<std::vector<double>> numbers;  ///< by value
    bool repeated = false;                       ///< one number for all elements
  };

  // planner_arguments.cpp: names and values
  Failure assign_inputs(const api::Inputs& inputs);
  Failure assign_directions();
  Failure assign_params();
  Failure assign_source(std::size_t index, Source source);
  Failure unknown_argument(const std::string& name) const;
  Failure require_arguments() const;
  Failure lay_out_numbers(std::size_t index);
  Failure check_param_values(std::size_t index);
  Failure check_requirements();

  // planner_shapes.cpp: sizes, batch and strides
  Failure check_view(const api::View& view, const std::string& name, bool label) const;
  Failure fix_sizes();
  Failure fix_extent(const Extent& extent, std::int64_t found, const std::string& name,
                     std::size_t axis);
  Failure assign_sizes();
  Failure lay_out_input(std::size_t index);
  Failure fix_batch(const std::vector<std::int64_t>& sizes, const std::string& name);
  Failure lay_out_view(Operand& operand, const api::View& view, std::size_t declared,
                       bool per_example);
  Failure lay_out_host(Operand& operand, const api::View& view, const std::string& name);
  Failure lay_out_outputs();
  Failure lay_out_output(std::size_t position, const api::MutableView& view);
  Failure check_null_pointers() const;
  std::int64_t extent_of(const Extent& extent) const;
  void join_batch();
  void choose_variant(Variant& variant) const;
  void choose_chunk();

  const Program& program_;
  const api::CallOptions& options_;
  api::Inputs inputs_;
  Plan plan_;
  std::vector<std::optional<Source>> sources_;              ///< by parameter
  std::vector<std::optional<std::int64_t>> symbol_values_;  ///< by symbol
  std::vector<std::string> symbol_sources_;                 ///< what fixed it, for messages
  std::optional<std::vector<std::int64_t>> batch_sizes_;
  std::string batch_source_;
};

}  // namespace lossc::runtime
