// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/tensor/blas.h"

#include <string_view>
#include <thread>
#include <vector>

#include "kroton/base/config.h"
#include "kroton/base/dynlib.h"
#include "kroton/base/errors.h"
#include "kroton/base/signals.h"
#include "kroton/base/text.h"
#include "kroton/tensor/detail/onednn.h"

namespace kroton::tensor::blas {
namespace {
using base::Dynlib;

struct Libraries {
  std::vector<Dynlib> opened;  // in the order in which functions are looked for
  std::string why;             // nothing was opened
  bool shared = false;         // the program had opened the first one before

  void* find(const std::string& symbol) const {
    for (const Dynlib& library : opened) {
      if (void* address = library.find(symbol.c_str())) return address;
    }
    return nullptr;
  }
};

// OpenBLAS brings a pool of its own, which would compete with ours. A library that the program
// itself works with keeps its setting. OpenMP keeps such a setting by thread: not by the caller's.
void use_one_thread(const Dynlib& library) {
  if (auto* set = reinterpret_cast<void (*)(int)>(library.find("openblas_set_num_threads"))) {
    const base::SignalsBlocked blocked;
    std::thread(set, 1).join();
  }
}

Libraries open_libraries() {
  Libraries libraries;
  const std::string wanted = base::config().blas();
  if (wanted == "none") {
    libraries.why = "the flag blas is none";
    return libraries;
  }
  const auto open = [&](const std::string& path) {
    const bool shared = Dynlib::is_loaded(path);
    std::string why;
    Dynlib library = Dynlib::try_open(path, &why);
    if (!library || (libraries.opened.empty() && !library.find("dgemm_"))) {
      libraries.why +=
          (libraries.why.empty() ? "" : "; ") + (library ? path + " has no function dgemm_" : why);
      return false;
    }
    if (libraries.opened.empty()) libraries.shared = shared;
    if (!shared) use_one_thread(library);
    libraries.opened.push_back(std::move(library));
    return true;
  };
  if (!wanted.empty()) {
    if (!open(wanted)) {
      throw Error("blas: the flag blas is " + base::quote(wanted) + ", which does not work (" +
                  libraries.why + "); give a library with BLAS functions, none, or nothing");
    }
  } else if (!open("libopenblas.so.0")) {
    open("libblas.so.3");
  }
  if (!libraries.opened.empty() && !libraries.find("dpotrf_")) open("liblapack.so.3");
  return libraries;
}

const Libraries& libraries() {
  // Never closed: OpenBLAS has threads, and a kernel may still run when the process ends.
  static const Libraries* const opened = new Libraries(open_libraries());
  return *opened;
}

const char* letter(DType dtype) {
  switch (dtype) {
    case float32:
      return "s";
    case float64:
      return "d";
    case complex64:
      return "c";
    case complex128:
      return "z";
    default:
      return nullptr;
  }
}
}  // namespace

void* find(const char* name, DType dtype) {
  const char* const first = letter(dtype);
  return first ? libraries().find(std::string(first) + name + "_") : nullptr;
}

void* get(const char* name, DType dtype, const char* who) {
  if (void* address = find(name, dtype)) return address;
  KROTON_CHECK(letter(dtype) != nullptr);
  const std::string why =
      libraries().why.empty() ? "the library has no such function" : libraries().why;
  throw UnsupportedError(std::string(who) + ": LAPACK's " + letter(dtype) + name +
                         " is not there (" + why +
                         "); install the package libopenblas0, or name a library by the flag blas");
}

std::string describe() {
  const Libraries& there = libraries();
  if (there.opened.empty()) {
    return "none (" + there.why +
           "): products of matrices run as kernels, slower; factorizations and solvers do not run";
  }
  std::string text;
  if (auto* config = reinterpret_cast<char* (*)()>(there.find("openblas_get_config"))) {
    const std::vector<std::string_view> words = base::split(config(), ' ');
    text = words[0];
    if (words.size() > 1) text.append(" ").append(words[1]);
    if (auto* core = reinterpret_cast<char* (*)()>(there.find("openblas_get_corename")))
      text += std::string(" (") + core() + ")";
    text += ", ";
  }
  for (std::size_t i = 0; i < there.opened.size(); ++i)
    text += (i == 0 ? "" : " and ") + there.opened[i].path();
  if (there.shared) text += ", which the program had opened before and sets the threads of";
  if (const std::string other = onednn::describe(); !other.empty()) text += "; " + other;
  if (!there.find("dpotrf_")) text += ", without LAPACK: factorizations and solvers do not run";
  return text;
}
}  // namespace kroton::tensor::blas
