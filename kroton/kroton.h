// SPDX-License-Identifier: BSD-3-Clause
// The umbrella: everything that users of Kroton name, in namespace kroton.
//   #include <kroton/kroton.h>
//   using namespace kroton;               // matrix("x"), exp(x), function({x}, y)
//   namespace T = kroton::tensor;         // T::matrix("x"), T::tensor(float32, {false})
// tensor() and std() are only in T: one is the room's name, the other a namespace that programs
// need.
#pragma once
#include "kroton/archive/save.h"
#include "kroton/base/config.h"
#include "kroton/base/errors.h"
#include "kroton/base/version.h"
#include "kroton/compile/deep_copy.h"
#include "kroton/compile/function.h"
#include "kroton/compile/io.h"
#include "kroton/compile/mode.h"
#include "kroton/compile/shared.h"
#include "kroton/compile/view.h"
#include "kroton/distributed/check.h"
#include "kroton/distributed/collectives.h"
#include "kroton/distributed/loopback.h"
#include "kroton/distributed/point_to_point.h"
#include "kroton/distributed/transport.h"
#include "kroton/gpuarray/array.h"
#include "kroton/gpuarray/context.h"
#include "kroton/gpuarray/context_type.h"
#include "kroton/gpuarray/formats.h"
#include "kroton/gpuarray/shared.h"
#include "kroton/gpuarray/transfer.h"
#include "kroton/gpuarray/type.h"
#include "kroton/gpuarray/variable.h"
#include "kroton/gradient/grad.h"
#include "kroton/gradient/stop.h"
#include "kroton/graph/axes.h"
#include "kroton/graph/c_data_type.h"
#include "kroton/graph/c_text.h"
#include "kroton/graph/disconnected_type.h"
#include "kroton/graph/enum_type.h"
#include "kroton/graph/external_c_op.h"
#include "kroton/graph/feature.h"
#include "kroton/graph/function_graph.h"
#include "kroton/graph/function_op.h"
#include "kroton/graph/generic_type.h"
#include "kroton/graph/null_type.h"
#include "kroton/graph/op.h"
#include "kroton/graph/operand.h"
#include "kroton/graph/params_type.h"
#include "kroton/graph/replace.h"
#include "kroton/graph/schedule.h"
#include "kroton/graph/shape_expr.h"
#include "kroton/graph/type.h"
#include "kroton/graph/variable.h"
#include "kroton/graph/walk.h"
#include "kroton/link/backend.h"
#include "kroton/ndarray/dtype.h"
#include "kroton/ndarray/ndarray.h"
#include "kroton/ndarray/npy.h"
#include "kroton/ndarray/shape.h"
#include "kroton/ndarray/value.h"
#include "kroton/ndarray/view.h"
#include "kroton/printing/debugprint.h"
#include "kroton/printing/dot.h"
#include "kroton/printing/pprint.h"
#include "kroton/printing/print_op.h"
#include "kroton/tensor/advanced_inc_subtensor.h"
#include "kroton/tensor/advanced_subtensor.h"
#include "kroton/tensor/argmax.h"
#include "kroton/tensor/axes_order.h"
#include "kroton/tensor/batched_dot.h"
#include "kroton/tensor/blas.h"
#include "kroton/tensor/cholesky.h"
#include "kroton/tensor/closeness.h"
#include "kroton/tensor/constant.h"
#include "kroton/tensor/counting.h"
#include "kroton/tensor/create.h"
#include "kroton/tensor/cumulative.h"
#include "kroton/tensor/determinant.h"
#include "kroton/tensor/diagonal.h"
#include "kroton/tensor/dimshuffle.h"
#include "kroton/tensor/dot.h"
#include "kroton/tensor/elemwise.h"
#include "kroton/tensor/grad_clip.h"
#include "kroton/tensor/ifelse.h"
#include "kroton/tensor/inc_subtensor.h"
#include "kroton/tensor/join.h"
#include "kroton/tensor/literals.h"
#include "kroton/tensor/load.h"
#include "kroton/tensor/nnet/activations.h"
#include "kroton/tensor/nnet/confusion_matrix.h"
#include "kroton/tensor/nnet/crossentropy.h"
#include "kroton/tensor/nnet/normalization.h"
#include "kroton/tensor/nnet/softmax.h"
#include "kroton/tensor/nonzero.h"
#include "kroton/tensor/reduce.h"
#include "kroton/tensor/repeat.h"
#include "kroton/tensor/reshape.h"
#include "kroton/tensor/scalar_op.h"
#include "kroton/tensor/shape.h"
#include "kroton/tensor/solve.h"
#include "kroton/tensor/sort.h"
#include "kroton/tensor/subtensor.h"
#include "kroton/tensor/transfer.h"
#include "kroton/tensor/tridiagonal.h"
#include "kroton/tensor/type.h"
#include "kroton/tensor/verify_gradient.h"

