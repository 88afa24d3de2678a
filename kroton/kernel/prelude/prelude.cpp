// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/kernel/prelude/prelude.h"

#include <array>
#include <deque>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>

#include "kroton/base/errors.h"
#include "kroton/kernel/prelude/sources.h"

namespace kroton::kernel {
namespace {
using Words = std::vector<std::pair<std::string, std::string>>;

// One function or table. Its text, and which earlier pieces that names, are made when it is wanted
// first: a process whose kernels are cached has no time for the whole prelude.
struct Piece {
  std::string name;
  std::string_view source;
  const Words* words;  // that the source stands for
  bool made = false;
  std::string text = {};
  std::vector<std::size_t> uses = {};
};

struct Prelude {
  std::string ground;  // types and macros of the dialect
  std::deque<Words> words;
  std::vector<Piece> pieces;
  std::unordered_map<std::string, std::size_t> index;
  std::mutex making;
};

constexpr auto identifier_characters = [] {
  std::array<bool, 256> table{};
  for (const char c : std::string_view("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"))
    table[static_cast<unsigned char>(c)] = true;
  return table;
}();
bool in_identifier(char c) { return identifier_characters[static_cast<unsigned char>(c)]; }

// Calls f(begin, end) for every identifier of the text.
template <class F>
void for_each_identifier(std::string_view text, F&& f) {
  for (std::size_t i = 0; i < text.size();) {
    if (!in_identifier(text[i])) {
      ++i;
      continue;
    }
    std::size_t end = i;
    while (end < text.size() && in_identifier(text[end])) ++end;
    f(i, end);
    i = end;
  }
}

// The text with whole words replaced, and WORD(name) by the name with an ending for words given as
// "WORD(".
std::string with_words(std::string_view text, const Words& words) {
  std::string out;
  std::size_t done = 0;
  for_each_identifier(text, [&](std::size_t begin, std::size_t end) {
    if (begin < done || text.substr(begin, 2) != "K_") return;
    const std::string_view word = text.substr(begin, end - begin);
    for (const auto& [from, to] : words) {
      if (word == from) {
        out.append(text.substr(done, begin - done)).append(to);
        done = end;
      } else if (from.back() == '(' && text.substr(begin, from.size()) == from) {
        const std::size_t close = text.find(')', end);
        out.append(text.substr(done, begin - done))
            .append(text.substr(end + 1, close - end - 1))
            .append(to);
        done = close + 1;
      }
    }
  });
  return out.append(text.substr(done));
}

// What a piece that begins with this line is called, its words replaced.
std::string name_of(std::string_view line, const Words& words) {
  const std::size_t open = line.find('(');
  if (line.starts_with("KTABLE(")) {
    const std::size_t comma = line.find(", ");
    return with_words(line.substr(comma + 2, line.find(',', comma + 1) - comma - 2), words);
  }
  std::size_t begin = open;
  while (in_identifier(line[begin - 1])) --begin;
  const std::string_view before = line.substr(begin, open + 1 - begin);
  for (const auto& [from, to] : words) {
    if (before == from)
      return std::string(line.substr(open + 1, line.find(')', open) - open - 1)) + to;
  }
  return std::string(before.substr(0, before.size() - 1));
}

void add_piece(Prelude& prelude, std::string_view source, const Words& words) {
  std::string name = name_of(source.substr(0, source.find('\n')), words);
  prelude.index.emplace(name, prelude.pieces.size());
  prelude.pieces.push_back({std::move(name), source, &words});
}

// PRELUDE.making is held.
const Piece& made(Prelude& prelude, std::size_t number) {
  Piece& piece = prelude.pieces[number];
  if (piece.made) return piece;
  piece.text = with_words(piece.source, *piece.words);
  std::vector<bool> seen(number, false);
  std::string word;
  for_each_identifier(piece.text, [&](std::size_t begin, std::size_t end) {
    word.assign(piece.text, begin, end - begin);
    const auto found = prelude.index.find(word);
    if (found == prelude.index.end() || found->second >= number || seen[found->second]) return;
    seen[found->second] = true;
    piece.uses.push_back(found->second);
  });
  piece.made = true;
  return piece;
}

// Cuts a header into pieces; returns the lines that belong to none and are neither comments nor
// pragma once.
std::string add_source(Prelude& prelude, std::string_view source, Words words_of_source = {}) {
  const Words& words = prelude.words.emplace_back(std::move(words_of_source));
  std::string rest;
  for (std::size_t begin = 0; begin < source.size();) {
    std::size_t end = source.find('\n', begin) + 1;
    const std::string_view line = source.substr(begin, end - begin);
    if (line.starts_with("KFN ") || line.starts_with("KTABLE(")) {
      const std::string_view last = line[1] == 'F' ? "\n}\n" : "\n};\n";
      end = source.find(last, begin) + last.size();
      add_piece(prelude, source.substr(begin, end - begin), words);
    } else if (!line.starts_with("//") && line != "#pragma once\n") {
      rest += line;
    }
    begin = end;
  }
  return rest;
}

void add_real(Prelude& prelude, const std::string& real, const std::string& complex) {
  const bool single = real == "f32";
  const Words words = {{"K_T", "k_" + real},        {"K_NAME(", "_" + real},
                       {"K_C", "(k_" + real + ")"}, {"K_Z", "k_" + complex},
                       {"K_ZNAME(", "_" + complex}, {"K_FMA", single ? "KFMA_F32" : "KFMA_F64"}};
  add_source(prelude, prelude_source::real, words);
  add_source(prelude, prelude_source::complex, words);
}

void add_integer(Prelude& prelude, const std::string& suffix) {
  add_source(prelude, prelude_source::integer,
             {{"K_T", "k_" + suffix},
              {"K_NAME(", "_" + suffix},
              {"K_SIGNED", suffix[0] == 'i' ? "1" : "0"},
              {"K_W", suffix.ends_with("64") ? "k_u64" : "k_u32"}});
}

Prelude& make_prelude(const char* ground) {
  Prelude& prelude = *new Prelude;  // never destroyed: static objects may hold functions
  prelude.pieces.reserve(640);
  prelude.index.reserve(640);
  prelude.ground = add_source(prelude, ground);
  add_source(prelude, prelude_source::element);
  add_source(prelude, prelude_source::exponential);
  add_source(prelude, prelude_source::trigonometric);
  add_real(prelude, "f32", "c64");
  add_real(prelude, "f64", "c128");
  add_source(prelude, prelude_source::complex_pow);
  add_source(prelude, prelude_source::error_function);
  add_source(prelude, prelude_source::gamma);
  add_source(prelude, prelude_source::incomplete_gamma);
  add_source(prelude, prelude_source::bessel);
  add_source(prelude, prelude_source::bessel_order);
  for (const char* suffix : {"i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64"})
    add_integer(prelude, suffix);
  return prelude;
}

Prelude& prelude_of(Dialect dialect) {
  static Prelude& c = make_prelude(prelude_source::c);
  if (dialect == Dialect::c) return c;
  static Prelude& cuda = make_prelude(prelude_source::cuda);
  static Prelude& opencl = make_prelude(prelude_source::opencl);
  return dialect == Dialect::cuda ? cuda : opencl;
}
}  // namespace

std::string prelude_text(Dialect dialect, const std::vector<std::string>& used) {
  Prelude& prelude = prelude_of(dialect);
  const std::lock_guard lock(prelude.making);
  std::vector<bool> wanted(prelude.pieces.size(), false);
  for (const std::string& name : used) {
    const auto found = prelude.index.find(name);
    if (found == prelude.index.end())
      internal_error(__FILE__, __LINE__, "the prelude has no function " + name);
    wanted[found->second] = true;
  }
  // a piece only uses earlier ones
  for (std::size_t i = wanted.size(); i-- > 0;) {
    if (!wanted[i]) continue;
    for (std::size_t use : made(prelude, i).uses) wanted[use] = true;
  }
  std::string out = prelude.ground;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i]) out += prelude.pieces[i].text;
  }
  return out;
}

bool prelude_has(std::string_view name) {
  return prelude_of(Dialect::c).index.contains(std::string(name));
}

std::vector<std::string> prelude_names() {
  std::vector<std::string> out;
  for (const Piece& piece : prelude_of(Dialect::c).pieces) out.push_back(piece.name);
  return out;
}
}  // namespace kroton::kernel
