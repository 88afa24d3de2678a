// SPDX-License-Identifier: BSD-3-Clause
// The whole op list on devices: every row of ops.def and every op class of the library computes on
// a device what it computes on the host, or stands in docs/gpu.md with the reason why it stays on
// the host. A new op that is neither fails here.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <set>

#include "contexts.h"
#include "kroton/gpuarray/transfer.h"
#include "kroton/ndarray/cast.h"
#include "op_cases.h"
#include "tests/support/source_text.h"

using namespace kroton;
using namespace gpuarray_test;
namespace T = kroton::tensor;
namespace fs = std::filesystem;
using source_text::matches;
using source_text::text_of;

namespace {
// Every class of ops but those of devices themselves and of messages.
std::set<std::string> op_classes() {
  std::set<std::string> all;
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(KROTON_SOURCE) / "kroton")) {
    const fs::path path = entry.path();
    if (path.extension() != ".h" && path.extension() != ".cpp") continue;
    const std::string where = path.generic_string();
    if (where.find("/gpuarray/") != where.npos || where.find("/distributed/") != where.npos)
      continue;
    all.merge(matches(text_of(fs::relative(path, KROTON_SOURCE)),
                      "class (?:KROTON_API )?(\\w+)(?: final)? : public "
                      "(?:OpOf<|Op\\b|ExternalCOp\\b|MarkerOf<|GradientMarker\\b)"));
  }
  for (const char* base : {"OpOf", "MarkerOf", "GradientMarker", "ExternalCOpOf"}) all.erase(base);
  return all;
}

// The ops that the page lists with a reason.
std::set<std::string> stay_on_host() {
  const std::string page = text_of("docs/gpu.md");
  const std::string title = "\n## What stays on the host\n";
  const std::size_t begin = page.find(title);
  EXPECT_NE(begin, page.npos);
  const std::string section = page.substr(begin, page.find("\n## ", begin + 4) - begin);
  std::set<std::string> all;
  for (const std::string& names : matches(section, "\n\\| (`[^|]*`) \\| [^|]+\\.? \\|"))
    all.merge(matches(names, "`(\\w+)`"));
  return all;
}

Variable variable_of(const NDArray& value, bool there) {
  const std::vector<bool> open(value.ndim(), false);
  if (there) return GpuArrayType(value.dtype(), open, "dev0")("x");
  return T::tensor(value.dtype(), open, "x");
}

// What runs on the host though it could do its work where its inputs lie.
std::string left_on_host(const Function& f) {
  std::string text;
  for (const Apply& node : f.nodes()) {
    const bool looks = as<T::ShapeOf>(node) || as<T::Shape_i>(node) || as<HostFromGpu>(node);
    const bool from_device = std::any_of(
        node.inputs().begin(), node.inputs().end(),
        [](const Variable& x) { return gpuarray::context_of(x) || as<HostFromGpu>(x.owner()); });
    if (looks || !from_device || gpuarray::context_of(node.outputs()[0])) continue;
    text += node.op().text() + " ";
  }
  return text;
}
bool names_op(const Function& f, const std::string& op) {
  for (const Apply& node : f.nodes()) {
    if (op == "CAReduce" || op == "Gemm" || op == "Fused")
      return true;  // they name what they compute
    if (node.op().text().find(op) != std::string::npos) return true;
  }
  return false;
}

// Bit for bit, where NaNs are one; or within RTOL of the largest element.
std::string difference(const NDArray& found, const NDArray& expected, double rtol) {
  if (found.dtype() != expected.dtype() || found.shape() != expected.shape())
    return Value(found).text() + " instead of " + Value(expected).text();
  const NDArray a = found.copy(), b = expected.copy();
  const std::size_t size = itemsize(a.dtype());
  const auto x = a.astype(float64).to_vector<double>(), y = b.astype(float64).to_vector<double>();
  double scale = 0;
  for (const double value : y) scale = std::max(scale, std::isfinite(value) ? std::abs(value) : 0);
  const auto *first = static_cast<const char*>(a.raw()),
             *second = static_cast<const char*>(b.raw());
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (std::isnan(x[i]) && std::isnan(y[i])) continue;
    if (rtol > 0 ? std::abs(x[i] - y[i]) <= rtol * scale
                 : std::memcmp(first + i * size, second + i * size, size) == 0)
      continue;
    return "element " + std::to_string(i) + " is " + std::to_string(x[i]) + " instead of " +
           std::to_string(y[i]);
  }
  return "";
}

Outputs called(const Function& f, const std::vector<NDArray>& at) {
  std::vector<CallArgument> arguments;
  for (const NDArray& value : at) arguments.emplace_back(value);
  return f.call(arguments);
}

void check(const OpCase& given, const Mode& mode, bool as_written) {
  Variables there, here;
  for (std::size_t i = 0; i < given.at.size(); ++i) {
    const bool moved = i + static_cast<std::size_t>(given.host) < given.at.size();
    there.push_back(variable_of(given.at[i], moved));
    here.push_back(variable_of(given.at[i], false));
  }
  const FunctionOptions options{.mode = mode};
  const Function device = function(there, given.graph(there), options),
                 host = function(here, given.graph(here), options);
  EXPECT_EQ(left_on_host(device), "") << debugprint(device);
  EXPECT_TRUE(!as_written || names_op(device, given.op)) << debugprint(device);
  const Outputs found = called(device, given.at), expected = called(host, given.at);
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t o = 0; o < found.size(); ++o)
    EXPECT_EQ(difference(found.array(o), expected.array(o), given.rtol), "") << "output " << o;
}
}  // namespace

