// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/link/module_values.h"

#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <string>

#include "kroton/base/errors.h"
#include "kroton/graph/c_data_type.h"
#include "kroton/graph/params_type.h"
#include "kroton/jit/compiler.h"

namespace kroton::link {
namespace {
struct ThreadError {
  bool set = false, held = false;
  int kind = KROTON_ERROR;
  std::string text;
  std::exception_ptr exception;
};
ThreadError& error() {
  thread_local ThreadError the_error;
  return the_error;
}
}  // namespace

kroton_value* box(Value value) {
  return value.empty() ? nullptr : new kroton_value(std::move(value));
}

void keep_current_exception() {
  if (error().held) return;
  error().set = true;
  error().exception = std::current_exception();
}
bool has_module_error() { return error().set; }
void hold_module_error() { error().held = true; }
void clear_module_error() {
  if (error().set || error().held) error() = {};
}

void throw_module_error(const std::string& unsaid) {
  const ThreadError kept = std::exchange(error(), {});
  if (kept.exception) std::rethrow_exception(kept.exception);
  const std::string& text = kept.set ? kept.text : unsaid;
  switch (kept.kind) {
    case KROTON_TYPE_ERROR:
      throw TypeError(text);
    case KROTON_VALUE_ERROR:
      throw ValueError(text);
    case KROTON_SHAPE_ERROR:
      throw ShapeError(text);
    default:
      throw Error(text);
  }
}
}  // namespace kroton::link

namespace {
using kroton::NDArray;
using kroton::Value;

const NDArray& array_of(const kroton_array* handle) {
  return reinterpret_cast<const kroton_value*>(handle)->value.as<NDArray>();
}
kroton_value* value_of(kroton_array* handle) { return reinterpret_cast<kroton_value*>(handle); }
kroton_array* handle_of(kroton_value* value) { return reinterpret_cast<kroton_array*>(value); }
int number_of(kroton::DType dtype) { return kroton::dtype_info(dtype).number; }

// BODY's result; an exception becomes the thread's error, and FAILED the result.
template <class Result, class Body>
Result guarded(Result failed, const Body& body) noexcept {
  try {
    return body();
  } catch (...) {
    kroton::link::keep_current_exception();
    return failed;
  }
}

NDArray read_array(const kroton_value* value, const char* who) {
  if (value && (value->value.is_array() || value->value.is_number())) return value->value;
  throw kroton::TypeError(std::string(who) + ": the value is " +
                          kroton::link::unboxed(value).text() +
                          "; only arrays and numbers can be read as one");
}
}  // namespace

