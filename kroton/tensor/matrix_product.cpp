// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/detail/matrix_product.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <optional>

#include "kroton/base/config.h"
#include "kroton/base/errors.h"
#include "kroton/base/parallel.h"
#include "kroton/ndarray/view.h"
#include "kroton/tensor/blas.h"
#include "kroton/tensor/detail/onednn.h"

namespace kroton::tensor {
namespace {
using blas::Int;
using GemmFunction = void(const char*, const char*, const Int*, const Int*, const Int*, const void*,
                          const void*, const Int*, const void*, const Int*, const void*, void*,
                          const Int*);
using GemvFunction = void(const char*, const Int*, const Int*, const void*, const void*, const Int*,
                          const void*, const Int*, const void*, void*, const Int*);
using GerFunction = void(const Int*, const Int*, const void*, const void*, const Int*, const void*,
                         const Int*, void*, const Int*);

struct Functions {
  GemmFunction* gemm = nullptr;
  GemvFunction* gemv = nullptr;
  GerFunction* ger = nullptr;
  bool is_float32 = false;
};

const Functions& functions(DType dtype) {
  const auto found = [](DType d) {
    const char* const ger = is_complex(d) ? "geru" : "ger";
    return Functions{reinterpret_cast<GemmFunction*>(blas::find("gemm", d)),
                     reinterpret_cast<GemvFunction*>(blas::find("gemv", d)),
                     reinterpret_cast<GerFunction*>(blas::find(ger, d)), d == float32};
  };
  static const Functions all[] = {found(float32), found(float64), found(complex64),
                                  found(complex128)};
  return all[dtype == float32 ? 0 : dtype == float64 ? 1 : dtype == complex64 ? 2 : 3];
}

constexpr std::int64_t largest_int = std::numeric_limits<Int>::max();
// Longest sum that one call takes; longer ones are added up by several.
constexpr std::int64_t longest_sum = std::int64_t{1} << 30;
// Multiplications that are worth a thread.
constexpr std::int64_t thread_work = std::int64_t{1} << 22;
// Bytes of the matrix that a part of a product with a vector reads.
constexpr std::int64_t vector_part_bytes = std::int64_t{1} << 19;

// A factor as BLAS reads it: one or two elements of the dtype.
class BlasFactor {
 public:
  BlasFactor(Factor value, DType dtype) {
    if (dtype == float64 || dtype == complex128) {
      std::memcpy(bytes_, &value, sizeof value);
    } else {
      const std::complex<float> narrow(value);
      std::memcpy(bytes_, &narrow, sizeof narrow);
    }
  }
  const void* get() const { return bytes_; }

 private:
  alignas(16) char bytes_[16];
};
Factor factor(const void* element, DType dtype) {
  switch (dtype) {
    case float32:
      return *static_cast<const float*>(element);
    case float64:
      return *static_cast<const double*>(element);
    case complex64:
      return *static_cast<const std::complex<float>*>(element);
    default:
      return *static_cast<const std::complex<double>*>(element);
  }
}

// A matrix as C has it: element (i, j) at i * row_step + j * column_step, in elements.
struct Matrix {
  std::byte* data;
  std::int64_t rows, columns, row_step, column_step, itemsize;