namespace kroton {
using link::backend;

// types and ops
using tensor::Elemwise, tensor::IfElse, tensor::LoadFromDisk, tensor::Rebroadcast, tensor::Scalar,
    tensor::scalar_op, tensor::Shape_i, tensor::ShapeOf, tensor::SpecifyShape, tensor::TensorType;
// input variables
using tensor::bcol, tensor::bmatrix, tensor::brow, tensor::bscalar, tensor::btensor3,
    tensor::btensor4, tensor::bvector;
using tensor::ccol, tensor::cmatrix, tensor::crow, tensor::cscalar, tensor::ctensor3,
    tensor::ctensor4, tensor::cvector;
using tensor::col, tensor::matrix, tensor::row, tensor::scalar, tensor::tensor3, tensor::tensor4,
    tensor::vector;
using tensor::dcol, tensor::dmatrix, tensor::drow, tensor::dscalar, tensor::dtensor3,
    tensor::dtensor4, tensor::dvector;
using tensor::fcol, tensor::fmatrix, tensor::frow, tensor::fscalar, tensor::ftensor3,
    tensor::ftensor4, tensor::fvector;
using tensor::icol, tensor::imatrix, tensor::irow, tensor::iscalar, tensor::itensor3,
    tensor::itensor4, tensor::ivector;
using tensor::lcol, tensor::lmatrix, tensor::lrow, tensor::lscalar, tensor::ltensor3,
    tensor::ltensor4, tensor::lvector;
using tensor::wcol, tensor::wmatrix, tensor::wrow, tensor::wscalar, tensor::wtensor3,
    tensor::wtensor4, tensor::wvector;
using tensor::zcol, tensor::zmatrix, tensor::zrow, tensor::zscalar, tensor::ztensor3,
    tensor::ztensor4, tensor::zvector;
// making variables
using tensor::alloc, tensor::arange, tensor::as_tensor_variable, tensor::constant, tensor::eye,
    tensor::fill, tensor::load, tensor::ones, tensor::ones_like, tensor::zeros, tensor::zeros_like;
// elementwise
using tensor::abs, tensor::add, tensor::and_, tensor::angle, tensor::arccos, tensor::arccosh,
    tensor::arcsin, tensor::arcsinh, tensor::arctan, tensor::arctan2, tensor::arctanh, tensor::cast,
    tensor::cbrt, tensor::ceil, tensor::chi2sf, tensor::clip, tensor::copysign, tensor::cos,
    tensor::cosh, tensor::deg2rad, tensor::eq, tensor::erf, tensor::erfc, tensor::erfcinv,
    tensor::erfcx, tensor::erfinv, tensor::exp, tensor::exp2, tensor::expm1, tensor::floor,
    tensor::floor_div, tensor::fmod, tensor::gamma, tensor::gammainc, tensor::gammaincc,
    tensor::gammal, tensor::gammaln, tensor::gammau, tensor::ge, tensor::gt, tensor::hypot,
    tensor::i0, tensor::i1, tensor::int_div, tensor::inv, tensor::invert, tensor::isfinite,
    tensor::isinf, tensor::isnan, tensor::ifelse, tensor::iv, tensor::j0, tensor::j1, tensor::jv,
    tensor::le, tensor::left_shift, tensor::log, tensor::log10, tensor::log1mexp, tensor::log1p,
    tensor::log2, tensor::logaddexp, tensor::lt, tensor::maximum, tensor::minimum, tensor::mod,
    tensor::mul, tensor::neg, tensor::neq, tensor::nextafter, tensor::or_, tensor::pow, tensor::psi,
    tensor::rad2deg, tensor::right_shift, tensor::round, tensor::round_half_away_from_zero,
    tensor::sgn, tensor::signbit, tensor::sin, tensor::sinc, tensor::sinh, tensor::sqr,
    tensor::sqrt, tensor::sub, tensor::tan, tensor::tanh, tensor::tri_gamma, tensor::true_div,
    tensor::trunc, tensor::where, tensor::xlogx, tensor::xlogy0, tensor::xor_;
// reductions
using tensor::all, tensor::any, tensor::argmax, tensor::argmin, tensor::logsumexp, tensor::max,
    tensor::max_and_argmax, tensor::mean, tensor::min, tensor::prod, tensor::sum, tensor::var;
// products
using tensor::batched_dot, tensor::batched_tensordot, tensor::dot, tensor::outer, tensor::tensordot;
// linear algebra
using tensor::Assume, tensor::OnError;
using tensor::cholesky, tensor::det, tensor::matrix_inverse, tensor::slogdet, tensor::solve,
    tensor::solve_lower_triangular, tensor::solve_triangular, tensor::solve_tridiagonal,
    tensor::solve_upper_triangular;
// gradients
using tensor::grad_clip, tensor::verify_gradient;
// shapes and indexing
using tensor::addbroadcast, tensor::atleast_1d, tensor::atleast_2d, tensor::atleast_3d,
    tensor::compress, tensor::concatenate, tensor::expand_dims, tensor::flatnonzero,
    tensor::flatten, tensor::flip, tensor::inc_subtensor, tensor::join, tensor::moveaxis,
    tensor::nonzero, tensor::nonzero_values, tensor::patternbroadcast, tensor::repeat,
    tensor::reshape, tensor::roll, tensor::set_subtensor, tensor::shape_padaxis,
    tensor::shape_padleft, tensor::shape_padright, tensor::specify_shape, tensor::split,
    tensor::squeeze, tensor::stack, tensor::swapaxes, tensor::take, tensor::tile, tensor::transpose,
    tensor::unbroadcast;
// files of values and shared variables
using archive::restore, archive::restore_shared, archive::save, gpuarray::save;
// where arrays lie
using tensor::transfer;
// order, running sums, diagonals, counts, closeness
using tensor::allclose, tensor::argsort, tensor::bincount, tensor::cumprod, tensor::cumsum,
    tensor::diag, tensor::diagonal, tensor::diff, tensor::identity_like,
    tensor::inverse_permutation, tensor::isclose, tensor::norm, tensor::ptp, tensor::searchsorted,
    tensor::Side, tensor::sort, tensor::to_one_hot, tensor::trace, tensor::tri, tensor::tril,
    tensor::triu;
// devices
using gpuarray::as_gpuarray_variable, gpuarray::DTypeSpecs, gpuarray::gpu_context_type,
    gpuarray::gpu_supported, gpuarray::GpuArrayConstant, gpuarray::GpuArraySharedVariable,
    gpuarray::GpuArraySignature, gpuarray::GpuArrayType, gpuarray::GpuArrayVariable,
    gpuarray::gpuarray_shared_constructor, gpuarray::GpuContextType, gpuarray::GpuFromHost,
    gpuarray::GpuToGpu, gpuarray::host_from_gpu, gpuarray::HostFromGpu, gpuarray::move_to_gpu;
using gpuarray::close_context, gpuarray::ContextName, gpuarray::get_context, gpuarray::GpuArray,
    gpuarray::GpuContext, gpuarray::init_dev, gpuarray::list_contexts, gpuarray::reg_context;
namespace nnet = tensor::nnet;
// messages
using distributed::irecv, distributed::isend, distributed::mpi_cmps, distributed::mpi_enabled,
    distributed::mpi_keys, distributed::mpi_rank, distributed::mpi_send_wait_cmp,
    distributed::mpi_send_wait_key, distributed::mpi_size, distributed::mpi_tag_cmp,
    distributed::mpi_tag_key, distributed::MPIRecv, distributed::MPIRecvWait, distributed::MPISend,
    distributed::MPISendWait, distributed::recv, distributed::send;

namespace tensor {
using kroton::grad, kroton::Lop, kroton::Rop;
using kroton::irecv, kroton::isend, kroton::recv, kroton::send;
}  // namespace tensor
}  // namespace kroton
