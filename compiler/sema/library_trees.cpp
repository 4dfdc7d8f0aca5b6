// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Trees are never changed once they are here, so threads share them.

#include "compiler/sema/library_trees.h"

#include <map>
#include <mutex>
#include <utility>

#include "compiler/syntax/parse.h"

namespace lossc::sema {

namespace {

/// Bounds the memory: a module is seldom beyond the first few files of a compilation.
constexpr std::size_t most_numbers = 8;

class Trees {
 public:
  using Key = std::pair<std::string, std::size_t>;

  std::shared_ptr<const syntax::File> find(const Key& key) {
    const std::lock_guard lock(mutex_);
    const auto found = trees_.find(key);
    return found == trees_.end() ? nullptr : found->second;
  }

  void keep(const Key& key, std::shared_ptr<const syntax::File> tree) {
    const std::lock_guard lock(mutex_);
    trees_.emplace(key, std::move(tree));
  }

 private:
  std::mutex mutex_;
  std::map<Key, std::shared_ptr<const syntax::File>> trees_;
};

Trees& trees() {
  // Never destroyed: something may be compiled while other statics end.
  static Trees& instance = *new Trees;
  return instance;
}

}  // namespace

std::shared_ptr<const syntax::File> library_tree(const std::string& module, FileId file,
                                                 Diagnostics& diagnostics) {
  const Trees::Key key{module, file.index};
  if (auto known = trees().find(key)) return known;
  const std::size_t before = diagnostics.reports().size();
  auto tree = std::make_shared<const syntax::File>(syntax::parse(file, diagnostics));
  const bool silent = diagnostics.reports().size() == before;
  if (silent && file.index < most_numbers) trees().keep(key, tree);
  return tree;
}

}  // namespace lossc::sema
