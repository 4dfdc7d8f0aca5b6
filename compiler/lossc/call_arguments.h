// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A request as a call of the public interface: arrays in the loss's types, views of them, outputs
// of the right sizes. Includes the public headers: compiler headers go before it.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "compiler/lossc/evaluation.h"
#include "runtime/compiler_result.h"
//
#include "lossc/lossc.h"

namespace lossc::cli {

class CallArguments {
 public:
  explicit CallArguments(const EvaluationRequest& request);

  api::KernelOptions kernel_options() const;
  api::Inputs inputs() const { return inputs_; }
  const api::CallOptions& options() const { return options_; }
  /// The outputs, once the call has filled them.
  void collect(EvaluationResult& result) const;

 private:
  struct Buffer {
    std::string name;
    std::vector<std::int64_t> shape;
    std::vector<double> storage;  ///< room for the elements, of whatever type they are
  };
  api::View view_of(const Tensor& tensor, bool label);
  std::vector<std::int64_t> batch_shape() const;
  std::vector<std::int64_t> shape_like(const std::string& name) const;
  api::MutableView output(std::deque<Buffer>& buffers, const std::string& name,
                          std::vector<std::int64_t> shape);
  Tensor tensor_of(const Buffer& buffer) const;
  const ir::Array* array(const std::string& name) const;

  const EvaluationRequest& request_;
  std::deque<std::vector<std::int64_t>> labels_;
  std::deque<std::vector<float>> singles_;
  std::deque<Buffer> values_;
  std::deque<Buffer> gradients_;
  std::deque<Buffer> hessians_;
  std::deque<Buffer> products_;
  std::vector<api::Input> inputs_;
  api::CallOptions options_;
};

}  // namespace lossc::cli