  Matrix transposed() const { return {data, columns, rows, column_step, row_step, itemsize}; }
  Matrix part(std::int64_t i, std::int64_t m, std::int64_t j, std::int64_t n) const {
    return {
        data + (i * row_step + j * column_step) * itemsize, m, n, row_step, column_step, itemsize};
  }
  // The leading dimension when the elements of a row are neighbours and rows do not overlap.
  std::optional<Int> leading() const {
    if (columns > 1 && column_step != 1) return std::nullopt;
    const std::int64_t least = std::max<std::int64_t>(columns, 1);
    const std::int64_t step = rows > 1 ? row_step : least;
    if (step < least || step > largest_int) return std::nullopt;
    return static_cast<Int>(step);
  }
};

ArrayLayout layout_of(const NDArray& a) {
  return {a.dtype(), a.ndim(), a.shape_data(), a.strides_data()};
}
std::int64_t item_bytes(const ArrayLayout& a) {
  return static_cast<std::int64_t>(itemsize(a.dtype));
}
Matrix matrix(const ArrayLayout& a, void* data) {
  const std::int64_t size = item_bytes(a);
  return {static_cast<std::byte*>(data), a.shape[0],          a.shape[1],
          a.strides[0] / size,           a.strides[1] / size, size};
}
Matrix matrix(const NDArray& a) { return matrix(layout_of(a), a.raw()); }

bool whole_steps(const ArrayLayout& a) {
  const std::int64_t size = item_bytes(a);
  for (std::size_t d = 0; d < a.ndim; ++d) {
    if (a.strides[d] % size != 0) return false;
  }
  return true;
}
bool is_direct(const ArrayLayout& a) {
  if (!whole_steps(a)) return false;
  const Matrix m = matrix(a, nullptr);
  return m.leading() || m.transposed().leading();
}
bool is_direct_vector(const ArrayLayout& x) {
  if (!whole_steps(x)) return false;
  const std::int64_t step = x.strides[0] / item_bytes(x);
  return x.shape[0] <= 1 || (step > 0 && step <= largest_int);
}
bool is_direct(const NDArray& a) {
  return a.ndim() == 1 ? is_direct_vector(layout_of(a)) : is_direct(layout_of(a));
}

// Fresh memory of that shape, with rows or columns of neighbours, whichever a leading dimension can
// tell.
NDArray fresh(const NDArray& like) {
  const Shape shape = like.shape();
  if (shape.size() == 2 && shape[1] > largest_int)
    return NDArray::empty({shape[1], shape[0]}, like.dtype()).transpose();
  return NDArray::empty(shape, like.dtype());
}
// A, or a COPY of it that BLAS can read.
const NDArray& readable(const NDArray& a, NDArray& copy) {
  if (is_direct(a)) return a;
  copy = fresh(a);
  assign(copy, a);
  return copy;
}

// A vector as BLAS has it, step in elements.
struct Vector {
  std::byte* data;
  std::int64_t length;
  Int step;
};
Vector vector(const ArrayLayout& x, void* data) {
  const std::int64_t step = x.shape[0] > 1 ? x.strides[0] / item_bytes(x) : 1;
  return {static_cast<std::byte*>(data), x.shape[0], static_cast<Int>(step)};
}
Vector vector(const NDArray& x) { return vector(layout_of(x), x.raw()); }

// What lies so at DATA.
template <class Operand>
Operand at(Operand operand, const void* data) {
  operand.data = static_cast<std::byte*>(const_cast<void*>(data));
  return operand;
}

// gemv multiplies what its result held, a NaN too.
void fill_zero(const Vector& y, std::int64_t size) {
  if (y.step == 1) {
    std::memset(y.data, 0, static_cast<std::size_t>(y.length * size));
    return;
  }
  for (std::int64_t i = 0; i < y.length; ++i)
    std::memset(y.data + i * y.step * size, 0, static_cast<std::size_t>(size));
}

// How BLAS is told of a matrix that it can read, by rows or by columns.
struct Told {
  explicit Told(const Matrix& a) : by_rows(a.leading().has_value()) {
    const std::optional<Int> known = by_rows ? a.leading() : a.transposed().leading();
    KROTON_CHECK(known.has_value());
    leading = *known;
  }
  bool by_rows;
  Int leading = 1;
};

// One product a (m, k) b (k, n), c (m, n), where c has neighbours in rows, for any matrices laid
// out like these. Fortran keeps columns together: there a is a^T, and c^T = b^T a^T.
class Call {
 public:
  Call(const Functions& f, const Matrix& a, const Matrix& b, const Matrix& c)
      : gemm_(f.gemm),
        left_(a),
        right_(b),
        m_(static_cast<Int>(c.rows)),
        n_(static_cast<Int>(c.columns)),
        ldc_(*c.leading()),
        length_(a.columns),
        left_bytes_(a.column_step * a.itemsize),
        right_bytes_(b.row_step * b.itemsize),
        by_rows_{!left_.by_rows, !right_.by_rows, c.rows,         c.columns,
                 a.columns,      left_.leading,   right_.leading, ldc_},
        is_by_onednn_(f.is_float32 && length_ <= longest_sum && onednn::is_ahead(by_rows_)) {}

