// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/gpuarray/detail/gemm_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "kroton/kernel/dialect.h"
#include "kroton/kernel/prelude/prelude.h"

namespace kroton::gpuarray::detail {
namespace {
using kernel::Dialect;

// Names that both languages understand in the texts below.
std::string words(Dialect dialect) {
  return dialect == Dialect::opencl
             ? "#define ENTRY __kernel void\n#define AT __global\n#define SHARED __local\n"
               "#define LANE (int)get_local_id(0)\n#define GROUP (k_i64)get_group_id(0)\n"
               "#define GROUPS (k_i64)get_num_groups(0)\n"
               "#define WAIT barrier(CLK_LOCAL_MEM_FENCE)\n"
             : "#define ENTRY extern \"C\" __global__ void\n#define AT\n#define SHARED __shared__\n"
               "#define LANE (int)threadIdx.x\n#define GROUP (k_i64)blockIdx.x\n"
               "#define GROUPS (k_i64)gridDim.x\n#define WAIT __syncthreads()\n";
}

constexpr const char* head = R"(
ENTRY gemm(AT const k_i64* g, AT const ELEMENT* a, AT const ELEMENT* b, AT ELEMENT* z, SUM alpha, SUM beta) {
  const k_i64 m = g[1], n = g[2], k = g[3];
  const k_i64 rows = (m + ROWS - 1) / ROWS, columns = (n + COLUMNS - 1) / COLUMNS;
  const k_i64 tiles = g[0] * rows * columns;
)";

// One item at a time computes a tile. A part of right is laid out side by side and used for all
// rows of the tile; MICRO rows of sums stay in registers meanwhile. Rows beyond the border repeat
// the last one, columns there are zeros.
constexpr const char* cpu_begin = R"(
  const k_i64 chunk = (tiles + GROUPS - 1) / GROUPS;
  const k_i64 end = (GROUP + 1) * chunk < tiles ? (GROUP + 1) * chunk : tiles;
  SUM panel[DEPTH * COLUMNS] __attribute__((aligned(64)));
  SUM state[ROWS * COLUMNS] __attribute__((aligned(64)));
  for (k_i64 t = GROUP * chunk; t < end; ++t) {
    const k_i64 s = t / (rows * columns), j0 = t / rows % columns * COLUMNS, i0 = t % rows * ROWS;
    AT const ELEMENT* x = a + g[7] + s * g[4];
    AT const ELEMENT* y = b + g[11] + s * g[8];
    const int whole = j0 + COLUMNS <= n && g[10] == 1;
    for (int e = 0; e < ROWS * COLUMNS; ++e) state[e] = 0;
    for (k_i64 p0 = 0; p0 < k; p0 += DEPTH) {
      const int depth = k - p0 < DEPTH ? k - p0 : DEPTH;
      for (int p = 0; p < depth; ++p) {
        AT const ELEMENT* from = y + (p0 + p) * g[9] + j0 * g[10];
        if (whole) {
          for (int j = 0; j < COLUMNS; ++j) panel[p * COLUMNS + j] = LOAD(from[j]);
        } else {
          for (int j = 0; j < COLUMNS; ++j)
            panel[p * COLUMNS + j] = j0 + j < n ? LOAD(from[j * g[10]]) : 0;
        }
      }
      for (int r = 0; r < ROWS && i0 + r < m; r += MICRO) {
)";
constexpr const char* cpu_end = R"(
      }
    }
    for (int i = 0; i < ROWS && i0 + i < m; ++i) {
      for (int j = 0; j < COLUMNS && j0 + j < n; ++j) {
        AT ELEMENT* to = z + g[15] + s * g[12] + (i0 + i) * g[13] + (j0 + j) * g[14];
        const SUM sum = state[i * COLUMNS + j];
        *to = beta == 0 ? STORE(alpha * sum) : STORE(FMA(alpha, sum, beta * LOAD(*to)));
      }
    }
  }
}
)";

