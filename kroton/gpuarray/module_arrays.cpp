// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/gpuarray/module_arrays.h"

#include <cstring>
#include <string>

#include "kroton/base/errors.h"
#include "kroton/gpuarray/array.h"
#include "kroton/jit/compiler.h"
#include "kroton/link/module_values.h"

namespace {
using kroton::NDArray;
using kroton::gpuarray::GpuArray, kroton::gpuarray::GpuContext;

const kroton_value* box_of(const kroton_gpuarray* handle) {
  return reinterpret_cast<const kroton_value*>(handle);
}
const GpuArray& array_of(const kroton_gpuarray* handle) {
  return box_of(handle)->value.as<GpuArray>();
}
const GpuContext& context_of(const kroton_gpucontext* handle) {
  return reinterpret_cast<const kroton_value*>(handle)->value.as<GpuContext>();
}
kroton_gpuarray* boxed(GpuArray array) {
  return reinterpret_cast<kroton_gpuarray*>(kroton::link::box(std::move(array)));
}

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

// The memory at HOST as an array like A.
NDArray host_array(const char* who, const GpuArray& a, void* host, std::size_t bytes) {
  if (bytes != a.nbytes()) {
    throw kroton::ValueError(std::string(who) + ": " + std::to_string(bytes) +
                             " bytes are given and the array has " + std::to_string(a.nbytes()) +
                             "; they must be equal");
  }
  kroton::Shape strides(a.ndim());
  std::int64_t stride = static_cast<std::int64_t>(itemsize(a.dtype()));
  for (std::size_t i = a.ndim(); i-- > 0; stride *= a.shape()[i]) strides[i] = stride;
  return NDArray::wrap(host, a.shape(), strides, a.dtype(), nullptr);
}
}  // namespace