  // One call of BLAS per LONGEST_SUM.
  void run(const void* alpha, const std::byte* a, const std::byte* b, const void* beta,
           const void* one, std::byte* c) const {
    if (is_by_onednn_ &&
        onednn::multiply(by_rows_, number(alpha), reinterpret_cast<const float*>(a),
                         reinterpret_cast<const float*>(b), number(beta),
                         reinterpret_cast<float*>(c)))
      return;
    for (std::int64_t from = 0; from == 0 || from < length_; from += longest_sum) {
      const Int k = static_cast<Int>(std::min(longest_sum, length_ - from));
      gemm_(right_.by_rows ? "N" : "T", left_.by_rows ? "N" : "T", &n_, &m_, &k, alpha,
            b + from * right_bytes_, &right_.leading, a + from * left_bytes_, &left_.leading,
            from == 0 ? beta : one, c, &ldc_);
    }
  }

 private:
  static float number(const void* factor) { return *static_cast<const float*>(factor); }

  GemmFunction* gemm_;
  Told left_, right_;
  Int m_, n_, ldc_;
  std::int64_t length_, left_bytes_, right_bytes_;
  onednn::Product by_rows_;
  bool is_by_onednn_;
};
void gemm_part(const Functions& f, const void* alpha, const Matrix& a, const Matrix& b,
               const void* beta, const void* one, const Matrix& c) {
  Call(f, a, b, c).run(alpha, a.data, b.data, beta, one, c.data);
}

// Into how many parts the rows and the columns of a product are cut.
struct Cut {
  std::int64_t down = 1, across = 1;
};

// Whether the cut may depend on lengths alone.
bool is_fixed() { return base::config().deterministic() == "more"; }

// Into how many parts of about WANTED a length is cut.
std::int64_t parts_of(std::int64_t length, std::int64_t wanted) {
  return std::max<std::int64_t>(1, (length + wanted / 2) / wanted);
}

// By the lengths alone: the columns of each part are packed anew by BLAS, which costs little when
// the part is a few hundred columns wide; cuts across rows cost more.
Cut fixed_cut(std::int64_t m, std::int64_t n) {
  const std::int64_t across = std::max<std::int64_t>(n < 480 ? 1 : 2, parts_of(n, 512));
  return {parts_of(m, across == 1 ? 340 : 680), across};
}

// A part for each thread, of a grid for which BLAS packs least: each cut across packs the left
// matrix once more, each cut down the right one. Which of the two costs it more depends on the
// shape of its kernels (OpenBLAS's of AVX2 and AVX-512 were measured).
Cut cut_for(std::int64_t threads, std::int64_t m, std::int64_t n, std::int64_t itemsize) {
  const double left = itemsize > 4 ? 1.5 : 1, right = itemsize > 4 ? 1 : 1.5;
  Cut best;
  double least = std::numeric_limits<double>::infinity();
  for (std::int64_t down = 1; down <= threads; ++down) {
    const std::int64_t across = (threads + down - 1) / down;
    const double packed = left * static_cast<double>(m) * static_cast<double>(across) +
                          right * static_cast<double>(n) * static_cast<double>(down);
    if (packed < least) least = packed, best = {down, across};
  }
  return best;
}

// The length of all parts but the last.
std::int64_t part_length(std::int64_t length, std::int64_t parts) {
  return ((length + parts - 1) / parts + 63) / 64 * 64;
}

// How many multiplications, up to a number that is large.
std::int64_t work_of(const Matrix& a, const Matrix& b) {
  const double work =
      static_cast<double>(a.rows) * static_cast<double>(a.columns) * static_cast<double>(b.columns);
  return static_cast<std::int64_t>(std::min(work, 1e18));
}

// Whether one call does it, on one thread.
bool is_one_part(const Matrix& a, const Matrix& b) {
  return work_of(a, b) < 2 * thread_work && a.rows <= longest_sum && b.columns <= longest_sum;
}

void gemm_parts(const Functions& f, const void* alpha, const Matrix& a, const Matrix& b,
                const void* beta, const void* one, const Matrix& c) {
  const std::int64_t m = c.rows, n = c.columns, work = work_of(a, b);
  Cut cut;
  if (work >= 2 * thread_work) {
    cut = is_fixed() ? fixed_cut(m, n)
                     : cut_for(std::min<std::int64_t>(work / thread_work, base::thread_count()), m,
                               n, c.itemsize);
  }
  std::int64_t across = std::max(cut.across, parts_of(n, longest_sum)),
               down = std::max(cut.down, parts_of(m, longest_sum));
  if (across == 1 && down == 1) return gemm_part(f, alpha, a, b, beta, one, c);
  const std::int64_t height = part_length(m, down), width = part_length(n, across);
  down = (m + height - 1) / height;
  across = (n + width - 1) / width;
  base::parallel_for(0, down * across, 1, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t t = first; t < last; ++t) {
      const std::int64_t i = t / across * height, j = t % across * width;
      const std::int64_t rows = std::min(height, m - i), columns = std::min(width, n - j);
      gemm_part(f, alpha, a.part(i, rows, 0, a.columns), b.part(0, b.rows, j, columns), beta, one,
                c.part(i, rows, j, columns));
    }
  });
}

