// SPDX-License-Identifier: BSD-3-Clause
// Signals belong to the program: its handlers stay its own, run on its own threads, and a signal
// that comes during a call or a compilation changes nothing.
#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "kroton/kroton.h"

using namespace kroton;
namespace T = kroton::tensor;

namespace {
const std::int64_t many = 1 << 20;  // long enough for the pool to take part

Function sum_of_sines(double by) {
  const Variable x = dvector("x");
  return function({x}, T::sum(T::sin(x * by)));
}

std::atomic<int> received{0};
std::atomic<int> on_other_threads{0};
pthread_t owner;
void note(int) {
  ++received;
  if (!pthread_equal(pthread_self(), owner)) ++on_other_threads;
}

// What the process does on each signal that can be caught.
std::array<struct sigaction, 32> dispositions() {
  std::array<struct sigaction, 32> all{};
  for (int s = 1; s < 32; ++s) ::sigaction(s, nullptr, &all[static_cast<std::size_t>(s)]);
  return all;
}

// While one lives, the process gets a SIGALRM every 200 microseconds, without SA_RESTART: system
// calls that are under way fail with EINTR.
class Alarms {
 public:
  Alarms() {
    owner = ::pthread_self();
    received = on_other_threads = 0;
    struct sigaction action{};
    action.sa_handler = note;
    ::sigaction(SIGALRM, &action, &before_);
    const itimerval every{{0, 200}, {0, 200}};
    ::setitimer(ITIMER_REAL, &every, nullptr);
  }
  ~Alarms() {
    const itimerval never{};
    ::setitimer(ITIMER_REAL, &never, nullptr);
    ::sigaction(SIGALRM, &before_, nullptr);
  }
  Alarms(const Alarms&) = delete;
  Alarms& operator=(const Alarms&) = delete;

 private:
  struct sigaction before_{};
};
}  // namespace

TEST(Signals, the_program_s_handlers_stay_and_the_library_installs_none) {
  for (const int signal : {SIGINT, SIGTERM, SIGUSR1, SIGPIPE, SIGCHLD}) {
    struct sigaction action{};
    action.sa_handler = note;
    ::sigaction(signal, &action, nullptr);
  }
  const auto before = dispositions();
  sigset_t mask_before, mask_after;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &mask_before);
  const NDArray x = NDArray::full({many}, 0.5);
  EXPECT_NEAR(sum_of_sines(2)(x).item<double>(), static_cast<double>(many) * 0.8414709848078965,
              1e-6);
  EXPECT_THROW((void)sum_of_sines(2)(NDArray::zeros({2, 2})), Error);
  const auto after = dispositions();
  for (std::size_t s = 1; s < before.size(); ++s)
    EXPECT_EQ(after[s].sa_handler, before[s].sa_handler) << "signal " << s;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &mask_after);
  for (int s = 1; s < 32; ++s)
    EXPECT_EQ(sigismember(&mask_before, s), sigismember(&mask_after, s)) << "signal " << s;
  owner = ::pthread_self();
  received = 0;
  ::raise(SIGINT);
  ::raise(SIGTERM);
  EXPECT_EQ(received, 2);
}

TEST(Signals, handlers_run_on_the_program_s_threads_and_calls_go_on) {
  const Function f = sum_of_sines(1);
  const NDArray x = NDArray::full({many}, 0.5);
  const double wanted = f(x).item<double>();  // the pool is there now
  const Alarms alarms;
  for (int call = 0; call < 20; ++call) EXPECT_EQ(f(x).item<double>(), wanted);
  while (received < 10) (void)f(x);
#ifndef __SANITIZE_THREAD__  // it has a thread of its own, which takes signals too
  EXPECT_EQ(on_other_threads, 0);
#endif
}

#ifndef __SANITIZE_THREAD__
// Not a matter of luck, as which thread the kernel picks is: what each thread blocks.
TEST(Signals, threads_of_the_libraries_take_none_either) {
  const NDArray x = NDArray::full({300, 300}, 0.5);
  const Variable a = dmatrix("a");
  EXPECT_EQ(function({a}, T::sum(T::dot(a, a)))(x).item<double>(), 300. * 300 * 75);
  EXPECT_EQ(sum_of_sines(0)(NDArray::full({many}, 0.5)).item<double>(), 0);
  gpuarray::init_dev("opencl0:0", "signals");
  const auto blocked = [](const std::filesystem::path& thread) {
    std::ifstream status(thread / "status");
    for (std::string line; std::getline(status, line);)
      if (line.starts_with("SigBlk:")) return std::stoull(line.substr(7), nullptr, 16);
    return 0ull;
  };
  const auto has = [](unsigned long long mask, int signal) {
    return (mask >> (signal - 1) & 1) != 0;
  };
  int others = 0;
  for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task")) {
    if (thread.path().filename() == std::to_string(::getpid())) continue;
    ++others;
    const auto mask = blocked(thread.path());
    for (const int signal : {SIGINT, SIGTERM, SIGALRM, SIGCHLD, SIGUSR1})
      EXPECT_TRUE(has(mask, signal)) << thread.path() << " takes signal " << signal;
    for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGPROF})
      EXPECT_FALSE(has(mask, signal)) << thread.path() << " blocks signal " << signal;
  }
  EXPECT_GE(others, 1);
  // This thread takes them as before.
  owner = ::pthread_self();
  received = on_other_threads = 0;
  ::signal(SIGUSR1, note);
  ::kill(::getpid(), SIGUSR1);
  EXPECT_EQ(received, 1);
  EXPECT_EQ(on_other_threads, 0);
}
#endif

TEST(Signals, compilations_and_files_are_not_disturbed) {
  const std::string folder = std::filesystem::temp_directory_path() / "kroton_signals";
  std::filesystem::create_directories(folder);
  const std::string path = folder + "/" + std::to_string(::getpid()) + ".npy";
  const Alarms alarms;
  for (int turn = 0; turn < 3; ++turn) {
    const double by = 3 + turn + 1e-3 * static_cast<double>(::getpid() % 1000);  // a new kernel
    const NDArray x = NDArray::full({many}, 0.25);
    save_npy(path, x);
    const double sum = sum_of_sines(by)(load_npy(path)).item<double>();
    EXPECT_NEAR(sum / static_cast<double>(many), std::sin(0.25 * by), 1e-12);
    EXPECT_EQ(load_npy(path, "c").copy().at<double>({many - 1}), 0.25);
  }
  while (received < 10) ::usleep(300);
  std::filesystem::remove_all(folder);
}

TEST(Signals, one_that_ends_the_program_ends_it_during_a_call) {
  EXPECT_EXIT(
      {
        ::signal(SIGTERM, SIG_DFL);
        const Function f = sum_of_sines(1);
        const NDArray x = NDArray::full({many}, 0.5);
        (void)f(x);
        std::thread([] {
          ::usleep(20'000);
          ::kill(::getpid(), SIGTERM);
        }).detach();
        for (;;) (void)f(x);
      },
      testing::KilledBySignal(SIGTERM), "");
}