// MICRO rows of PARTS vectors each, by name: compilers leave arrays of them in memory.
std::string micro_kernel(int micro, int parts) {
  std::string begin, loop, end;
  for (int w = 0; w < parts; ++w)
    loop += fmt::format("          const WIDE right{0} = VLOAD({0}, panel + p * COLUMNS);\n", w);
  loop += "          WIDE left;\n";
  for (int i = 0; i < micro; ++i) {
    begin += fmt::format(
        "        AT const ELEMENT* x{0} =\n"
        "            x + (i0 + r + {0} < m ? i0 + r + {0} : m - 1) * g[5] + p0 * g[6];\n",
        i);
    loop += fmt::format("          left = (WIDE)(LOAD(*x{0}));\n          x{0} += g[6];\n", i);
    for (int w = 0; w < parts; ++w) {
      const std::string place = fmt::format("{}, state + (r + {}) * COLUMNS", w, i);
      begin += fmt::format("        WIDE s{}_{} = VLOAD({});\n", i, w, place);
      loop += fmt::format("          s{0}_{1} = FMA(left, right{1}, s{0}_{1});\n", i, w);
      end += fmt::format("        VSTORE(s{}_{}, {});\n", i, w, place);
    }
  }
  return begin + "        for (int p = 0; p < depth; ++p) {\n" + loop + "        }\n" + end;
}

// Tiles of a CPU: as many sums as its registers hold. N: columns of the product.
struct CpuTiles {
  int lanes, micro, parts;
};
CpuTiles cpu_tiles(const DeviceProperties& device, DType sum, std::int64_t n) {
  const int lanes = device.vector_bytes / static_cast<int>(itemsize(sum));
  if (n <= lanes) return {lanes, 4, 1};
  return {lanes, 4, device.vector_bytes >= 64 ? 4 : 2};
}

// A group of 256 computes a tile of 64 x 64, each item a part of 4 x 4, over steps of 16.
constexpr const char* gpu_text = R"(
  SHARED SUM left[16][65];
  SHARED SUM right[16][65];
  const int lane = LANE, row = lane / 16, column = lane % 16;
  for (k_i64 t = GROUP; t < tiles; t += GROUPS) {
    const k_i64 s = t / (rows * columns), j0 = t / rows % columns * COLUMNS, i0 = t % rows * ROWS;
    AT const ELEMENT* x = a + g[7] + s * g[4];
    AT const ELEMENT* y = b + g[11] + s * g[8];
    SUM sum[4][4];
    for (int i = 0; i < 4; ++i)
      for (int j = 0; j < 4; ++j) sum[i][j] = 0;
    for (k_i64 p0 = 0; p0 < k; p0 += 16) {
      for (int e = lane; e < 1024; e += 256) {
        const int p = g[6] == 1 ? e % 16 : e / 64, i = g[6] == 1 ? e / 16 : e % 64;
        left[p][i] = i0 + i < m && p0 + p < k ? LOAD(x[(i0 + i) * g[5] + (p0 + p) * g[6]]) : 0;
      }
      for (int e = lane; e < 1024; e += 256) {
        const int p = g[9] == 1 ? e % 16 : e / 64, j = g[9] == 1 ? e / 16 : e % 64;
        right[p][j] = j0 + j < n && p0 + p < k ? LOAD(y[(p0 + p) * g[9] + (j0 + j) * g[10]]) : 0;
      }
      WAIT;
      for (int p = 0; p < 16; ++p)
        for (int i = 0; i < 4; ++i)
          for (int j = 0; j < 4; ++j)
            sum[i][j] = FMA(left[p][row + 16 * i], right[p][column + 16 * j], sum[i][j]);
      WAIT;
    }
    for (int i = 0; i < 4; ++i) {
      for (int j = 0; j < 4; ++j) {
        const k_i64 at_i = i0 + row + 16 * i, at_j = j0 + column + 16 * j;
        if (at_i < m && at_j < n) {
          AT ELEMENT* to = z + g[15] + s * g[12] + at_i * g[13] + at_j * g[14];
          *to = beta == 0 ? STORE(alpha * sum[i][j]) : STORE(FMA(alpha, sum[i][j], beta * LOAD(*to)));
        }
      }
    }
  }
}
)";
}  // namespace

