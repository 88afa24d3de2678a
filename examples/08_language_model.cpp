// SPDX-License-Identifier: BSD-3-Clause
// A network that learns to write licences: from a window of characters it predicts the next one.
// The text is a file that the graph loads; training is one function with Adam's updates. In the end
// it is measured on text that it never saw, beside a trigram model of the same text.
//   language_model [STEPS [SECONDS [FOLDER]]]    as many steps as asked for, or seconds
// Ctrl-C ends the training; what has been learnt until then is measured and shown, exit code 130.
#include <kroton/kroton.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <random>

#include "language/corpus.h"
#include "language/network.h"
#include "language/progress.h"
#include "language/trigram.h"

using namespace kroton;
namespace T = kroton::tensor;

namespace {
using language::window;
constexpr std::int64_t batch = 128;
std::mt19937 generator(7);  // the same run each time

std::string sample(const Function& predict, const language::Corpus& corpus, std::size_t length) {
  std::vector<std::int64_t> codes(corpus.codes.begin(), corpus.codes.begin() + window);
  std::string text;
  while (text.size() < length) {
    const std::vector<std::int64_t> last(codes.end() - window, codes.end());
    const NDArray p = predict(array(last, {1, window}));
    std::discrete_distribution<std::int64_t> next(p.data<float>(), p.data<float>() + p.size());
    codes.push_back(next(generator));
    text += corpus.alphabet[static_cast<std::size_t>(codes.back())];
  }
  for (std::size_t at = 0; (at = text.find('\n', at)) != text.npos; at += 3)
    text.insert(at + 1, "  ");
  return "  " + text;
}

NDArray some(const std::vector<std::int64_t>& positions, std::int64_t count) {
  std::uniform_int_distribution<std::size_t> any(0, positions.size() - 1);
  NDArray chosen = NDArray::zeros({count}, int64);
  for (std::int64_t& p : chosen.span<std::int64_t>()) p = positions[any(generator)];
  return chosen;
}

int run(std::int64_t steps, double seconds, const std::string& folder) {
  const language::Corpus corpus = language::read_corpus(folder, window);
  if (corpus.held_out.empty()) {
    std::printf("  no texts in %s: give another folder\n", folder.c_str());
    return 77;
  }
  save_npy("text.npy", array(corpus.codes));
  std::printf("  %zu characters, %zu different ones; %zu are held out\n", corpus.text.size(),
              corpus.letters(), corpus.held_out.size());

  auto path = generic("path");
  auto positions = lvector("positions");
  auto text = load(path, uint8, {false}, "c");
  auto windows = text[positions.dimshuffle({0, "x"}) + (T::arange(window) - window)];
  const language::Model model(static_cast<std::int64_t>(corpus.letters()), generator);
  auto predicted = model(windows);
  auto bits = -mean(predicted[{T::arange(positions.shape(0)), text[positions]}]) / std::log(2.f);
  auto rate = fscalar("rate");
  const language::Updates updates = language::adam(bits, model.parameters(), rate);
  auto train = function({path, positions, rate}, bits, {.updates = updates});
  auto measure = function({path, positions}, bits);
  auto codes = lmatrix("codes");
  auto predict = function({codes}, exp(model(codes)));

  std::printf("\n  before:\n%s\n\n", sample(predict, corpus, 160).c_str());
  language::count_interrupts();
  language::Progress progress;
  const auto start = std::chrono::steady_clock::now();
  double loss = std::log2(static_cast<double>(corpus.letters())), passed = 0;
  std::int64_t step = 0;
  for (; step < steps && passed < seconds && language::interrupts == 0; ++step) {
    const double done = std::max(double(step) / double(steps), passed / seconds);
    const auto now = static_cast<float>(0.004 * (1 - done) + 1e-5);
    loss += 0.02 * (train("text.npy", some(corpus.train, batch), now).item<float>() - loss);
    passed = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (step % 20 == 0) progress.show(done, loss, double((step + 1) * batch) / passed);
  }
  progress.show(1, loss, double(step * batch) / passed);
  progress.end();

  const double learnt = measure("text.npy", array(corpus.held_out)).item<float>();
  const double counted = language::trigram_bits(corpus);
  std::printf("\n  after %lld steps, %.1f s%s:\n%s\n\n", static_cast<long long>(step), passed,
              language::interrupts ? " (interrupted)" : "", sample(predict, corpus, 480).c_str());
  std::printf("  held-out text: %.3f bits a character; a trigram model: %.3f\n", learnt, counted);
  std::printf("\n  the training step, after rewriting (%zu nodes), begins:\n",
              train.nodes().size());
  const std::string graph = debugprint(train);
  for (std::size_t line = 0, at = 0; line < 8 && at < graph.size();
       ++line, at = graph.find('\n', at) + 1)
    std::printf("    %s\n",
                graph.substr(at, std::min<std::size_t>(graph.find('\n', at) - at, 96)).c_str());

  // The same step, watched. The whole table goes to stderr.
  auto watched = function({path, positions, rate}, bits,
                          {.updates = updates, .name = "train", .profile = true});
  for (int i = 0; i < 200; ++i) watched("text.npy", some(corpus.train, batch), 0.f);
  const Profile profile = watched.profile();
  std::printf("\n  where its %.2f ms go:\n", profile.seconds / double(profile.calls) * 1e3);
  for (std::size_t i = 0; i < std::min<std::size_t>(5, profile.ops.size()); ++i)
    std::printf("    %4.1f %%  %.80s\n", 100 * profile.ops[i].seconds / profile.seconds,
                profile.ops[i].text.c_str());
  std::fflush(stdout);
  std::fputs(profile.table().c_str(), stderr);
  if (language::interrupts) return 130;
  return learnt < (step >= 5000 ? counted : 4.5) ? 0 : 1;
}
}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc > 1 ? std::atoll(argv[1]) : 20000, argc > 2 ? std::atof(argv[2]) : 40,
               argc > 3 ? argv[3] : "/usr/share/common-licenses");
  } catch (const Error& error) {
    std::fprintf(stderr, "language_model: %s\n", error.what());
    return 1;
  }
}
