// SPDX-License-Identifier: BSD-3-Clause
// Arrays from .npy files, in the graph.
//   auto path = generic("path");
//   auto y = load(path, int64, {false}) * 2;         // reads the file at each call
// mmap_mode "c" maps the file copy-on-write instead of reading it: only the parts that are used are
// read, and writing into the array leaves the file as it is. A file that another program shortens
// while it is mapped ends the process with SIGBUS: nobody can catch that safely. Not
// differentiable; never folded, for a file is state. Source: Theano's tensor/io.py.
#pragma once
#include <optional>
#include <source_location>
#include <string>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/graph/op.h"

namespace kroton::tensor {
class KROTON_API LoadFromDisk : public OpOf<LoadFromDisk> {
 public:
  // ValueError for an MMAP_MODE other than nullopt and "c".
  LoadFromDisk(DType dtype, std::vector<bool> broadcastable,
               std::optional<std::string> mmap_mode = std::nullopt);
  DType dtype() const { return dtype_; }
  const std::vector<bool>& broadcastable() const { return broadcastable_; }
  const std::optional<std::string>& mmap_mode() const { return mmap_mode_; }

  Apply make_node(Inputs inputs) const override;
  Connections connection_pattern(const Apply& node) const override;
  Variables grad(const Apply& node, Variables gz) const override;
  Variables r_op(const Apply& node, Variables eval_points) const override;
  void perform(const Apply& node, std::span<const Value> inputs,
               std::span<Value> output_storage) const override;
  Effect effect() const override { return Effect::reads_state; }

 private:
  DType dtype_;
  std::vector<bool> broadcastable_;
  std::optional<std::string> mmap_mode_;

 public:
  static constexpr std::string_view op_name = "Load";
  static constexpr auto fields = std::tuple{Field{"dtype", &LoadFromDisk::dtype_},
                                            Field{"broadcastable", &LoadFromDisk::broadcastable_},
                                            Field{"mmap_mode", &LoadFromDisk::mmap_mode_}};
};

// PATH: a Generic variable that holds a string. TypeError when the file holds another dtype or
// number of axes, or another length than 1 on a broadcastable axis; every error names the file.
KROTON_API Variable load(const Variable& path, DType dtype, std::vector<bool> broadcastable,
                         std::optional<std::string> mmap_mode = std::nullopt,
                         std::source_location line = std::source_location::current());
KROTON_API Variable load(const std::string& path, DType dtype, std::vector<bool> broadcastable,
                         std::optional<std::string> mmap_mode = std::nullopt,
                         std::source_location line = std::source_location::current());
}  // namespace kroton::tensor
