// SPDX-License-Identifier: BSD-3-Clause
// Fortran keeps columns together: what it sees of an array in C order is the transposed matrix.
#include "kroton/tensor/detail/lapack.h"

#include <algorithm>
#include <complex>
#include <cstring>
#include <limits>

#include "kroton/base/errors.h"
#include "kroton/base/parallel.h"

namespace kroton::tensor::lapack {
namespace {
using blas::Int;
using Length = std::size_t;  // of a text, which Fortran takes behind all arguments

template <class... Arguments>
void call(const char* who, const char* name, DType dtype, Arguments... arguments) {
  using Function = void(Arguments...);
  reinterpret_cast<Function*>(blas::get(name, dtype, who))(arguments...);
}

Int order(const NDArray& a) { return static_cast<Int>(a.shape_data()[0]); }
Int leading(const NDArray& a) { return std::max<Int>(1, order(a)); }

// The number 1 as an element of the dtype.
struct One {
  explicit One(DType dtype) {
    if (dtype == float64 || dtype == complex128) {
      const std::complex<double> one(1);
      std::memcpy(bytes, &one, sizeof one);
    } else {
      const std::complex<float> one(1);
      std::memcpy(bytes, &one, sizeof one);
    }
  }
  alignas(16) char bytes[16];
};

// The right sides of b (n,) or (n, m) in C order: to Fortran m rows.
struct Sides {
  explicit Sides(const NDArray& b)
      : data(static_cast<char*>(b.raw())),
        count(b.ndim() == 2 ? b.shape_data()[1] : 1),
        itemsize(static_cast<std::int64_t>(b.itemsize())) {}
  char* data;
  std::int64_t count, itemsize;

  // F(first, number) for parts of them; ORDER tells how much work one is.
  template <class F>
  void in_parts(std::int64_t order, F&& f) const {
    const std::int64_t work = std::max<std::int64_t>(1, order * order);
    const std::int64_t part =
        std::clamp<std::int64_t>((std::int64_t{1} << 21) / work / 16 * 16, 64, 1 << 20);
    base::parallel_for(0, (count + part - 1) / part, 1, [&](std::int64_t b, std::int64_t e) {
      for (std::int64_t t = b; t < e; ++t) {
        const std::int64_t number = std::min(part, count - t * part);
        f(data + t * part * itemsize, static_cast<Int>(number));
      }
    });
  }
  Int leading() const {
    KROTON_CHECK(count <= std::numeric_limits<Int>::max());
    return static_cast<Int>(std::max<std::int64_t>(count, 1));
  }
};

// A triangle as Fortran sees it.
struct Triangle {
  const void* data;
  Int order, leading;
  bool upper, unit_diagonal;
};

// x^T = b^T op(T)^-1, where x^T is what Fortran sees of an array in C order.
void solve_from_right(const char* who, DType dtype, const Triangle& t, const char* op,
                      const Sides& b) {
  const char *const uplo = t.upper ? "U" : "L", *const diagonal = t.unit_diagonal ? "U" : "N";
  const Int one_step = 1;
  if (b.count == 1) {
    // One side is a vector: op(T)^T x = b. A conjugate transpose becomes a conjugation alone, which
    // trsv has not.
    if (*op != 'C' || !is_complex(dtype)) {
      return call(who, "trsv", dtype, uplo, *op == 'N' ? "T" : "N", diagonal, &t.order, t.data,
                  &t.leading, static_cast<void*>(b.data), &one_step, Length{1}, Length{1},
                  Length{1});
    }
  }
  const One one(dtype);
  const Int ldb = b.leading();
  b.in_parts(t.order, [&](char* part, Int number) {
    call(who, "trsm", dtype, "R", uplo, op, diagonal, static_cast<const Int*>(&number), &t.order,
         static_cast<const void*>(one.bytes), t.data, &t.leading, static_cast<void*>(part), &ldb,
         Length{1}, Length{1}, Length{1}, Length{1});
  });
}
}  // namespace

int cholesky(const char* who, const NDArray& a, bool lower) {
  const Int n = order(a), lda = leading(a);
  Int info = 0;
  call(who, "potrf", a.dtype(), lower ? "U" : "L", &n, a.raw(), &lda, &info, Length{1});
  KROTON_CHECK(info >= 0);
  return info;
}

int lu(const char* who, const NDArray& a, Pivots& pivots) {
  const Int n = order(a), lda = leading(a);
  Int info = 0;
  pivots.resize(static_cast<std::size_t>(n));
  call(who, "getrf", a.dtype(), &n, &n, a.raw(), &lda, pivots.data(), &info);
  KROTON_CHECK(info >= 0);
  return info;
}

// To Fortran a^T = P L U and x^T a^T = b^T, so x^T = b^T U^-1 L^-1 P^T; P exchanges rows of x.
void solve_lu(const char* who, const NDArray& factors, const Pivots& pivots, const NDArray& b) {
  const Int n = order(factors), lda = leading(factors);
  const Sides sides(b);
  const Triangle upper{factors.raw(), n, lda, true, false},
      lower{factors.raw(), n, lda, false, true};
  solve_from_right(who, b.dtype(), upper, "N", sides);
  solve_from_right(who, b.dtype(), lower, "N", sides);
  const std::int64_t row = sides.count * sides.itemsize;
  for (std::int64_t i = n; i-- > 0;) {
    const std::int64_t other = pivots[static_cast<std::size_t>(i)] - 1;
    if (other != i)
      std::swap_ranges(sides.data + i * row, sides.data + (i + 1) * row, sides.data + other * row);
  }
}

// To Fortran a^T = U^H U for the factor in the lower triangle, L L^H for that in the upper one.
void solve_cholesky(const char* who, const NDArray& factor, bool lower, const NDArray& b) {
  const Triangle t{factor.raw(), order(factor), leading(factor), lower, false};
  const Sides sides(b);
  solve_from_right(who, b.dtype(), t, lower ? "N" : "C", sides);
  solve_from_right(who, b.dtype(), t, lower ? "C" : "N", sides);
}

void solve_triangular(const char* who, const NDArray& a, bool lower, bool unit_diagonal,
                      const NDArray& b) {
  const auto size = static_cast<std::int64_t>(a.itemsize());
  const Int n = order(a);
  const std::int64_t rows = a.strides_data()[0] / size, columns = a.strides_data()[1] / size;
  const bool by_rows = n <= 1 || columns == 1;
  const Int lda = n <= 1 ? 1 : static_cast<Int>(by_rows ? rows : columns);
  const Triangle t{a.raw(), n, lda, by_rows == lower, unit_diagonal};
  solve_from_right(who, b.dtype(), t, by_rows ? "N" : "T", Sides(b));
}

void invert_lu(const char* who, const NDArray& a, const Pivots& pivots) {
  const Int n = order(a), lda = leading(a), size = 64 * lda;
  const NDArray work = NDArray::empty({size}, a.dtype());
  Int info = 0;
  call(who, "getri", a.dtype(), &n, a.raw(), &lda, pivots.data(), work.raw(), &size, &info);
  KROTON_CHECK(info == 0);
}
}  // namespace kroton::tensor::lapack
