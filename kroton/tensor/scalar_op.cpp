// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/scalar_op.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <mutex>

#include "kroton/base/errors.h"
#include "kroton/base/text.h"
#include "kroton/jit/compiler.h"
#include "kroton/kernel/prelude/prelude.h"

namespace kroton::tensor {
namespace {
constexpr unsigned bit(DType d) { return 1u << static_cast<int>(d); }

bool is_identifier(const std::string& name) {
  return !name.empty() && !std::isdigit(static_cast<unsigned char>(name[0])) &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return std::isalnum(static_cast<unsigned char>(c)) || c == '_';
         });
}

// The expression as a host function, for the interpreter and constant folding: compiled, so that it
// is the value that kernels compute.
kernel::HostFunction compile_host(const kernel::ScalarFunction& f, DType compute) {
  const std::vector<std::string> called = kernel::called_names(f, compute);
  if (!std::all_of(called.begin(), called.end(), kernel::prelude_has)) return nullptr;
  const char* type = kernel::value_type(compute);
  std::string text = kernel::prelude_text(kernel::Dialect::c, called) +
                     "void host(const void* const* arguments, void* result) {\n";
  constexpr const char* letters[] = {"x", "y", "z"};
  for (int i = 0; i < f.nin; ++i)
    text += fmt::format("  const {0} {1} = *(const {0}*)arguments[{2}];\n", type, letters[i], i);
  text +=
      fmt::format("  *({0}*)result = ({0})({1});\n}}\n", type, kernel::suffixed_text(f, compute));
  const auto module = jit::compile({.text = text, .symbols = {"host"}, .label = f.name});
  if (!module) return nullptr;
  // Few and small: they stay, since kernels hold on to the plain pointer.
  static std::mutex lock;
  static auto& kept = *new std::vector<std::shared_ptr<jit::Module>>;
  const std::lock_guard guard(lock);
  kept.push_back(module);
  return module->function<void(const void* const*, void*)>("host");
}
}  // namespace

Elemwise scalar_op(ScalarOpOptions options) {
  if (!is_identifier(options.name)) {
    throw ValueError("scalar_op: the name " + base::quote(options.name) +
                     " is no identifier; use letters, digits and _");
  }
  if (base::trim(options.value).empty()) {
    throw ValueError("scalar_op: " + options.name +
                     " has no value; give a C expression over x, y and z");
  }
  if (options.nin < 1 || options.nin > 3) {
    throw ValueError(
        fmt::format("scalar_op: {} has {} inputs; it must have 1 to 3", options.name, options.nin));
  }
  auto row = std::make_shared<scalars::Row>();
  row->name = std::move(options.name);
  row->nin = options.nin;
  row->text = std::move(options.value);
  row->cost = row->traits.cost = options.cost;
  row->rule = options.rule;
  row->computes = bit(float32) | bit(float64) | bit(int8) | bit(int16) | bit(int32) | bit(int64) |
                  bit(uint8) | bit(uint16) | bit(uint32) | bit(uint64);
  row->gradient = options.gradient;
  row->doc = std::move(options.doc);
  const kernel::ScalarFunction plain = *row;
  row->host = [plain, known = std::make_shared<std::map<DType, kernel::HostFunction>>(),
               lock = std::make_shared<std::mutex>()](DType compute) {
    const std::lock_guard guard(*lock);
    const auto [found, fresh] = known->try_emplace(compute, nullptr);
    if (fresh) found->second = compile_host(plain, compute);
    return found->second;
  };
  return Elemwise(std::move(row));
}
}  // namespace kroton::tensor
