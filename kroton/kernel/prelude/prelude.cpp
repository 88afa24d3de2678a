// SPDX-License-Identifier: BSD-3-Clause
#include "kroton/kernel/prelude/prelude.h"

#include <cctype>
#include <string>
#include <unordered_map>
#include <utility>

#include "kroton/base/errors.h"
#include "kroton/kernel/prelude/sources.h"

namespace kroton::kernel {
namespace {
using Words = std::vector<std::pair<std::string, std::string>>;

// One function or table: the text, and which earlier pieces it names.
struct Piece {
  std::string name;
  std::string text;
  std::vector<std::size_t> uses;
};

struct Prelude {
  std::string ground;  // types and macros of the dialect
  std::vector<Piece> pieces;
  std::unordered_map<std::string, std::size_t> index;
};

bool in_identifier(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

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

// What a piece that begins with this line is called.
std::string name_of(std::string_view line) {
  const std::size_t open = line.find('(');
  if (line.starts_with("KTABLE(")) {
    const std::size_t comma = line.find(", ");
    return std::string(line.substr(comma + 2, line.find(',', comma + 1) - comma - 2));
  }
  std::size_t begin = open;
  while (in_identifier(line[begin - 1])) --begin;
  return std::string(line.substr(begin, open - begin));
}

void add_piece(Prelude& prelude, std::string text) {
  Piece piece{name_of(std::string_view(text).substr(0, text.find('\n'))), {}, {}};
  std::vector<bool> seen(prelude.pieces.size(), false);
  for_each_identifier(text, [&](std::size_t begin, std::size_t end) {
    const auto found = prelude.index.find(text.substr(begin, end - begin));
    if (found == prelude.index.end() || seen[found->second]) return;
    seen[found->second] = true;
    piece.uses.push_back(found->second);
  });
  piece.text = std::move(text);
  prelude.index.emplace(piece.name, prelude.pieces.size());
  prelude.pieces.push_back(std::move(piece));
}

// Cuts a header into pieces; returns the lines that belong to none and are neither comments nor
// pragma once.
std::string add_source(Prelude& prelude, std::string_view source) {
  std::string rest;
  std::string piece;
  for (std::size_t begin = 0; begin < source.size();) {
    const std::size_t end = source.find('\n', begin) + 1;
    const std::string_view line = source.substr(begin, end - begin);
    begin = end;
    if (!piece.empty() || line.starts_with("KFN ") || line.starts_with("KTABLE(")) {
      piece += line;
      if (line == "}\n" || line == "};\n") add_piece(prelude, std::exchange(piece, {}));
    } else if (!line.starts_with("//") && line != "#pragma once\n") {
      rest += line;
    }
  }
  return rest;
}

void add_real(Prelude& prelude, const std::string& real, const std::string& complex) {
  const bool single = real == "f32";
  const Words words = {{"K_T", "k_" + real},        {"K_NAME(", "_" + real},
                       {"K_C", "(k_" + real + ")"}, {"K_Z", "k_" + complex},
                       {"K_ZNAME(", "_" + complex}, {"K_FMA", single ? "KFMA_F32" : "KFMA_F64"}};
  add_source(prelude, with_words(prelude_source::real, words));
  add_source(prelude, with_words(prelude_source::complex, words));
}

void add_integer(Prelude& prelude, const std::string& suffix) {
  const Words words = {{"K_T", "k_" + suffix},
                       {"K_NAME(", "_" + suffix},
                       {"K_SIGNED", suffix[0] == 'i' ? "1" : "0"},
                       {"K_W", suffix.ends_with("64") ? "k_u64" : "k_u32"}};
  add_source(prelude, with_words(prelude_source::integer, words));
}

Prelude make_prelude(const char* ground) {
  Prelude prelude;
  prelude.ground = add_source(prelude, ground);
  add_source(prelude, prelude_source::element);
  add_source(prelude, prelude_source::exponential);
  add_source(prelude, prelude_source::trigonometric);
  add_real(prelude, "f32", "c64");
  add_real(prelude, "f64", "c128");
  add_source(prelude, prelude_source::complex_pow);
  add_source(prelude, prelude_source::error_function);
  add_source(prelude, prelude_source::gamma);
  for (const char* suffix : {"i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64"})
    add_integer(prelude, suffix);
  return prelude;
}

const Prelude& prelude_of(Dialect dialect) {
  static const Prelude c = make_prelude(prelude_source::c);
  if (dialect == Dialect::c) return c;
  static const Prelude cuda = make_prelude(prelude_source::cuda);
  static const Prelude opencl = make_prelude(prelude_source::opencl);
  return dialect == Dialect::cuda ? cuda : opencl;
}
}  // namespace

std::string prelude_text(Dialect dialect, const std::vector<std::string>& used) {
  const Prelude& prelude = prelude_of(dialect);
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
    for (std::size_t use : prelude.pieces[i].uses) wanted[use] = true;
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