extern "C" {
void kroton_retain(kroton_value* value) {
  if (value) value->references.fetch_add(1, std::memory_order_relaxed);
}
void kroton_release(kroton_value* value) {
  if (value && value->references.fetch_sub(1, std::memory_order_acq_rel) == 1) delete value;
}
int kroton_is_number(const kroton_value* value) { return value && value->value.is_number(); }
int kroton_is_string(const kroton_value* value) { return value && value->value.is_string(); }
int kroton_is_array(const kroton_value* value) { return value && value->value.is_array(); }

double kroton_to_double(const kroton_value* value) {
  return guarded(0.0, [&] { return read_array(value, "kroton_to_double").item<double>(); });
}
std::int64_t kroton_to_int64(const kroton_value* value) {
  return guarded(std::int64_t{0},
                 [&] { return read_array(value, "kroton_to_int64").item<std::int64_t>(); });
}
int kroton_to_complex(const kroton_value* value, double parts[2]) {
  return guarded(-1, [&] {
    const auto z = read_array(value, "kroton_to_complex").item<std::complex<double>>();
    parts[0] = z.real();
    parts[1] = z.imag();
    return 0;
  });
}
const char* kroton_to_string(const kroton_value* value) {
  return kroton_is_string(value) ? value->value.as<std::string>().c_str() : nullptr;
}
kroton_value* kroton_from_double(double number) {
  return guarded<kroton_value*>(nullptr, [&] { return kroton::link::box(number); });
}
kroton_value* kroton_from_int64(std::int64_t number) {
  return guarded<kroton_value*>(nullptr, [&] { return kroton::link::box(number); });
}
kroton_value* kroton_from_string(const char* text) {
  return guarded<kroton_value*>(nullptr, [&] { return kroton::link::box(std::string(text)); });
}
kroton_value* kroton_from_element(int dtype, const void* element) {
  return guarded<kroton_value*>(nullptr, [&] {
    NDArray array = NDArray::empty(0, nullptr, kroton::dtype_from_number(dtype));
    std::memcpy(array.raw(), element, array.itemsize());
    return kroton::link::box(array);
  });
}
int kroton_to_element(const kroton_value* value, int dtype, void* element) {
  return guarded(-1, [&] {
    const NDArray array = read_array(value, "kroton_to_element");
    if (number_of(array.dtype()) != dtype || array.size() != 1) {
      throw kroton::TypeError("kroton_to_element: the value is " + value->value.text() +
                              "; one element of " + name(kroton::dtype_from_number(dtype)) +
                              " is needed");
    }
    std::memcpy(element, array.raw(), array.itemsize());
    return 0;
  });
}
const char* kroton_describe(const kroton_value* value) {
  thread_local std::string text;
  return guarded("a value", [&] {
    text = kroton::link::unboxed(value).text();
    return text.c_str();
  });
}

int kroton_array_ndim(const kroton_array* a) { return static_cast<int>(array_of(a).ndim()); }
int kroton_array_dtype(const kroton_array* a) { return number_of(array_of(a).dtype()); }
std::int64_t kroton_array_size(const kroton_array* a) {
  return static_cast<std::int64_t>(array_of(a).size());
}
std::size_t kroton_array_itemsize(const kroton_array* a) { return array_of(a).itemsize(); }
const std::int64_t* kroton_array_shape(const kroton_array* a) { return array_of(a).shape_data(); }
const std::int64_t* kroton_array_strides(const kroton_array* a) {
  return array_of(a).strides_data();
}
void* kroton_array_data(const kroton_array* a) { return array_of(a).raw(); }
int kroton_array_is_c_contiguous(const kroton_array* a) { return array_of(a).is_c_contiguous(); }
void kroton_array_retain(kroton_array* a) { kroton_retain(value_of(a)); }
void kroton_array_release(kroton_array* a) { kroton_release(value_of(a)); }
kroton_value* kroton_array_value(kroton_array* a) { return value_of(a); }
kroton_array* kroton_value_array(kroton_value* value) {
  return kroton_is_array(value) ? handle_of(value) : nullptr;
}

kroton_array* kroton_array_new(int dtype, int ndim, const std::int64_t* shape) {
  return guarded<kroton_array*>(nullptr, [&] {
    const kroton::DType d = kroton::dtype_from_number(dtype);
    if (ndim < 0) {
      throw kroton::ValueError("kroton_array_new: ndim is " + std::to_string(ndim) +
                               "; it cannot be negative");
    }
    const auto rank = static_cast<std::size_t>(ndim);
    kroton::element_count(shape, rank, kroton::itemsize(d), "kroton_array_new");
    return handle_of(new kroton_value(NDArray::empty(rank, shape, d)));
  });
}

int kroton_array_prepare(kroton_array** output, int dtype, int ndim, const std::int64_t* shape) {
  if (kroton_value* const box = value_of(*output)) {
    const NDArray& old = array_of(*output);
    // Nobody else may see the memory: not another handle of C code, not another array of C++.
    const bool alone = box->references.load(std::memory_order_acquire) == 1 &&
                       (box->offered || old.is_sole_owner());
    if (alone && number_of(old.dtype()) == dtype && old.ndim() == static_cast<std::size_t>(ndim) &&
        old.is_c_contiguous() && std::equal(shape, shape + ndim, old.shape_data()))
      return 0;
  }
  kroton_array* const fresh = kroton_array_new(dtype, ndim, shape);
  if (!fresh) return -1;
  kroton_array_release(*output);
  *output = fresh;
  return 0;
}
void kroton_array_assign(kroton_array** output, kroton_array* array) {
  kroton_array_retain(array);
  kroton_array_release(*output);
  *output = array;
}
kroton_array* kroton_array_view(kroton_array* a, int ndim, const std::int64_t* shape,
                                const std::int64_t* strides, std::int64_t offset) {
  return guarded<kroton_array*>(nullptr, [&] {
    return handle_of(
        new kroton_value(array_of(a).view(static_cast<std::size_t>(ndim), shape, strides, offset)));
  });
}
int kroton_array_check(const char* who, const kroton_value* value, int dtype, int ndim) {
  return guarded(-1, [&] {
    if (kroton_is_array(value)) {
      const NDArray& array = value->value.as<NDArray>();
      if (number_of(array.dtype()) == dtype && array.ndim() == static_cast<std::size_t>(ndim))
        return 0;
    }
    throw kroton::TypeError(std::string(who) + ": the value is " +
                            kroton::link::unboxed(value).text() + "; an array of " +
                            name(kroton::dtype_from_number(dtype)) + " with " +
                            std::to_string(ndim) + " dimensions is needed");
    return -1;
  });
}

const char* kroton_object_kind(const kroton_value* value) {
  const kroton::ValueKind* kind = value ? value->value.kind() : nullptr;
  return kind ? kind->name : nullptr;
}
void* kroton_object_handle(const kroton_value* value, const char* kind) {
  return guarded<void*>(nullptr, [&] {
    const char* const found = kroton_object_kind(value);
    if (found && std::strcmp(found, kind) == 0) return value->value.c_handle();
    throw kroton::TypeError("kroton_object_handle: the value is " +
                            kroton::link::unboxed(value).text() + "; a " + kind + " is needed");
  });
}
kroton_value* kroton_from_pointer(void* pointer, void (*release)(void*), const char* type) {
  return guarded<kroton_value*>(
      nullptr, [&] { return kroton::link::box(kroton::CPointer(pointer, release, type)); });
}
void* kroton_to_pointer(const kroton_value* value, const char* type) {
  return guarded<void*>(nullptr, [&] {
    if (value && value->value.is<kroton::CPointer>() &&
        value->value.as<kroton::CPointer>().ctype() == type)
      return value->value.as<kroton::CPointer>().get();
    throw kroton::TypeError("kroton_to_pointer: the value is " +
                            kroton::link::unboxed(value).text() + "; a pointer of type " + type +
                            " is needed");
  });
}

kroton_value* kroton_get_field(const kroton_value* value, const char* field) {
  return guarded<kroton_value*>(nullptr, [&] {
    return kroton::link::box(kroton::link::unboxed(value).as<kroton::Params>()[field]);
  });
}

void kroton_set_error(int kind, const char* format, ...) {
  char text[2048];
  std::va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  kroton::link::ThreadError& error = kroton::link::error();
  if (error.held) return;
  (void)guarded(0, [&] {
    error.text = text;
    error.set = true;
    error.kind = kind;
    error.exception = nullptr;
    return 0;
  });
}
int kroton_error_is_set(void) { return kroton::link::has_module_error(); }
void kroton_clear_error(void) {
  if (!kroton::link::error().held) kroton::link::clear_module_error();
}
}  // extern "C"

