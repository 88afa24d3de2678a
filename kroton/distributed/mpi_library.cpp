// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/distributed/detail/mpi_library.h"

#include <fmt/format.h>

#include <cstdlib>
#include <vector>

#include "kroton/base/config.h"
#include "kroton/base/dynlib.h"
#include "kroton/base/errors.h"
#include "kroton/base/files.h"
#include "kroton/base/log.h"
#include "kroton/distributed/communicator.h"
#include "kroton/distributed/point_to_point.h"

namespace kroton::distributed::detail {
namespace {
struct Family {
  const char* word;  // of the flag mpi
  const char* name;
  const char* library;  // what such a process has loaded
  const char* size;     // of the launcher's environment
  const char* mark;
  const char* packages;
};
// Where no launcher decides, the first that is there: MPICH starts a single process four times
// quicker.
constexpr Family families[] = {
    {"mpich", "MPICH", "libmpich.so.12", "PMI_SIZE", "PMI_RANK", "libmpich12 and mpich"},
    {"openmpi", "Open MPI", "libmpi.so.40", "OMPI_COMM_WORLD_SIZE", "PMIX_RANK",
     "libopenmpi3 and openmpi-bin"}};

const Family& family_of(std::string_view word) {
  return word == families[0].word ? families[0] : families[1];
}

std::string file_of(const Family& family) {
  return std::string("libkroton_mpi_") + family.word + ".so";
}

// The families to try, the best first.
std::vector<const Family*> candidates() {
  const std::string& wanted = base::config().mpi();
  if (wanted != "auto") return {&family_of(wanted)};
  for (const Family& family : families) {
    if (base::Dynlib::is_loaded(family.library)) return {&family};
  }
  if (const auto started = launcher()) return {&family_of(started->family)};
  return {&families[0], &families[1]};
}

const kroton_mpi_plugin* open(const Family& family, std::string& why) {
  const std::string file = file_of(family);
  const std::string path = base::find_beside(reinterpret_cast<const void*>(&mpi_enabled), file);
  if (path.empty()) {
    why = fmt::format("{} is not there, this Kroton was built without {}", file, family.name);
    return nullptr;
  }
  base::Dynlib lib = base::Dynlib::try_open(path, &why);
  if (!lib) {
    why += fmt::format(" (packages {})", family.packages);
    return nullptr;
  }
  const auto entry = reinterpret_cast<kroton_mpi_entry_function>(lib.find(KROTON_MPI_ENTRY));
  const kroton_mpi_plugin* plugin = entry ? entry() : nullptr;
  if (!plugin || plugin->interface_version != KROTON_MPI_INTERFACE) {
    why = path + " belongs to another version of Kroton";
    return nullptr;
  }
  lib.leak();  // MPI cannot be unloaded
  return plugin;
}

void check_size(const MpiLibrary& library) {
  int size = 0;
  library.check(library.calls->size(library.calls->comm_world(), &size), "MPI_Comm_size");
  const auto started = launcher();
  if (!started || started->size <= 1 || size > 1) return;
  throw CommunicationError(fmt::format(
      "messages: {}'s launcher started {} ranks ({} is {}) and {} sees 1; start the program by the "
      "mpiexec of {}, or set the flag mpi to {}",
      started->name, started->size, started->variable, started->size, library.name, library.name,
      started->family));
}
}  // namespace

std::optional<Launcher> launcher() {
  // Open MPI's own mpiexec may leave PMI variables too.
  for (const std::size_t i : {std::size_t{1}, std::size_t{0}}) {
    const Family& family = families[i];
    if (const auto size = base::environment(family.size))
      return Launcher{family.word, family.name, family.size, std::atoi(size->c_str())};
  }
  for (const std::size_t i : {std::size_t{1}, std::size_t{0}}) {
    const Family& family = families[i];
    if (base::environment(family.mark)) return Launcher{family.word, family.name, family.mark, 0};
  }
  return std::nullopt;
}

void MpiLibrary::check(int error, const char* call) const {
  if (!error) return;
  char words[1024];
  calls->error_text(error, words, sizeof words);
  throw CommunicationError(fmt::format("{}: {} failed: {}", name, call, words));
}

MpiLibrary load_mpi(void (*at_end)()) {
  if (base::config().mpi() == "off") {
    throw CommunicationError(
        "messages: the flag mpi is off; set it to auto, or run ranks by distributed::loopback");
  }
  MpiLibrary library;
  std::string reasons;
  for (const Family* family : candidates()) {
    std::string why;
    library.calls = open(*family, why);
    if (library.calls) break;
    reasons += (reasons.empty() ? "" : "; ") + why;
  }
  if (!library.calls) {
    throw CommunicationError("messages: there is no MPI: " + reasons +
                             "; distributed::loopback runs ranks in one process");
  }
  library.name = library.calls->version();
  if (library.calls->is_finalized()) {
    throw CommunicationError(
        fmt::format("messages: {} has been finalised; call mpi_enabled() before", library.name));
  }
  int ours = 0;
  library.check(library.calls->init(&library.threads, &ours, at_end), "MPI_Init_thread");
  library.ours = ours != 0;
  const std::string& wanted = base::config().mpi_cuda_aware();
  library.takes_cuda = wanted == "auto" ? library.calls->takes_cuda() != 0 : wanted == "True";
  base::log(base::LogLevel::info,
            fmt::format("messages: {}, {}, memory of CUDA devices goes {}", library.name,
                        library.ours ? "initialised here" : "initialised by the program",
                        library.takes_cuda ? "as it is" : "by way of the host"));
  check_size(library);
  return library;
}
}  // namespace kroton::distributed::detail

namespace kroton::distributed {
std::string describe_mpi() {
  if (base::config().mpi() == "off") return "none, the flag mpi is off";
  std::string text, why;
  for (const auto& family : detail::families) {
    const kroton_mpi_plugin* plugin = detail::open(family, why);
    if (plugin) text += (text.empty() ? "" : ", ") + std::string(plugin->version());
  }
  return text.empty() ? "none (" + why + ")" : text;
}
}  // namespace kroton::distributed