// Exchanges the factors of c^T = b^T a^T where the rows of c are not neighbours, its columns are.
bool put_rows_together(Matrix& a, Matrix& b, Matrix& c) {
  if (c.leading()) return false;
  std::swap(a, b);
  a = a.transposed(), b = b.transposed(), c = c.transposed();
  return true;
}

// y = alpha a x + beta y, by parts of the rows.
void gemv_parts(const Functions& f, const void* alpha, const Matrix& a, const Vector& x,
                const void* beta, const Vector& y) {
  const Int n = static_cast<Int>(a.columns);
  const std::int64_t row_bytes = std::max<std::int64_t>(a.columns, 1) * a.itemsize;
  const std::int64_t grain = std::max<std::int64_t>(16, vector_part_bytes / row_bytes / 16 * 16);
  base::parallel_for(0, (a.rows + grain - 1) / grain, 1, [&](std::int64_t b, std::int64_t e) {
    for (std::int64_t t = b; t < e; ++t) {
      const Int m = static_cast<Int>(std::min(grain, a.rows - t * grain));
      const Matrix part = a.part(t * grain, m, 0, n);
      const Told told(part);
      f.gemv(told.by_rows ? "T" : "N", told.by_rows ? &n : &m, told.by_rows ? &m : &n, alpha,
             part.data, &told.leading, x.data, &x.step, beta,
             y.data + t * grain * y.step * a.itemsize, &y.step);
    }
  });
}

bool is_short(DType dtype) { return dtype == float16 || dtype == bfloat16; }

// Runs BODY on a float32 version of OUT, whose contents are wanted when KEEP, and rounds it back.
template <class Body>
void as_float32(const NDArray& out, bool keep, Body&& body) {
  const NDArray wide = keep ? out.astype(float32) : NDArray::empty(out.shape(), float32);
  body(wide);
  assign(out, wide);
}

// One matrix of an array of them.
NDArray item(const NDArray& all, std::int64_t i) {
  return all.view(2, all.shape_data() + 1, all.strides_data() + 1, i * all.strides_data()[0]);
}
// The matrices as BLAS reads them, or a copy.
NDArray stack(const NDArray& all) { return is_direct(item(all, 0)) ? all : all.copy(); }

// Runs BODY on memory that BLAS can write, OUT itself or a copy that is brought back.
template <class Body>
void on_writable(const NDArray& out, bool keep, Body&& body) {
  if (is_direct(out)) return body(out);
  const NDArray copy = fresh(out);
  if (keep) assign(copy, out);
  body(copy);
  assign(out, copy);
}
}  // namespace

bool multiplies(DType dtype) {
  if (!is_floating(dtype) && !is_complex(dtype)) return false;
  return functions(is_short(dtype) ? float32 : dtype).gemm != nullptr;
}