TEST(OpList, every_op_runs_on_devices_or_is_listed_with_the_reason) {
  const std::set<std::string> classes = op_classes(), listed = stay_on_host();
  EXPECT_GT(classes.size(), 50u);
  std::set<std::string> lifted;
  for (const OpCase& given : op_cases()) lifted.insert(given.op);
  for (const std::string& op : classes) {
    EXPECT_NE(lifted.contains(op), listed.contains(op))
        << op
        << (lifted.contains(op)
                ? " has a case and is listed in docs/gpu.md as one that stays on the host"
                : " has no case in op_cases.cpp, nor a reason in docs/gpu.md");
  }
  for (const std::set<std::string>& names : {lifted, listed}) {
    for (const std::string& op : names) EXPECT_TRUE(classes.contains(op)) << op << " is no op";
  }
}

TEST(OpList, C6_8_every_op_computes_on_the_device_what_it_computes_on_the_host) {
  NEEDS_DEVICE();
  for (const OpCase& given : op_cases()) {
    if (given.fused) continue;
    SCOPED_TRACE(given.op + ", " + given.what);
    check(given, Mode("vm", "None").including("gpuarray"), true);
  }
}

TEST(OpList, C6_8_every_op_does_so_in_the_default_mode) {
  NEEDS_DEVICE();
  for (const OpCase& given : op_cases()) {
    SCOPED_TRACE(given.op + ", " + given.what);
    check(given, "FAST_RUN", given.fused);
  }
}

namespace {
// Which rows are asked for with arguments of dtype D: those that take it, and where another dtype
// computes for it only the cheap ones, whose value is that of the other one.
bool asks_for(const scalars::Row& row, DType d) {
  const std::vector<DType> in(static_cast<std::size_t>(row.nin), d);
  try {
    const scalars::Typing typing = scalars::typing(row, in);
    if (is_complex(typing.output) || is_complex(typing.compute)) return false;
    return typing.compute == d || row.cost < 20;
  } catch (const TypeError&) {
    return false;
  }
}

std::vector<NDArray> arguments_of(DType d, int nin) {
  const NDArray values = load_npy(std::string(SCALARS_DATA) + "/values_" + name(d) + ".npy");
  const std::int64_t all = static_cast<std::int64_t>(values.size()), n = nin == 1   ? all
                                                                         : nin == 2 ? 16
                                                                                    : 8;
  std::int64_t total = 1;
  for (int i = 0; i < nin; ++i) total *= n;
  std::vector<NDArray> out;
  for (int k = 0; k < nin; ++k) {
    NDArray argument = NDArray::zeros({total}, d);
    for (std::int64_t i = 0; i < total; ++i) {
      std::int64_t rest = i;
      for (int below = nin - 1; below > k; --below) rest /= n;
      const std::size_t size = itemsize(d);
      std::memcpy(
          static_cast<char*>(argument.raw()) + static_cast<std::size_t>(i) * size,
          static_cast<const char*>(values.raw()) + static_cast<std::size_t>(rest % n) * size, size);
    }
    out.push_back(argument);
  }
  return out;
}

void check_rows(DType d) {
  const Mode mode = Mode("vm", "None").including("gpuarray:fusion");
  for (int nin = 1; nin <= 3; ++nin) {
    SCOPED_TRACE(name(d) + ", " + std::to_string(nin) + " inputs");
    const std::vector<NDArray> at = arguments_of(d, nin);
    Variables there, here, outputs_there, outputs_here;
    for (const NDArray& value : at) {
      there.push_back(variable_of(value, true));
      here.push_back(variable_of(value, false));
    }
    std::vector<std::string> names;
    for (const scalars::Row* row : scalars::rows()) {
      if (row->nin != nin || !asks_for(*row, d)) continue;
      names.push_back(row->name);
      outputs_there.push_back(T::elementwise(*row, there));
      outputs_here.push_back(T::elementwise(*row, here));
    }
    if (names.empty()) continue;
    const Function device = function(there, outputs_there, {.mode = mode}),
                   host = function(here, outputs_here, {.mode = mode});
    EXPECT_EQ(left_on_host(device), "");
    const Outputs found = called(device, at), expected = called(host, at);
    for (std::size_t o = 0; o < names.size(); ++o)
      EXPECT_EQ(difference(found.array(o), expected.array(o), 0), "") << names[o];
  }
}
}  // namespace

class OpListRows : public testing::TestWithParam<DType> {};
TEST_P(OpListRows, C6_8_every_row_of_ops_def_gives_the_hosts_bits) {
  NEEDS_DEVICE();
  check_rows(GetParam());
}
INSTANTIATE_TEST_SUITE_P(dtype, OpListRows,
                         testing::Values(bool_, int8, int16, int32, int64, uint8, uint16, uint32,
                                         uint64, float16, bfloat16, float32, float64),
                         [](const auto& given) { return name(given.param); });
