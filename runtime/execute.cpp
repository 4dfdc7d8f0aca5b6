// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/execute.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "runtime/float_environment.h"
#include "runtime/messages.h"
#include "runtime/planner.h"
#include "runtime/task.h"

namespace lossc::runtime {
namespace {

std::int64_t elements_of(const Operand& operand) {
  std::int64_t count = 1;
  for (const std::int64_t size : operand.sizes) count *= size;
  return count;
}

class Execution {
 public:
  Execution(const Plan& plan, Workspace& workspace, ThreadPool& pool)
      : plan_(plan), workspace_(workspace), pool_(pool) {}

  api::Result<api::Evaluation> run() {
    std::fill(workspace_.results.begin(), workspace_.results.end(), TaskResult{});
    std::fill(workspace_.planes.begin(), workspace_.planes.end(), 0.0);
    if (plan_.code.labels != nullptr) {
      each_task([](Task& task, std::int64_t first, std::int64_t last, std::int64_t) {
        task.check_labels(first, last);
      });
      for (const TaskResult& result : workspace_.results) {
        if (result.bad_argument >= 0) return bad_label(result);
      }
    }
    const Pair divisor = divisor_sum();
    const double total = divisor.value();
    double scale = 1;
    if (plan_.reduction == api::Reduction::mean) scale = total == 0 ? 0 : 1 / total;
    each_task([&](Task& task, std::int64_t first, std::int64_t last, std::int64_t index) {
      double* planes = workspace_.planes.data() + index * workspace_.plane_size;
      task.compute(first, last, scale, planes, workspace_.plane_offsets);
    });
    for (const TaskResult& result : workspace_.results) {
      if (result.failed) {
        return call_error(
            api::ErrorCode::failed, "",
            plan_.program->name + ": a subscript was out of range, or argmax of nothing");
      }
    }
    store_param_gradients();
    if (plan_.reduction == api::Reduction::mean && total == 0) clear_gradients();
    return evaluation(combined(&TaskResult::value), divisor);
  }

 private:
  /// body(task, first, last, index) for every task.
  template <class Body>
  void each_task(Body body) {
    const auto one = [&](std::int64_t index, TaskFrames& frames) {
      const FloatEnvironment environment;
      Task task(plan_, frames, workspace_.results[static_cast<std::size_t>(index)]);
      const std::int64_t first = index * plan_.chunk;
      const std::int64_t last = std::min(plan_.examples - first, plan_.chunk) + first;
      body(task, first, last, index);
    };
    if (workspace_.tasks == 1) return one(0, workspace_.frames);
    pool_.run(static_cast<std::size_t>(workspace_.tasks), plan_.threads, [&](std::size_t index) {
      TaskFrames frames = workspace_.frames;
      one(static_cast<std::int64_t>(index), frames);
    });
  }

  /// The tasks' sums as a tree: neighbours, then pairs of neighbours, and so on.
  Pair combined(Pair TaskResult::*member) {
    std::vector<TaskResult>& results = workspace_.results;
    if (results.empty()) return {};
    for (std::size_t step = 1; step < results.size(); step *= 2) {
      for (std::size_t i = 0; i + step < results.size(); i += 2 * step) {
        results[i].*member = results[i].*member + results[i + step].*member;
      }
    }
    return results[0].*member;
  }

  Pair divisor_sum() {
    if (plan_.code.divisor == nullptr && !plan_.weights.present) {
      return {static_cast<double>(plan_.examples), 0};
    }
    each_task([](Task& task, std::int64_t first, std::int64_t last, std::int64_t) {
      task.add_divisors(first, last);
    });
    return combined(&TaskResult::divisor);
  }

  api::Error bad_label(const TaskResult& result) const {
    const auto index = static_cast<std::size_t>(result.bad_argument);
    const Parameter& parameter = plan_.program->parameters[index];
    std::int64_t classes = parameter.classes.offset;
    for (std::size_t i = 0; i < plan_.program->sizes.size(); ++i) {
      const Extent& size = plan_.program->sizes[i];
      const Extent& wanted = parameter.classes;
      if (size.symbol == wanted.symbol && size.offset == wanted.offset) classes = plan_.extents[i];
    }
    api::Error error =
        call_error(api::ErrorCode::label_out_of_range, parameter.name,
                   "label " + std::to_string(result.bad_value) + " of " + quoted(parameter.name) +
                       " in example " + std::to_string(result.bad_example) + " is out of range: " +
                       (classes > 0 ? "its classes are 0 to " + std::to_string(classes - 1)
                                    : std::string("there are no classes")));
    error.example = result.bad_example;
    return error;
  }