void gemm(Factor alpha, const NDArray& a, const NDArray& b, Factor beta, const NDArray& c) {
  if (c.size() == 0) return;
  if (is_short(c.dtype())) {
    return as_float32(c, beta != 0.0, [&](const NDArray& wide) {
      gemm(alpha, a.astype(float32), b.astype(float32), beta, wide);
    });
  }
  NDArray copy_of_a, copy_of_b;
  const NDArray &left = readable(a, copy_of_a), &right = readable(b, copy_of_b);
  const BlasFactor scale(alpha, c.dtype()), keep(beta, c.dtype()), one(1.0, c.dtype());
  on_writable(c, beta != 0.0, [&](const NDArray& out) {
    Matrix x = matrix(left), y = matrix(right), z = matrix(out);
    put_rows_together(x, y, z);
    gemm_parts(functions(c.dtype()), scale.get(), x, y, keep.get(), one.get(), z);
  });
}

Multiply prepared_gemm(const ArrayLayout& a, const ArrayLayout& b, const ArrayLayout& c) {
  if (is_short(c.dtype) || a.shape[1] != b.shape[0] || a.shape[0] != c.shape[0] ||
      b.shape[1] != c.shape[1] || !is_direct(a) || !is_direct(b) || !is_direct(c))
    return {};
  Matrix x = matrix(a, nullptr), y = matrix(b, nullptr), z = matrix(c, nullptr);
  const bool turned = put_rows_together(x, y, z);
  if (z.rows == 0 || z.columns == 0) return [](auto...) {};
  const Functions& f = functions(c.dtype);
  const BlasFactor one(1.0, c.dtype);
  if (is_one_part(x, y)) {
    return [call = Call(f, x, y, z), turned, one](const void* alpha, const void* at_a,
                                                  const void* at_b, const void* beta, void* at_c) {
      if (turned) std::swap(at_a, at_b);
      call.run(alpha, static_cast<const std::byte*>(at_a), static_cast<const std::byte*>(at_b),
               beta, one.get(), static_cast<std::byte*>(at_c));
    };
  }
  return [&f, x, y, z, turned, one](const void* alpha, const void* at_a, const void* at_b,
                                    const void* beta, void* at_c) {
    if (turned) std::swap(at_a, at_b);
    gemm_parts(f, alpha, at(x, at_a), at(y, at_b), beta, one.get(), at(z, at_c));
  };
}

void gemv(Factor alpha, const NDArray& a, const NDArray& x, Factor beta, const NDArray& y) {
  if (y.size() == 0) return;
  if (is_short(y.dtype())) {
    return as_float32(y, beta != 0.0, [&](const NDArray& wide) {
      gemv(alpha, a.astype(float32), x.astype(float32), beta, wide);
    });
  }
  if (a.shape_data()[0] > largest_int || a.shape_data()[1] > largest_int) {
    // Beyond what one call takes; as a matrix of one column.
    const std::int64_t n = x.shape_data()[0], m = y.shape_data()[0];
    return gemm(alpha, a, x.reshape({n, 1}), beta,
                y.view(2, Shape{m, 1}.data(), Shape{y.strides_data()[0], 0}.data()));
  }
  NDArray copy_of_a, copy_of_x;
  const NDArray &left = readable(a, copy_of_a), &right = readable(x, copy_of_x);
  const BlasFactor scale(alpha, y.dtype()), keep(beta, y.dtype());
  on_writable(y, beta != 0.0, [&](const NDArray& out) {
    const Matrix whole = matrix(left);
    const Vector to = vector(out);
    if (beta == 0.0) fill_zero(to, whole.itemsize);
    if (whole.columns == 0 && beta == 1.0) return;
    gemv_parts(functions(y.dtype()), scale.get(), whole, vector(right), keep.get(), to);
  });
}

Multiply prepared_gemv(const ArrayLayout& a, const ArrayLayout& x, const ArrayLayout& y) {
  if (is_short(y.dtype) || a.shape[0] > largest_int || a.shape[1] > largest_int ||
      a.shape[1] != x.shape[0] || a.shape[0] != y.shape[0] || !is_direct(a) ||
      !is_direct_vector(x) || !is_direct_vector(y))
    return {};
  return [whole = matrix(a, nullptr), from = vector(x, nullptr), to = vector(y, nullptr),
          f = &functions(y.dtype), dtype = y.dtype](
             const void* alpha, const void* at_a, const void* at_x, const void* beta, void* at_y) {
    if (to.length == 0) return;
    const Factor keep = factor(beta, dtype);
    const Vector result = at(to, at_y);
    if (keep == 0.0) fill_zero(result, whole.itemsize);
    if (whole.columns == 0 && keep == 1.0) return;
    gemv_parts(*f, alpha, at(whole, at_a), at(from, at_x), beta, result);
  };
}