extern "C" {
int kroton_gpuarray_ndim(const kroton_gpuarray* a) { return static_cast<int>(array_of(a).ndim()); }
int kroton_gpuarray_dtype(const kroton_gpuarray* a) { return array_of(a).typecode(); }
std::int64_t kroton_gpuarray_size(const kroton_gpuarray* a) {
  return static_cast<std::int64_t>(array_of(a).size());
}
std::size_t kroton_gpuarray_itemsize(const kroton_gpuarray* a) {
  return kroton::itemsize(array_of(a).dtype());
}
const std::int64_t* kroton_gpuarray_shape(const kroton_gpuarray* a) {
  return array_of(a).shape().data();
}
const std::int64_t* kroton_gpuarray_strides(const kroton_gpuarray* a) {
  return array_of(a).strides().data();
}
std::uintptr_t kroton_gpuarray_device_pointer(const kroton_gpuarray* a) {
  return guarded(std::uintptr_t{0}, [&] { return array_of(a).device_pointer(); });
}
int kroton_gpuarray_is_c_contiguous(const kroton_gpuarray* a) {
  return array_of(a).is_c_contiguous();
}
int kroton_gpuarray_is_f_contiguous(const kroton_gpuarray* a) {
  return array_of(a).is_f_contiguous();
}
void kroton_gpuarray_retain(kroton_gpuarray* a) { kroton_retain(kroton_gpuarray_value(a)); }
void kroton_gpuarray_release(kroton_gpuarray* a) { kroton_release(kroton_gpuarray_value(a)); }
kroton_value* kroton_gpuarray_value(kroton_gpuarray* a) {
  return reinterpret_cast<kroton_value*>(a);
}
kroton_gpuarray* kroton_value_gpuarray(kroton_value* value) {
  return value && value->value.is<GpuArray>() ? reinterpret_cast<kroton_gpuarray*>(value) : nullptr;
}
kroton_gpucontext* kroton_gpuarray_context(const kroton_gpuarray* a) {
  return guarded<kroton_gpucontext*>(nullptr, [&] {
    return reinterpret_cast<kroton_gpucontext*>(kroton::link::box(array_of(a).context()));
  });
}

int kroton_gpuarray_read(const kroton_gpuarray* a, void* host, std::size_t bytes) {
  return guarded(-1, [&] {
    host_array("kroton_gpuarray_read", array_of(a), host, bytes);
    const NDArray values = array_of(a).to_host();
    std::memcpy(host, values.raw(), bytes);
    return 0;
  });
}
int kroton_gpuarray_write(kroton_gpuarray* a, const void* host, std::size_t bytes) {
  return guarded(-1, [&] {
    GpuArray to = array_of(a);
    to.write(host_array("kroton_gpuarray_write", to, const_cast<void*>(host), bytes));
    return 0;
  });
}

kroton_gpuarray* kroton_gpuarray_new(const kroton_gpucontext* context, int dtype, int ndim,
                                     const std::int64_t* shape) {
  return guarded<kroton_gpuarray*>(nullptr, [&] {
    if (ndim < 0) {
      throw kroton::ValueError("kroton_gpuarray_new: ndim is " + std::to_string(ndim) +
                               "; it cannot be negative");
    }
    return boxed(GpuArray::empty(kroton::Shape(shape, shape + ndim),
                                 kroton::dtype_from_number(dtype), context_of(context)));
  });
}
int kroton_gpuarray_prepare(kroton_gpuarray** output, const kroton_gpucontext* context, int dtype,
                            int ndim, const std::int64_t* shape) {
  if (*output) {
    const GpuArray& old = array_of(*output);
    // Nobody else may see the memory: not another handle of C code, not another array of C++.
    const bool alone =
        box_of(*output)->references.load(std::memory_order_acquire) == 1 && old.is_sole_owner();
    if (alone && old.typecode() == dtype && old.ndim() == static_cast<std::size_t>(ndim) &&
        old.is_c_contiguous() && old.context() == context_of(context) &&
        std::equal(shape, shape + ndim, old.shape().begin()))
      return 0;
  }
  kroton_gpuarray* const fresh = kroton_gpuarray_new(context, dtype, ndim, shape);
  if (!fresh) return -1;
  kroton_gpuarray_release(*output);
  *output = fresh;
  return 0;
}
void kroton_gpuarray_assign(kroton_gpuarray** output, kroton_gpuarray* array) {
  kroton_gpuarray_retain(array);
  kroton_gpuarray_release(*output);
  *output = array;
}
kroton_gpuarray* kroton_gpuarray_copy(const kroton_gpuarray* a) {
  return guarded<kroton_gpuarray*>(nullptr, [&] { return boxed(array_of(a).copy()); });
}
int kroton_gpuarray_check(const char* who, const kroton_value* value, int dtype, int ndim,
                          const char* context_name) {
  return guarded(-1, [&] {
    const kroton::gpuarray::ContextName name =
        context_name ? kroton::gpuarray::ContextName(context_name) : std::nullopt;
    if (value && value->value.is<GpuArray>()) {
      const GpuArray& a = value->value.as<GpuArray>();
      if (a.typecode() == dtype && a.ndim() == static_cast<std::size_t>(ndim) &&
          a.context() == kroton::gpuarray::get_context(name))
        return 0;
    }
    throw kroton::TypeError(std::string(who) + ": the value is " +
                            kroton::link::unboxed(value).text() + "; a device array of " +
                            kroton::name(kroton::dtype_from_number(dtype)) + " with " +
                            std::to_string(ndim) + " dimensions in " +
                            kroton::gpuarray::context_text(name) + " is needed");
    return -1;
  });
}
kroton_value* kroton_gpucontext_value(kroton_gpucontext* context) {
  return reinterpret_cast<kroton_value*>(context);
}
kroton_gpucontext* kroton_value_gpucontext(kroton_value* value) {
  return value && value->value.is<GpuContext>() ? reinterpret_cast<kroton_gpucontext*>(value)
                                                : nullptr;
}
int kroton_gpucontext_equal(const kroton_gpucontext* a, const kroton_gpucontext* b) {
  return context_of(a) == context_of(b);
}
}

namespace kroton::gpuarray {
void provide_module_symbols() {
#define PROVIDE(name) jit::provide_symbol(#name, reinterpret_cast<const void*>(&name));
  PROVIDE(kroton_gpuarray_ndim)
  PROVIDE(kroton_gpuarray_dtype)
  PROVIDE(kroton_gpuarray_size)
  PROVIDE(kroton_gpuarray_itemsize)
  PROVIDE(kroton_gpuarray_shape)
  PROVIDE(kroton_gpuarray_strides)
  PROVIDE(kroton_gpuarray_device_pointer)
  PROVIDE(kroton_gpuarray_is_c_contiguous)
  PROVIDE(kroton_gpuarray_is_f_contiguous)
  PROVIDE(kroton_gpuarray_retain)
  PROVIDE(kroton_gpuarray_release)
  PROVIDE(kroton_gpuarray_value)
  PROVIDE(kroton_value_gpuarray)
  PROVIDE(kroton_gpuarray_context)
  PROVIDE(kroton_gpuarray_read)
  PROVIDE(kroton_gpuarray_write)
  PROVIDE(kroton_gpuarray_new)
  PROVIDE(kroton_gpuarray_prepare)
  PROVIDE(kroton_gpuarray_assign)
  PROVIDE(kroton_gpuarray_copy)
  PROVIDE(kroton_gpuarray_check)
  PROVIDE(kroton_gpucontext_value)
  PROVIDE(kroton_value_gpucontext)
  PROVIDE(kroton_gpucontext_equal)
#undef PROVIDE
}
}  // namespace kroton::gpuarray