  void store(const Operand& operand, std::int64_t offset, double value) const {
    char* place = operand.data + offset * operand.element_bytes;
    if (operand.element_bytes == 4) {
      const auto single = static_cast<float>(value);
      std::memcpy(place, &single, sizeof single);
    } else {
      std::memcpy(place, &value, sizeof value);
    }
  }

  /// value(element) stored at every place of a shared array, row-major.
  template <class Value>
  void store_all(const Operand& operand, std::int64_t base, Value value) const {
    const std::int64_t count = elements_of(operand);
    for (std::int64_t element = 0; element < count; ++element) {
      std::int64_t offset = base;
      std::int64_t rest = element;
      for (std::size_t i = operand.sizes.size(); i-- > 0;) {
        offset += rest % operand.sizes[i] * operand.strides[i];
        rest /= operand.sizes[i];
      }
      store(operand, offset, value(element));
    }
  }

  void store_param_gradients() const {
    for (std::size_t i = 0; i < plan_.outputs.size(); ++i) {
      const std::int64_t plane = workspace_.plane_offsets[i];
      if (plane < 0) continue;
      const std::int64_t count = elements_of(plan_.outputs[i]);
      store_all(plan_.outputs[i], 0, [&](std::int64_t element) {
        Pair sum;
        for (std::int64_t task = 0; task < workspace_.tasks; ++task) {
          const double* high = workspace_.planes.data() + task * workspace_.plane_size + plane;
          sum = sum + normalised(high[element], high[element + count]);
        }
        return sum.value();
      });
    }
  }

  /// Where the mean divides by 0 its gradient is 0, even by what is infinite.
  void clear_gradients() const {
    for (const Operand& output : plan_.outputs) {
      if (!output.per_example) {
        store_all(output, 0, [](std::int64_t) { return 0.0; });
        continue;
      }
      for (std::int64_t example = 0; example < plan_.examples; ++example) {
        std::int64_t base = 0;
        std::int64_t rest = example;
        for (std::size_t axis = plan_.batch.size(); axis-- > 0;) {
          base += rest % plan_.batch[axis] * output.batch_strides[axis];
          rest /= plan_.batch[axis];
        }
        store_all(output, base, [](std::int64_t) { return 0.0; });
      }
    }
  }

  api::Evaluation evaluation(const Pair& value, const Pair& divisor) const {
    api::Evaluation result;
    result.value_sum = {value.high, value.low};
    result.divisor_sum = {divisor.high, divisor.low};
    result.divisor = divisor.value();
    const double nothing = std::numeric_limits<double>::quiet_NaN();
    if (!plan_.program->wants_value || plan_.reduction == api::Reduction::none) {
      result.value = nothing;
    } else if (plan_.reduction == api::Reduction::sum) {
      result.value = value.value();
    } else {
      result.value = result.divisor == 0 ? 0 : value.value() / result.divisor;
    }
    return result;
  }

  const Plan& plan_;
  Workspace& workspace_;
  ThreadPool& pool_;
};

}  // namespace

Workspace::Workspace(const Plan& plan) : frames(task_frames(plan)) {
  tasks = (plan.examples + plan.chunk - 1) / plan.chunk;
  results.resize(static_cast<std::size_t>(tasks));
  for (const Operand& output : plan.outputs) {
    plane_offsets.push_back(output.per_example ? -1 : plane_size);
    if (!output.per_example) plane_size += 2 * elements_of(output);
  }
  planes.resize(static_cast<std::size_t>(plane_size * tasks));
}

api::Result<api::Evaluation> execute(const Plan& plan, Workspace& workspace, ThreadPool& pool) {
  return Execution(plan, workspace, pool).run();
}

}  // namespace lossc::runtime
