// SPDX-License-Identifier: BSD-3-Clause
// The only file that sees clang and LLVM (16 to 20): C text in memory -> optimised object code in
// memory. Nothing is read from disk but headers that a text includes and that are not built in.
#include <clang/Basic/Diagnostic.h>
#include <clang/Basic/DiagnosticOptions.h>
#include <clang/Basic/Version.h>
#include <clang/CodeGen/CodeGenAction.h>
#include <clang/Frontend/CompilerInstance.h>
#include <clang/Frontend/CompilerInvocation.h>
#include <clang/Frontend/TextDiagnosticPrinter.h>
#include <clang/Frontend/Utils.h>
#include <clang/Lex/PreprocessorOptions.h>
#include <llvm/Analysis/TargetLibraryInfo.h>
#include <llvm/Config/llvm-config.h>
#include <llvm/ExecutionEngine/Orc/LLJIT.h>
#include <llvm/IR/DiagnosticHandler.h>
#include <llvm/IR/DiagnosticInfo.h>
#include <llvm/IR/DiagnosticPrinter.h>
#include <llvm/IR/LegacyPassManager.h>
#include <llvm/IR/Module.h>
#include <llvm/MC/TargetRegistry.h>
#include <llvm/Passes/PassBuilder.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/Support/VirtualFileSystem.h>
#include <llvm/Target/TargetMachine.h>
#if LLVM_VERSION_MAJOR >= 17
#include <llvm/TargetParser/Host.h>
#else
#include <llvm/Support/Host.h>
#endif

#include <cstring>
#include <mutex>
#include <string>
#include <vector>

#include "kroton/jit/plugin/plugin.h"