GemmText gemm_text(const DeviceProperties& device, DType dtype, std::int64_t n) {
  const bool narrow = dtype == float16 || dtype == bfloat16;
  const DType sum_dtype = dtype == float64 ? float64 : float32;
  const std::string sum = kernel::suffix(sum_dtype), element = kernel::suffix(dtype);
  std::vector<std::string> used;
  if (narrow) used = {"f32_from_" + element, element + "_from_f32"};
  const CpuTiles tiles = cpu_tiles(device, sum_dtype, n);
  GemmText made{"", "gemm", 64, device.cpu ? tiles.lanes * tiles.parts : 64, device.cpu ? 1 : 256};
  made.text =
      kernel::prelude_text(device.dialect, used) + words(device.dialect) +
      fmt::format("#define ELEMENT {}\n#define SUM k_{}\n#define FMA KFMA_{}\n",
                  kernel::element_type(dtype), sum, dtype == float64 ? "F64" : "F32") +
      (narrow ? fmt::format("#define LOAD(x) f32_from_{0}(x)\n#define STORE(x) {0}_from_f32(x)\n",
                            element)
              : std::string("#define LOAD(x) (x)\n#define STORE(x) (x)\n")) +
      fmt::format("#define ROWS {}\n#define COLUMNS {}\n", made.rows, made.columns);
  if (device.cpu) {
    made.text += fmt::format(
        "#define WIDE {0}{1}\n#define VLOAD vload{1}\n#define VSTORE vstore{1}\n"
        "#define MICRO {2}\n#define DEPTH 256\n",
        dtype == float64 ? "double" : "float", tiles.lanes, tiles.micro);
    made.text += head + std::string(cpu_begin) + micro_kernel(tiles.micro, tiles.parts) + cpu_end;
  } else {
    made.text += head + std::string(gpu_text);
  }
  return made;
}

void multiply_by_kernel(const std::string& who, OpenContext& context,
                        const DeviceProperties& device, const GemmCall& call) {
  const GemmText text = gemm_text(device, call.dtype, call.n);
  const auto program = context.program(text.text, {text.entry}, who);
  const auto bytes = itemsize(call.dtype);
  std::vector<std::int64_t> numbers{call.stack, call.m, call.n, call.k};
  const auto add = [&](const std::array<std::int64_t, 3>& steps, Place place) {
    numbers.insert(numbers.end(), steps.begin(), steps.end());
    numbers.push_back(static_cast<std::int64_t>(place.offset / bytes));
  };
  add(call.a_steps, call.a);
  add(call.b_steps, call.b);
  add(call.z_steps, call.z);
  const Memory g = context.numbers(numbers, {}, {})[0];
  const float narrow[] = {static_cast<float>(call.alpha), static_cast<float>(call.beta)};
  const bool wide = call.dtype == float64;
  const std::size_t size = wide ? sizeof(double) : sizeof(float);
  const KernelArgument arguments[] = {
      {&g.handle, sizeof g.handle},
      {&call.a.memory.handle, sizeof g.handle},
      {&call.b.memory.handle, sizeof g.handle},
      {&call.z.memory.handle, sizeof g.handle},
      {wide ? static_cast<const void*>(&call.alpha) : &narrow[0], size},
      {wide ? static_cast<const void*>(&call.beta) : &narrow[1], size}};
  const std::int64_t tiles = call.stack * ((call.m + text.rows - 1) / text.rows) *
                             ((call.n + text.columns - 1) / text.columns);
  const std::int64_t most = std::int64_t{device.compute_units} * (device.cpu ? 4 : 1024);
  context.driver().launch(program->functions[0],
                          {std::clamp<std::int64_t>(tiles, 1, most), text.group_size}, arguments);
}
}  // namespace kroton::gpuarray::detail