void ger(Factor alpha, const NDArray& x, const NDArray& y, Factor beta, const NDArray& a) {
  if (a.size() == 0) return;
  if (beta != 1.0) {
    // ger itself only adds.
    const NDArray column = x.reshape({x.shape_data()[0], 1}),
                  row = y.reshape({1, y.shape_data()[0]});
    return gemm(alpha, column, row, beta, a);
  }
  if (is_short(a.dtype())) {
    return as_float32(a, true, [&](const NDArray& wide) {
      ger(alpha, x.astype(float32), y.astype(float32), 1.0, wide);
    });
  }
  NDArray copy_of_x, copy_of_y;
  const NDArray &left = readable(x, copy_of_x), &right = readable(y, copy_of_y);
  const BlasFactor scale(alpha, a.dtype());
  on_writable(a, true, [&](const NDArray& out) {
    Matrix whole = matrix(out);
    const NDArray *by_row = &left, *by_column = &right;
    if (!whole.leading()) {
      whole = whole.transposed();
      std::swap(by_row, by_column);
    }
    const Functions& f = functions(a.dtype());
    const auto step = [&](const NDArray& v) {
      return v.size() > 1 ? static_cast<Int>(v.strides_data()[0] / whole.itemsize) : 1;
    };
    const Int incx = step(*by_row), incy = step(*by_column), lda = *whole.leading();
    const std::int64_t row_bytes = whole.columns * whole.itemsize;
    const std::int64_t grain = std::max<std::int64_t>(16, vector_part_bytes / row_bytes / 16 * 16);
    base::parallel_for(0, (whole.rows + grain - 1) / grain, 1, [&](std::int64_t b, std::int64_t e) {
      for (std::int64_t t = b; t < e; ++t) {
        const Int m = static_cast<Int>(std::min(grain, whole.rows - t * grain));
        const Int n = static_cast<Int>(whole.columns);
        const Matrix part = whole.part(t * grain, m, 0, n);
        f.ger(&n, &m, scale.get(), by_column->raw(), &incy,
              static_cast<std::byte*>(by_row->raw()) + t * grain * incx * whole.itemsize, &incx,
              part.data, &lda);
      }
    });
  });
}

void batched_gemm(const NDArray& a, const NDArray& b, const NDArray& c) {
  if (c.size() == 0) return;
  if (is_short(c.dtype())) {
    return as_float32(c, false, [&](const NDArray& wide) {
      batched_gemm(a.astype(float32), b.astype(float32), wide);
    });
  }
  const NDArray left = stack(a), right = stack(b);
  const Matrix x = matrix(item(left, 0)), y = matrix(item(right, 0)), z = matrix(item(c, 0));
  const auto at = [](const Matrix& first, const NDArray& all, std::int64_t i) {
    Matrix one = first;
    one.data += i * all.strides_data()[0];
    return one;
  };
  const Functions& f = functions(c.dtype());
  const BlasFactor one(1.0, c.dtype()), zero(0.0, c.dtype());
  const std::int64_t count = c.shape_data()[0], work = work_of(x, y);
  if (work >= 2 * thread_work && (is_fixed() || count < base::thread_count())) {
    for (std::int64_t i = 0; i < count; ++i) {
      gemm_parts(f, one.get(), at(x, left, i), at(y, right, i), zero.get(), one.get(), at(z, c, i));
    }
    return;
  }
  const std::int64_t grain = std::max<std::int64_t>(1, (1 << 17) / std::max<std::int64_t>(work, 1));
  const Call call(f, x, y, z);
  const std::int64_t steps[] = {left.strides_data()[0], right.strides_data()[0],
                                c.strides_data()[0]};
  base::parallel_for(0, count, grain, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t i = first; i < last; ++i) {
      call.run(one.get(), x.data + i * steps[0], y.data + i * steps[1], zero.get(), one.get(),
               z.data + i * steps[2]);
    }
  });
}
}  // namespace kroton::tensor