namespace {
struct BuiltinHeader {
  const char* path;
  const char* text;
};
const BuiltinHeader builtin_headers[] = {
#include "builtin_headers.inc"
};

struct Output {
  std::string object, diagnostics, dependencies;
};

const std::string& host_cpu_name() {
  static const std::string name = llvm::sys::getHostCPUName().str();
  return name;
}

const std::vector<std::string>& host_features() {
  static const std::vector<std::string> features = [] {
#if LLVM_VERSION_MAJOR >= 19
    auto map = llvm::sys::getHostCPUFeatures();
#else
    llvm::StringMap<bool> map;
    llvm::sys::getHostCPUFeatures(map);
#endif
    std::vector<std::string> list;
    for (const auto& feature : map)
      list.push_back((feature.second ? "+" : "-") + feature.first().str());
    return list;
  }();
  return features;
}

void initialize() {
  static std::once_flag once;
  std::call_once(once, [] {
    llvm::InitializeNativeTarget();
    llvm::InitializeNativeTargetAsmPrinter();
    llvm::InitializeNativeTargetAsmParser();
  });
}

// Errors of the optimiser and the code generator (inline assembly, say), which would end the
// process.
struct Collector : llvm::DiagnosticHandler {
  explicit Collector(std::string& t) : text(t) {}
  bool handleDiagnostics(const llvm::DiagnosticInfo& info) override {
    if (info.getSeverity() != llvm::DS_Error) return true;
    llvm::raw_string_ostream out(text);
    llvm::DiagnosticPrinterRawOStream printer(out);
    out << "error: ";
    info.print(printer);
    out << "\n";
    return true;
  }
  std::string& text;
};

// Which files on disk the object depends on.
struct IncludedFiles : clang::DependencyCollector {
  bool needSystemDependencies() override { return true; }
};

llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> file_system() {
  auto memory =
      llvm::IntrusiveRefCntPtr<llvm::vfs::InMemoryFileSystem>(new llvm::vfs::InMemoryFileSystem);
  for (const BuiltinHeader& header : builtin_headers)
    memory->addFile(header.path, 0, llvm::MemoryBuffer::getMemBuffer(header.text));
  auto overlay = llvm::IntrusiveRefCntPtr<llvm::vfs::OverlayFileSystem>(
      new llvm::vfs::OverlayFileSystem(llvm::vfs::getRealFileSystem()));
  overlay->pushOverlay(memory);
  return overlay;
}

struct Arguments {
  std::vector<std::string> list;
  std::string cpu;
  std::vector<std::string> features;
  void add(std::initializer_list<const char*> more) {
    list.insert(list.end(), more.begin(), more.end());
  }
};

// Flags of the cc command in the words of clang's front end; what only a linker or a driver knows
// falls away.
void add_user_flags(Arguments& arguments, const kroton_jit_request& request) {
  for (size_t i = 0; i < request.flag_count; ++i) {
    llvm::StringRef flag = request.flags[i];
    if ((flag == "-I" || flag == "-D" || flag == "-U" || flag == "-isystem" ||
         flag == "-include") &&
        i + 1 < request.flag_count) {
      arguments.list.push_back(flag.str());
      arguments.list.push_back(request.flags[++i]);
    } else if (flag == "-fno-math-errno" || flag == "-fno-trapping-math" || flag == "-pthread" ||
               flag == "-pipe" || flag == "-fPIC" || flag == "-fpic" || flag == "-shared" ||
               flag == "-fno-signaling-nans" || flag == "-fopenmp" || flag.starts_with("-O") ||
               flag.starts_with("-g") || flag.starts_with("-march=") ||
               flag.starts_with("-mtune=") || flag.starts_with("-mcpu=") ||
               flag.starts_with("-l") || flag.starts_with("-L") || flag.starts_with("-Wl,")) {
      continue;
    } else if (flag == "-fno-strict-aliasing") {
      arguments.add({"-relaxed-aliasing"});
    } else {
      arguments.list.push_back(flag.str());
    }
  }
}

// Where the newest libstdc++ of the system keeps its headers.
const std::vector<std::string>& cpp_headers() {
  static const std::vector<std::string> folders = [] {
    std::vector<std::string> found;
    for (int version = 30; version >= 9 && found.empty(); --version) {
      const std::string folder = "/usr/include/c++/" + std::to_string(version);
      if (!llvm::sys::fs::is_directory(folder)) continue;
      found = {folder};
#ifdef KROTON_MULTIARCH
      found.push_back("/usr/include/" KROTON_MULTIARCH "/c++/" + std::to_string(version));
#endif
      found.push_back(folder + "/backward");
    }
    return found;
  }();
  return folders;
}

Arguments make_arguments(const kroton_jit_request& request, const std::string& triple) {
  Arguments a;
  bool native = std::strcmp(request.cpu, "native") == 0;
  a.cpu = native ? host_cpu_name() : request.cpu;
  if (native) a.features = host_features();
  a.list = {"-triple", triple, "-target-cpu", a.cpu};
  bool wide = a.cpu == "x86-64-v4";
  for (const std::string& feature : a.features) {
    a.list.push_back("-target-feature");
    a.list.push_back(feature);
    wide = wide || feature == "+avx512f";
  }
  if (wide) a.add({"-mprefer-vector-width=512"});
  // -disable-llvm-passes: the optimiser is run below; -O3 still decides what the front end emits.
  a.add({"-emit-llvm-only", "-disable-llvm-passes", "-O3",
         request.cpp ? "-std=gnu++20" : "-std=gnu17", "-fbracket-depth", "4096",
         "-ffp-contract=off", "-fwrapv", "-relaxed-aliasing", "-mrelocation-model", "pic",
         "-pic-level", "2", "-mframe-pointer=none", "-fno-caret-diagnostics", "-nostdsysteminc",
         "-nobuiltininc"});
  if (request.cpp) {
    a.add({"-fdeprecated-macro"});
    for (const std::string& folder : cpp_headers()) a.add({"-internal-isystem", folder.c_str()});
  }
  // Never both: the second copy of a header is empty behind the guard of the first, and includes no
  // next one.
  const char* builtin = "/kroton/builtin";
#ifdef KROTON_CLANG_HEADERS
  if (llvm::sys::fs::is_directory(KROTON_CLANG_HEADERS)) builtin = KROTON_CLANG_HEADERS;
#endif
  a.add({"-internal-isystem", builtin});
  a.add({"-internal-isystem", "/usr/local/include"});
#ifdef KROTON_MULTIARCH
  a.add({"-internal-externc-isystem", "/usr/include/" KROTON_MULTIARCH});
#endif
  a.add({"-internal-externc-isystem", "/usr/include", "-internal-isystem", "/kroton/libc"});
  add_user_flags(a, request);
  a.add({"-x", request.cpp ? "c++" : "c"});
  a.list.push_back(request.file_name);
  return a;
}

std::unique_ptr<llvm::Module> front_end(const kroton_jit_request& request,
                                        const Arguments& arguments, llvm::LLVMContext& context,
                                        Output& output) {
  auto files = file_system();
  llvm::raw_string_ostream out(output.diagnostics);
  llvm::IntrusiveRefCntPtr<clang::DiagnosticOptions> options(new clang::DiagnosticOptions);
  options->ShowPresumedLoc = 1;  // the names and lines of #line
  options->ShowLineNumbers = 0;  // beside a snippet clang counts without them
  clang::TextDiagnosticPrinter printer(out, options.get());
  clang::DiagnosticsEngine engine(
      llvm::IntrusiveRefCntPtr<clang::DiagnosticIDs>(new clang::DiagnosticIDs), options, &printer,
      false);
  std::vector<const char*> argv;
  for (const std::string& argument : arguments.list) argv.push_back(argument.c_str());
  auto invocation = std::make_shared<clang::CompilerInvocation>();
  if (!clang::CompilerInvocation::CreateFromArgs(*invocation, argv, engine)) return nullptr;
  invocation->getPreprocessorOpts().addRemappedFile(
      request.file_name,
      llvm::MemoryBuffer::getMemBuffer(llvm::StringRef(request.text, request.text_size)).release());
  clang::CompilerInstance instance;
  instance.setInvocation(std::move(invocation));
#if LLVM_VERSION_MAJOR >= 20
  instance.createDiagnostics(*files, &printer, false);
#else
  instance.createDiagnostics(&printer, false);
#endif
  instance.createFileManager(files);
  auto included = std::make_shared<IncludedFiles>();
  instance.addDependencyCollector(included);
  clang::EmitLLVMOnlyAction action(&context);
  if (!instance.ExecuteAction(action)) return nullptr;
  for (const std::string& path : included->getDependencies())
    if (path != request.file_name && !llvm::StringRef(path).starts_with("/kroton/"))
      output.dependencies += path + "\n";
  return action.takeModule();
}

std::unique_ptr<llvm::TargetMachine> make_target(const Arguments& arguments,
                                                 const std::string& triple, std::string& why) {
  const llvm::Target* target = llvm::TargetRegistry::lookupTarget(triple, why);
  if (!target) return nullptr;
  std::string features;
  for (const std::string& feature : arguments.features)
    features += (features.empty() ? "" : ",") + feature;
  llvm::TargetOptions options;
  options.AllowFPOpFusion = llvm::FPOpFusion::Strict;
#if LLVM_VERSION_MAJOR >= 18
  auto level = llvm::CodeGenOptLevel::Aggressive;
#else
  auto level = llvm::CodeGenOpt::Aggressive;
#endif
  return std::unique_ptr<llvm::TargetMachine>(target->createTargetMachine(
      triple, arguments.cpu, features, options, llvm::Reloc::PIC_, std::nullopt, level));
}

void optimize(llvm::Module& module, llvm::TargetMachine& target) {
  llvm::PipelineTuningOptions tuning;
  tuning.LoopVectorization = tuning.SLPVectorization = true;
  tuning.LoopInterleaving = tuning.LoopUnrolling = true;
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager calls;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder passes(&target, tuning);
  passes.registerModuleAnalyses(modules);
  passes.registerCGSCCAnalyses(calls);
  passes.registerFunctionAnalyses(functions);
  passes.registerLoopAnalyses(loops);
  passes.crossRegisterProxies(loops, functions, calls, modules);
  passes.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O3).run(module, modules);
}