namespace kroton::link {
void provide_module_symbols() {
  static std::once_flag once;
  std::call_once(once, [] {
#define PROVIDE(name) jit::provide_symbol(#name, reinterpret_cast<const void*>(&name));
    PROVIDE(kroton_retain)
    PROVIDE(kroton_release)
    PROVIDE(kroton_is_number)
    PROVIDE(kroton_is_string)
    PROVIDE(kroton_is_array)
    PROVIDE(kroton_to_double)
    PROVIDE(kroton_to_int64)
    PROVIDE(kroton_to_complex)
    PROVIDE(kroton_to_string)
    PROVIDE(kroton_from_double)
    PROVIDE(kroton_from_int64)
    PROVIDE(kroton_from_string)
    PROVIDE(kroton_from_element)
    PROVIDE(kroton_to_element)
    PROVIDE(kroton_describe)
    PROVIDE(kroton_array_ndim)
    PROVIDE(kroton_array_dtype)
    PROVIDE(kroton_array_size)
    PROVIDE(kroton_array_itemsize)
    PROVIDE(kroton_array_shape)
    PROVIDE(kroton_array_strides)
    PROVIDE(kroton_array_data)
    PROVIDE(kroton_array_is_c_contiguous)
    PROVIDE(kroton_array_retain)
    PROVIDE(kroton_array_release)
    PROVIDE(kroton_array_value)
    PROVIDE(kroton_value_array)
    PROVIDE(kroton_array_new)
    PROVIDE(kroton_array_prepare)
    PROVIDE(kroton_array_assign)
    PROVIDE(kroton_array_view)
    PROVIDE(kroton_array_check)
    PROVIDE(kroton_object_kind)
    PROVIDE(kroton_object_handle)
    PROVIDE(kroton_from_pointer)
    PROVIDE(kroton_to_pointer)
    PROVIDE(kroton_get_field)
    PROVIDE(kroton_set_error)
    PROVIDE(kroton_error_is_set)
    PROVIDE(kroton_clear_error)
    PROVIDE(kroton_call_node)
    PROVIDE(kroton_time_node)
    PROVIDE(kroton_count_node)
    PROVIDE(kroton_failed_node)
#undef PROVIDE
    provide_symbols_of_rooms();
  });
}
}  // namespace kroton::link
