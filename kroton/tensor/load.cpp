// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/load.h"

#include <fmt/format.h>

#include "kroton/base/errors.h"
#include "kroton/base/text.h"
#include "kroton/graph/generic_type.h"
#include "kroton/ndarray/npy.h"
#include "kroton/tensor/detail/gradients.h"
#include "kroton/tensor/type.h"

namespace kroton::tensor {
LoadFromDisk::LoadFromDisk(DType dtype, std::vector<bool> broadcastable,
                           std::optional<std::string> mmap_mode)
    : dtype_(dtype), broadcastable_(std::move(broadcastable)), mmap_mode_(std::move(mmap_mode)) {
  if (mmap_mode_ && *mmap_mode_ != "c") {
    throw ValueError(
        fmt::format("load: mmap_mode is {}; leave it out to read the file, or pass 'c' to map it "
                    "copy-on-write",
                    base::quote(*mmap_mode_)));
  }
}

Apply LoadFromDisk::make_node(Inputs inputs) const {
  if (inputs.size() != 1)
    throw TypeError(fmt::format("load: {} inputs are given; it takes a path", inputs.size()));
  if (!dynamic_cast<const Generic*>(&inputs[0].type())) {
    throw TypeError(
        fmt::format("load: path {} is {}; it must be a string or a variable made by generic()",
                    inputs[0].text(), inputs[0].type().text()));
  }
  return Apply(*this, inputs, {TensorType(dtype_, broadcastable_)()});
}

Connections LoadFromDisk::connection_pattern(const Apply&) const { return {{true}}; }
Variables LoadFromDisk::grad(const Apply&, Variables) const {
  throw GradientError("grad: " + text() +
                      " is not differentiable; what a file holds is no function of its path");
}
Variables LoadFromDisk::r_op(const Apply& node, Variables) const { return no_change(node); }

void LoadFromDisk::perform(const Apply&, std::span<const Value> inputs,
                           std::span<Value> output_storage) const {
  if (!inputs[0].is_string()) {
    throw TypeError(fmt::format("load: path is {}; it must be a string", inputs[0].text()));
  }
  const std::string& path = inputs[0].as<std::string>();
  const NpyFile file(path, "load");
  const NpyHeader& header = file.header();
  if (header.dtype != dtype_) {
    throw TypeError(
        fmt::format("load: {} holds {}, the graph says {}; pass dtype {} or convert the file",
                    base::quote(path), name(header.dtype), name(dtype_), name(header.dtype)));
  }
  if (header.shape.size() != broadcastable_.size()) {
    throw TypeError(fmt::format(
        "load: {} holds shape {}, the graph says {} dimensions; pass a broadcastable of {} flags",
        base::quote(path), shape_text(header.shape), broadcastable_.size(), header.shape.size()));
  }
  for (std::size_t i = 0; i < broadcastable_.size(); ++i) {
    if (broadcastable_[i] && header.shape[i] != 1) {
      throw TypeError(fmt::format(
          "load: {} holds shape {}, the graph says that axis {} is broadcastable; its length "
          "must be 1",
          base::quote(path), shape_text(header.shape), i));
    }
  }
  output_storage[0] = mmap_mode_ ? file.map() : file.read();
}

Variable load(const Variable& path, DType dtype, std::vector<bool> broadcastable,
              std::optional<std::string> mmap_mode, std::source_location line) {
  const CreationLine scope(line);
  return LoadFromDisk(dtype, std::move(broadcastable), std::move(mmap_mode))
      .make_node({path})
      .outputs()[0];
}
Variable load(const std::string& path, DType dtype, std::vector<bool> broadcastable,
              std::optional<std::string> mmap_mode, std::source_location line) {
  return load(Constant(Generic(), path), dtype, std::move(broadcastable), std::move(mmap_mode),
              line);
}
}  // namespace kroton::tensor