bool emit(llvm::Module& module, llvm::TargetMachine& target, Output& output) {
  llvm::SmallVector<char, 0> bytes;
  llvm::raw_svector_ostream out(bytes);
  llvm::legacy::PassManager passes;
#if LLVM_VERSION_MAJOR >= 18
  auto kind = llvm::CodeGenFileType::ObjectFile;
#else
  auto kind = llvm::CGFT_ObjectFile;
#endif
  if (target.addPassesToEmitFile(passes, out, nullptr, kind)) {
    output.diagnostics += "error: the target emits no object code\n";
    return false;
  }
  passes.run(module);
  output.object.assign(bytes.begin(), bytes.end());
  return true;
}

bool compile_text(const kroton_jit_request& request, Output& output) {
  initialize();
  std::string triple = llvm::sys::getProcessTriple();
  Arguments arguments = make_arguments(request, triple);
  llvm::LLVMContext context;
  auto module = front_end(request, arguments, context, output);
  if (!module) return false;
  if (request.cpp && module->getNamedGlobal("llvm.global_ctors")) {
    output.diagnostics +=
        "error: an object at file scope has a constructor, which needs the system's C++ compiler\n";
    return false;
  }
  std::string errors;
  auto target = make_target(arguments, triple, errors);
  if (!target) {
    output.diagnostics += "error: " + errors + "\n";
    return false;
  }
  context.setDiagnosticHandler(std::make_unique<Collector>(errors));
  module->setDataLayout(target->createDataLayout());
  optimize(*module, *target);
  bool emitted = emit(*module, *target, output);
  output.diagnostics += errors;
  return emitted && errors.empty();
}

