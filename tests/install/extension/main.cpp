// SPDX-License-Identifier: BSD-3-Clause
// A new type and two ops of its own, run by each linker.
#include <kroton/kroton.h>

#include <cmath>
#include <iostream>
#include <vector>

using namespace kroton;

namespace {
// A point of the plane: two doubles in C, an array of two in C++.

class PointType final : public TypeOf<PointType> {
 public:
  static constexpr std::string_view type_name = "PointType";
  Value filter(const Value& value, bool, std::optional<bool>) const override {
    const NDArray array = value;
    if (array.dtype() != float64 || array.shape() != Shape{2})
      throw TypeError("PointType: the value is " + value.text() + "; two doubles are needed");
    return array;
  }
  bool values_eq(const Value& a, const Value& b) const override {
    return NDArray(a).to_vector<double>() == NDArray(b).to_vector<double>();
  }
  std::string c_declare(std::string_view name, const Sub&, bool) const override {
    return c_text("double ${V}_x, ${V}_y;", name);
  }
  std::string c_init(std::string_view name, const Sub&) const override {
    return c_text("${V}_x = 0; ${V}_y = 0;", name);
  }
  std::string c_extract(std::string_view name, const Sub& sub, bool check) const override {
    const std::string checks =
        check
            ? c_text("if (kroton_array_check(\"PointType\", value_$V, KROTON_FLOAT64, 1)) $fail\n",
                     {{"V", name}, {"fail", sub["fail"]}})
            : "";
    return checks + c_text(
                        "const char* ${V}_at = (const char*)kroton_array_data("
                        "kroton_value_array(value_$V));\n"
                        "${V}_x = *(const double*)${V}_at;\n"
                        "${V}_y = *(const double*)(${V}_at + "
                        "kroton_array_strides(kroton_value_array(value_$V))[0]);",
                        name);
  }
  std::string c_sync(std::string_view name, const Sub& sub) const override {
    return c_text(
        "const int64_t ${V}_n = 2;\n"
        "kroton_array* ${V}_box = kroton_array_new(KROTON_FLOAT64, 1, &${V}_n);\n"
        "if (!${V}_box) $fail\n"
        "((double*)kroton_array_data(${V}_box))[0] = ${V}_x;\n"
        "((double*)kroton_array_data(${V}_box))[1] = ${V}_y;\n"
        "kroton_release(value_$V);\n"
        "value_$V = kroton_array_value(${V}_box);",
        {{"V", name}, {"fail", sub["fail"]}});
  }
  std::string c_cleanup(std::string_view, const Sub&) const override { return ""; }
  CacheVersion c_code_cache_version() const override { return {1}; }
};

class Rotate final : public OpOf<Rotate> {
 public:
  static constexpr std::string_view op_name = "Rotate";
  Apply make_node(Inputs in) const override { return Apply(*this, in, {PointType()()}); }
  std::string c_code(const Apply&, std::string_view, const Names& in, const Names& out,
                     const Sub&) const override {
    return c_text("${z}_x = -${x}_y; ${z}_y = ${x}_x;", {{"x", in[0]}, {"z", out[0]}});
  }
  CacheVersion c_code_cache_version() const override { return {1}; }
};

class Length final : public OpOf<Length> {
 public:
  static constexpr std::string_view op_name = "Length";
  Apply make_node(Inputs in) const override {
    return Apply(*this, in, {TensorType(float64, {})()});
  }
  Shapes infer_shape(const Apply&, Shapes) const override { return {std::vector<ShapeExpr>{}}; }
  std::string c_code(const Apply&, std::string_view, const Names& in, const Names& out,
                     const Sub& sub) const override {
    return c_text(
        "if (kroton_array_prepare(&$z, KROTON_FLOAT64, 0, NULL)) $fail\n"
        "*(double*)kroton_array_data($z) = hypot(${x}_x, ${x}_y);",
        {{"x", in[0]}, {"z", out[0]}, {"fail", sub["fail"]}});
  }
  void perform(const Apply&, std::span<const Value> in, std::span<Value> out) const override {
    const std::vector<double> p = NDArray(in[0]).to_vector<double>();
    out[0] = NDArray::full({}, std::hypot(p[0], p[1]));
  }
  Names c_headers() const override { return {"math.h"}; }
  Names c_libraries() const override { return {"m"}; }
  CacheVersion c_code_cache_version() const override { return {1}; }
};
}  // namespace

int main() {
  const auto p = PointType()("p");
  const auto turned = Rotate()(Rotate()(p));
  int wrong = 0;
  for (const char* linker : {"c", "c|py", "c&py", "vm"}) {
    const auto fn = function({p}, {Length()(turned) * 2, turned}, {.mode = linker});
    const Outputs out = fn(array({3., 4.}));
    const bool right = out.item<double>(0) == 10. &&
                       out.array(1).to_vector<double>() == std::vector<double>{-3., -4.};
    std::cout << linker << (right ? " is right\n" : " is wrong\n");
    wrong += !right;
  }
  // By its C++ body, and by both, compared.
  for (const char* linker : {"py", "c&py"}) {
    const bool right =
        function({p}, Length()(p), {.mode = linker})(array({3., 4.})).item<double>() == 5.;
    std::cout << linker << (right ? " is right\n" : " is wrong\n");
    wrong += !right;
  }
  return wrong;
}
