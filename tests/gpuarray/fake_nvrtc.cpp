// SPDX-License-Identifier: BSD-3-Clause
// NVRTC without a GPU: the host's compiler makes of a text a library that fake_cuda.cpp runs. What
// it refuses, and why, is told as NVRTC tells it.
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include <cctype>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

extern char** environ;

namespace {
namespace fs = std::filesystem;

struct Program {
  std::string text, log, binary;
};

std::string contents(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

constexpr const char* options[] = {
    "-std=c++17",
    "-O1",
    "-w",
    "-fno-math-errno",
    "-fno-trapping-math",
    "-fno-strict-aliasing",
    "-fvisibility=hidden",
    "-fsanitize=alignment,bounds,signed-integer-overflow,integer-divide-by-zero,shift",
    "-shared",
    "-fPIC",
    "-nostdlib"};

// What decides about a binary but its text.
int version() {
  std::string all = HOST_COMPILER __VERSION__;
  for (const char* option : options) all += option;
  for (const char* file : {"device.h", "hooks.h"}) all += contents(fs::path(EMULATION) / file);
  unsigned hash = 2166136261U;
  for (const char c : all) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return static_cast<int>(hash >> 1);
}

std::string_view word_at(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() &&
         (std::isalnum(static_cast<unsigned char>(text[end])) || text[end] == '_'))
    ++end;
  return text.substr(at, end - at);
}

// A line for each kernel, so that it can be called by its name, which follows on WORDS. A macro
// that stands for the words is one, too.
std::string entries(std::string_view text, const std::string& words) {
  constexpr std::string_view bounds = "__launch_bounds__(", define = "#define ";
  std::string lines;
  for (std::size_t at = 0; (at = text.find(words, at)) != text.npos;) {
    const std::size_t begin = text.rfind('\n', at) + 1;
    const std::string_view line = text.substr(begin, text.find('\n', at) - begin);
    at += words.size();
    if (line.substr(0, define.size()) == define) {
      if (line.substr(line.size() - words.size()) == words)
        lines += entries(text, std::string(word_at(line, define.size())) + " ");
      continue;
    }
    while (text[at] == ' ') ++at;
    std::string_view threads = "0";
    if (text.substr(at, bounds.size()) == bounds) {
      threads = word_at(text, at + bounds.size());
      at = text.find(')', at) + 2;
    }
    lines += "KROTON_ENTRY(" + std::string(word_at(text, at)) + ", " + std::string(threads) + ")\n";
  }
  return lines;
}

int spawn(const std::vector<std::string>& command, const fs::path& log) {
  std::vector<char*> words;
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  pid_t child;
  int status = posix_spawn(&child, words[0], &actions, nullptr, words.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (status == 0) waitpid(child, &status, 0);
  return status;
}

bool compile(Program& program, bool joins) {
  std::string folder = (fs::temp_directory_path() / "kroton_nvrtc.XXXXXX").string();
  if (!mkdtemp(folder.data())) {
    program.log = "no temporary folder " + folder;
    return false;
  }
  const fs::path place = folder;
  std::ofstream(place / "kernel.cpp")
      << "#include \"" EMULATION "/device.h\"\n#line 1 \"kernel.cu\"\n"
      << program.text << '\n'
      << entries(program.text, "__global__ void");
  std::vector<std::string> command{HOST_COMPILER};
  command.insert(command.end(), std::begin(options), std::end(options));
  command.insert(command.end(), {joins ? "-ffp-contract=fast" : "-ffp-contract=off", "-o",
                                 place / "kernel.so", place / "kernel.cpp", "-lm"});
  const int status = spawn(command, place / "log");
  program.log = contents(place / "log");
  program.binary = contents(place / "kernel.so");
  fs::remove_all(place);
  return status == 0;
}
}  // namespace

extern "C" int nvrtcVersion(int* major, int* minor) {
  static const int known = version();
  *major = 0;
  *minor = known;
  return 0;
}
extern "C" int nvrtcGetNumSupportedArchs(int* count) {
  *count = 1;
  return 0;
}
extern "C" int nvrtcGetSupportedArchs(int* architectures) {
  *architectures = 120;
  return 0;
}
extern "C" int nvrtcCreateProgram(void** program, const char* text, const char*, int,
                                  const char* const*, const char* const*) {
  *program = new Program{text, "", ""};
  return 0;
}
extern "C" int nvrtcDestroyProgram(void** program) {
  delete static_cast<Program*>(*program);
  *program = nullptr;
  return 0;
}
extern "C" int nvrtcCompileProgram(void* program, int count, const char* const* options) {
  bool joins = true;  // as NVRTC does unless it is told otherwise
  for (int i = 0; i < count; ++i) joins &= std::strcmp(options[i], "--fmad=false") != 0;
  return compile(*static_cast<Program*>(program), joins) ? 0 : 6;
}

namespace {
int size_of(const std::string& text, std::size_t* size) {
  *size = text.size() + 1;
  return 0;
}
int copy_of(const std::string& text, char* to) {
  std::memcpy(to, text.c_str(), text.size() + 1);
  return 0;
}
}  // namespace
extern "C" int nvrtcGetProgramLogSize(void* program, std::size_t* size) {
  return size_of(static_cast<Program*>(program)->log, size);
}
extern "C" int nvrtcGetProgramLog(void* program, char* log) {
  return copy_of(static_cast<Program*>(program)->log, log);
}
extern "C" int nvrtcGetCUBINSize(void* program, std::size_t* size) {
  return size_of(static_cast<Program*>(program)->binary, size);
}
extern "C" int nvrtcGetCUBIN(void* program, char* binary) {
  return copy_of(static_cast<Program*>(program)->binary, binary);
}
extern "C" int nvrtcGetPTXSize(void* program, std::size_t* size) {
  return size_of(static_cast<Program*>(program)->binary, size);
}
extern "C" int nvrtcGetPTX(void* program, char* ptx) {
  return copy_of(static_cast<Program*>(program)->binary, ptx);
}