void compile(const kroton_jit_request* request, kroton_jit_result* result) {
  auto* output = new Output;
  *result = {};
  result->owner = output;
  try {
    result->ok = compile_text(*request, *output);
  } catch (const std::exception& e) {
    output->diagnostics += std::string("error: ") + e.what() + "\n";
  }
  result->object = output->object.data();
  result->object_size = output->object.size();
  result->diagnostics = output->diagnostics.c_str();
  result->dependencies = output->dependencies.c_str();
}

void release(kroton_jit_result* result) {
  delete static_cast<Output*>(result->owner);
  *result = {};
}

// Symbols that the library finds, asked for one by one.
class LibrarySymbols : public llvm::orc::DefinitionGenerator {
 public:
  LibrarySymbols(kroton_jit_lookup lookup, void* context) : lookup_(lookup), context_(context) {}
  llvm::Error tryToGenerate(llvm::orc::LookupState&, llvm::orc::LookupKind,
                            llvm::orc::JITDylib& dylib, llvm::orc::JITDylibLookupFlags,
                            const llvm::orc::SymbolLookupSet& wanted) override {
    llvm::orc::SymbolMap found;
    for (const auto& entry : wanted) {
      void* address = lookup_(context_, (*entry.first).str().c_str());
      if (!address) continue;
#if LLVM_VERSION_MAJOR >= 17
      found[entry.first] = {llvm::orc::ExecutorAddr::fromPtr(address),
                            llvm::JITSymbolFlags::Exported};
#else
      found[entry.first] = llvm::JITEvaluatedSymbol(reinterpret_cast<uintptr_t>(address),
                                                    llvm::JITSymbolFlags::Exported);
#endif
    }
    return found.empty() ? llvm::Error::success()
                         : dylib.define(llvm::orc::absoluteSymbols(std::move(found)));
  }

 private:
  kroton_jit_lookup lookup_;
  void* context_;
};

using Jit = std::unique_ptr<llvm::orc::LLJIT>;

void* load(const void* object, size_t size, kroton_jit_lookup lookup, void* context, char** why) {
  initialize();
  auto refuse = [&](llvm::Error error) -> void* {
    *why = ::strdup(llvm::toString(std::move(error)).c_str());
    return nullptr;
  };
  auto jit = llvm::orc::LLJITBuilder().create();
  if (!jit) return refuse(jit.takeError());
  (*jit)->getMainJITDylib().addGenerator(std::make_unique<LibrarySymbols>(lookup, context));
  auto bytes = llvm::MemoryBuffer::getMemBufferCopy(
      llvm::StringRef(static_cast<const char*>(object), size), "object");
  if (auto error = (*jit)->addObjectFile(std::move(bytes))) return refuse(std::move(error));
  if (auto error = (*jit)->initialize((*jit)->getMainJITDylib())) return refuse(std::move(error));
  return new Jit(std::move(*jit));
}

void* symbol(void* loaded, const char* name) {
  auto address = (*static_cast<Jit*>(loaded))->lookup(name);
  if (!address) {
    llvm::consumeError(address.takeError());
    return nullptr;
  }
  return address->toPtr<void*>();
}

void unload(void* loaded) { delete static_cast<Jit*>(loaded); }
void free_text(char* text) { ::free(text); }
const char* version() { return "clang " CLANG_VERSION_STRING; }
const char* host_cpu() { return host_cpu_name().c_str(); }
}  // namespace

extern "C" __attribute__((visibility("default"))) const kroton_jit_plugin*
kroton_jit_plugin_entry() {
  static const kroton_jit_plugin plugin = {
      KROTON_JIT_INTERFACE, version, host_cpu, compile, release, load, symbol, unload, free_text};
  return &plugin;
}
