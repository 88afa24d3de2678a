// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/grad_clip.h"

#include <tuple>
#include <typeinfo>

#include "kroton/base/errors.h"
#include "kroton/base/text.h"
#include "kroton/gradient/stop.h"
#include "kroton/tensor/elemwise_functions.h"

namespace kroton::tensor {
namespace {
class GradClip final : public GradientMarker {
 public:
  GradClip(double lower, double upper) : lower_(lower), upper_(upper) {}
  Variables grad(const Apply& node, Variables gz) const override {
    return {node.inputs()[0].type().gradient_like(clip(gz[0], lower_, upper_), node.inputs()[0])};
  }
  std::string text() const override { return fields_text(*this, op_name); }
  bool equals(const Op& other) const override {
    return typeid(*this) == typeid(other) &&
           fields_equal(*this, static_cast<const GradClip&>(other));
  }
  std::size_t hash() const override { return hash_text(fields_text(*this, typeid(*this).name())); }
  std::shared_ptr<const Op> share() const override {
    return std::make_shared<const GradClip>(*this);
  }

 private:
  double lower_, upper_;

 public:
  static constexpr std::string_view op_name = "GradClip";
  static constexpr auto fields =
      std::tuple{Field{"lower", &GradClip::lower_}, Field{"upper", &GradClip::upper_}};
};
}  // namespace

Variable grad_clip(const Variable& x, double lower, double upper) {
  if (!(lower <= upper)) {
    throw ValueError("grad_clip: lower is " + base::repr_number(lower) + " and upper is " +
                     base::repr_number(upper) + "; lower must not be above upper");
  }
  return GradClip(lower, upper)(x);
}
}  // namespace kroton::tensor
