// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Trains one linear classifier twice on an imbalanced question, "is this digit an 8?", once with
// binary cross-entropy and once with focal loss. Both losses are .loss files, compiled when the
// program runs; the program itself contains no derivative of either.
#include <lossc/lossc.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

namespace {

constexpr std::size_t pixels = 64;
constexpr float wanted_digit = 8;

/// Rows of pixels scaled to [0, 1], and 1 where the digit is the one asked for.
struct Examples {
  std::vector<float> x;
  std::vector<float> y;
  std::size_t count() const { return y.size(); }
};

/// Every fourth row is for testing. Returns false if the file cannot be read.
bool read(const std::string& path, Examples& train, Examples& test) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) return false;  // the header
  for (std::size_t row = 0; std::getline(file, line); ++row) {
    Examples& part = row % 4 == 3 ? test : train;
    std::istringstream fields(line);
    std::string field;
    for (std::size_t i = 0; i <= pixels; ++i) {
      if (!std::getline(fields, field, ',')) return false;
      const float value = std::stof(field);
      if (i < pixels) {
        part.x.push_back(value / 16);
      } else {
        part.y.push_back(value == wanted_digit ? 1.0f : 0.0f);
      }
    }
  }
  return true;
}

struct Linear {
  std::vector<float> w = std::vector<float>(pixels, 0.0f);
  float b = 0;

  void scores(const Examples& data, std::vector<float>& z) const {
    for (std::size_t i = 0; i < data.count(); ++i) {
      float sum = b;
      for (std::size_t k = 0; k < pixels; ++k) sum += w[k] * data.x[i * pixels + k];
      z[i] = sum;
    }
  }
};

/// What one sees of a classifier: counts at the threshold ½, and how honest its probabilities are.
struct Report {
  double accuracy = 0;
  double recall = 0;
  double precision = 0;
  double calibration_error =
      0;  ///< Σ over ten bins of |mean p − share of positives| · share of rows
};

Report judged(const Linear& model, const Examples& data) {
  std::vector<float> z(data.count());
  model.scores(data, z);
  double right = 0, hits = 0, positives = 0, claimed = 0;
  double p_sum[10] = {}, y_sum[10] = {};
  for (std::size_t i = 0; i < z.size(); ++i) {
    const double p = 1 / (1 + std::exp(-static_cast<double>(z[i])));
    const bool says = p > 0.5, is = data.y[i] > 0.5f;
    right += says == is;
    hits += says && is;
    positives += is;
    claimed += says;
    const int bin = std::min(9, static_cast<int>(p * 10));
    p_sum[bin] += p;
    y_sum[bin] += is;
  }
  const double n = static_cast<double>(z.size());
  Report report{right / n, hits / positives, claimed > 0 ? hits / claimed : 0, 0};
  for (int bin = 0; bin < 10; ++bin) {
    report.calibration_error += std::fabs(p_sum[bin] - y_sum[bin]) / n;
  }
  return report;
}

void show_progress(const std::string& name, int epoch, int epochs, double loss) {
  if (!isatty(STDERR_FILENO)) return;
  const int filled = 30 * epoch / epochs;
  std::fprintf(stderr, "\r%-6s [%-30s] %4d/%d  loss %.6f", name.c_str(),
               std::string(static_cast<std::size_t>(filled), '#').c_str(), epoch, epochs, loss);
  if (epoch == epochs) std::fputc('\n', stderr);
}

/// Gradient descent with momentum on the whole training set. The kernel gives the mean loss and its
/// gradient by every score in one sweep; the rest is two matrix products.
bool train(const lossc::Kernel& loss, const std::string& name, const Examples& data, Linear& model,
           double& final_loss) {
  constexpr int epochs = 2000;
  constexpr float rate = 4, momentum = 0.9f;
  std::vector<float> z(data.count()), dz(data.count()), velocity(pixels + 1, 0.0f);
  for (int epoch = 1; epoch <= epochs; ++epoch) {
    model.scores(data, z);
    const auto result = loss.call({{"z", z}, {"y", data.y}}, {.gradients = {{"z", dz}}});
    if (!result) {
      std::cerr << name << ": " << result.error().message << '\n';
      return false;
    }
    std::vector<float> gradient(pixels + 1, 0.0f);
    for (std::size_t i = 0; i < data.count(); ++i) {
      for (std::size_t k = 0; k < pixels; ++k) gradient[k] += dz[i] * data.x[i * pixels + k];
      gradient[pixels] += dz[i];
    }
    for (std::size_t k = 0; k <= pixels; ++k) {
      velocity[k] = momentum * velocity[k] - rate * gradient[k];
      (k < pixels ? model.w[k] : model.b) += velocity[k];
    }
    final_loss = result->value;
    if (epoch % 20 == 0) show_progress(name, epoch, epochs, final_loss);
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string data = argc > 1 ? argv[1] : "examples/data/digits.csv";
  const std::string folder = argc > 2 ? argv[2] : "examples/01-focal-classifier";
  Examples training, testing;
  if (!read(data, training, testing)) {
    std::cerr << "cannot read " << data << " (give its path as the first argument)\n";
    return 1;
  }
  std::printf("%zu images to train on, %zu to test on; %.1f %% show an 8.\n\n", training.count(),
              testing.count(),
              100.0 * static_cast<double>(std::count(training.y.begin(), training.y.end(), 1.0f)) /
                  static_cast<double>(training.count()));

  lossc::Engine engine;
  std::printf("%-6s  %-10s  %-9s  %-7s  %-9s  %s\n", "loss", "train loss", "accuracy", "recall",
              "precision", "calibration error");
  for (const std::string name : {"bce", "focal"}) {
    const auto module = engine.load_file(folder + "/" + name + ".loss");
    if (!module) {
      std::cerr << module.error().message;
      return 1;
    }
    lossc::KernelOptions options{.gradients = {"z"}};
    // What is bound when compiling is a constant: γ = 2 becomes a square, not a power.
    if (name == "focal") options.bind = {{"gamma", 2.0}, {"alpha", 0.75}};
    const auto kernel = module->kernel(name, options);
    if (!kernel) {
      std::cerr << kernel.error().message << '\n';
      return 1;
    }
    Linear model;
    double loss = 0;
    if (!train(*kernel, name, training, model, loss)) return 1;
    const Report report = judged(model, testing);
    std::printf("%-6s  %-10.5f  %6.1f %%   %4.1f %%   %6.1f %%   %.3f\n", name.c_str(), loss,
                100 * report.accuracy, 100 * report.recall, 100 * report.precision,
                report.calibration_error);
  }
  std::printf(
      "\nFocal loss (alpha = 0.75) finds more of the rare 8s and pays in calibration: its\n"
      "probabilities are deliberately less extreme than the truth. Which of the two is right is\n"
      "your decision; what it costs to try is one line in a .loss file.\n");
  return 0;
}
