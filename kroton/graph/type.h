// SPDX-License-Identifier: BSD-3-Clause
// A Type says which values a Variable can hold: it checks and converts them, compares them, and
// describes them to generated C modules. Source: Theano's gof/type.py.
//   class Flag : public TypeOf<Flag> { public: static constexpr std::string_view type_name =
//   "Flag";
//     Value filter(const Value& v, bool, std::optional<bool>) const override; };
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <typeinfo>
#include <vector>

#include "kroton/base/api.h"
#include "kroton/graph/c_protocol.h"
#include "kroton/graph/fields.h"
#include "kroton/ndarray/dtype.h"
#include "kroton/ndarray/shape.h"
#include "kroton/ndarray/value.h"

namespace kroton::inline graph {
class Variable;
class Constant;

class KROTON_API Type {
 public:
  virtual ~Type() = default;

  // ---- values
  // The value as this type holds it. strict: the same object or TypeError. allow_downcast: true
  // casts anything, false only without loss, nullopt also a C++ double to a 0-d floatX.
  virtual Value filter(const Value& value, bool strict = false,
                       std::optional<bool> allow_downcast = std::nullopt) const;
  // As filter, and may write into OLD_STORAGE instead of making a new value.
  virtual Value filter_inplace(const Value& value, const Value& old_storage, bool strict = false,
                               std::optional<bool> allow_downcast = std::nullopt) const;
  bool is_valid_value(const Value& value) const;
  virtual bool values_eq(const Value& a, const Value& b) const;
  virtual bool values_eq_approx(const Value& a, const Value& b) const;
  virtual bool may_share_memory(const Value& a, const Value& b) const;
  virtual Value value_zeros(const Shape& shape) const;

  // ---- variables
  // OTHER as a variable of this type, converted where every value of OTHER is a value of this type
  // (broadcast flags dropped); TypeError otherwise.
  virtual Variable filter_variable(const Variable& other, bool allow_convert = true) const;
  // OTHER patched to this type when only broadcast flags differ; empty when it cannot be.
  virtual Variable convert_variable(const Variable& other) const;
  Variable operator()(std::string name = "") const;
  Variable make_variable(std::string name = "") const;
  Constant make_constant(Value value, std::string name = "") const;

  // ---- what gradient/ asks of any type; MethodNotDefined by default
  // In x's dtype, or in floatX when that is discrete: a gradient is never an integer.
  virtual Variable zeros_like(const Variable& x) const;
  virtual Variable ones_like(const Variable& x) const;
  virtual Variable add(const Variable& a, const Variable& b) const;
  // G, a gradient for X, in x's dtype when that is continuous; G itself by default.
  virtual Variable gradient_like(const Variable& g, const Variable& x) const;

  // ---- what tensor/ asks of any array type; TypeError by default
  virtual bool is_array() const;
  virtual DType dtype() const;
  virtual const std::vector<bool>& broadcastable() const;
  std::size_t ndim() const { return broadcastable().size(); }
  // The same kind of array with another dtype or other broadcast flags.
  virtual std::shared_ptr<const Type> with(DType dtype, std::vector<bool> broadcastable) const;
  // The host array type of the same dtype and flags: itself for a host type.
  virtual std::shared_ptr<const Type> host_form() const;
  // X, of this type, as a variable of the host form: itself for a host type, else transferred.
  virtual Variable on_host(const Variable& x) const;
  // Whether a function may have an input of this type.
  virtual bool can_be_input() const;

  // ---- identity
  virtual std::string text() const = 0;
  virtual bool equals(const Type&) const = 0;
  virtual std::size_t hash() const = 0;
  // A Variable keeps its type alive, made from a temporary or not.
  virtual std::shared_ptr<const Type> share() const = 0;
  bool operator==(const Type& other) const { return this == &other || equals(other); }

  // ---- the C protocol: c_protocol.h says where each text goes. NAME is the variable's, SUB holds
  // "fail", "id" (the block's number), "failure" (the variable that it is written to).
  // The C name of one element: "npy_float64".
  virtual std::string c_element_type() const;
  // Declarations without initialisers; they may become members of a struct.
  virtual std::string c_declare(std::string_view name, const Sub& sub,
                                bool check_input = true) const;
  // Statements that set what was declared to "no value". Must not fail.
  virtual std::string c_init(std::string_view name, const Sub& sub) const;
  // Statements that fill it from value_NAME. CHECK_INPUT false: without the checks.
  virtual std::string c_extract(std::string_view name, const Sub& sub,
                                bool check_input = true) const;
  // The same for an output, where value_NAME may be NULL, or hold an earlier value of this type
  // whose memory may be used again. Default: c_init or c_extract.
  virtual std::string c_extract_out(std::string_view name, const Sub& sub,
                                    bool check_input = true) const;
  // Statements that release value_NAME and put a new reference to a box of the C value there.
  virtual std::string c_sync(std::string_view name, const Sub& sub) const;
  // Statements that release what c_extract or an op's code acquired. Also after a failure.
  virtual std::string c_cleanup(std::string_view name, const Sub& sub) const;
  // An expression for a constant; MethodNotDefined: constants of this type are extracted.
  virtual std::string c_literal(const Value& value) const;
  // Whether what c_declare declares is a plain number or pointer that is worth nothing after a run.
  virtual bool c_is_simple() const;
  // For all variables of the type together, once in a module:
  virtual Names c_headers()
      const;  // "math.h" and "<math.h>": quotes are added where there are none
  virtual Names c_header_dirs() const;
  virtual Names c_libraries() const;  // "z": opened when the module is loaded
  virtual Names c_lib_dirs() const;
  virtual Names c_compile_args() const;
  virtual Names c_no_compile_args() const;  // taken out of what all types and ops ask for
  virtual std::string c_support_code() const;
  virtual Names c_init_code() const;  // statements that run once per process
  virtual CLanguage c_language() const;
  virtual CacheVersion c_code_cache_version() const;

 protected:
  // MethodNotDefined "CLASS does not define METHOD".
  [[noreturn]] void not_defined(const char* method) const;
};

// The class's own name: Derived::type_name, or what the compiler calls it.
template <class Derived>
std::string type_class_name() {
  if constexpr (requires { Derived::type_name; }) {
    return std::string(Derived::type_name);
  } else {
    return class_name(typeid(Derived).name());
  }
}

// Text, == and hash from Derived::type_name and Derived::fields.
template <class Derived>
class TypeOf : public Type {
 public:
  std::string text() const override { return fields_text(self(), type_class_name<Derived>()); }
  bool equals(const Type& other) const override {
    return typeid(*this) == typeid(other) &&
           fields_equal(self(), static_cast<const Derived&>(other));
  }
  std::size_t hash() const override {
    return hash_text(fields_text(self(), typeid(Derived).name()));
  }
  std::shared_ptr<const Type> share() const override {
    return std::make_shared<const Derived>(self());
  }

 private:
  const Derived& self() const { return static_cast<const Derived&>(*this); }
};
}  // namespace kroton::inline graph
