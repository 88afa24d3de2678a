// SPDX-License-Identifier: BSD-3-Clause
// Layout of the mapping: code | constants | data, each on its own pages. Code is never writable
// while it can run. A slot table at the start of the data holds addresses outside the object; stubs
// after the code jump through it, since the C library may lie farther away than a call reaches.
#include "kroton/jit/object_loader.h"

#include <elf.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <map>
#include <optional>
#include <system_error>
#include <unordered_map>
#include <vector>

#include "kroton/base/errors.h"
#include "kroton/base/text.h"

namespace kroton::jit {
namespace {
enum Segment { code, constants, data, segment_count };

[[noreturn]] void beyond(const std::string& what) {
  throw UnsupportedError("object loader: " + what + "; the compiler's own linker has to load it");
}

std::uint64_t round_up(std::uint64_t value, std::uint64_t step) {
  return (value + step - 1) / step * step;
}

struct Section {
  Elf64_Shdr header;
  std::optional<Segment> segment;  // nothing: not part of the memory image
  std::uint64_t offset = 0;        // in the mapping
};

// The object's tables, every offset checked against its size.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {
    auto header = at<Elf64_Ehdr>(0);
    if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
        header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB ||
        header.e_type != ET_REL)
      beyond("this is no relocatable 64-bit ELF object");
#if defined(__x86_64__)
    if (header.e_machine != EM_X86_64) beyond("the object is for another machine");
#else
    beyond("this machine is not x86-64");
#endif
    for (unsigned i = 0; i < header.e_shnum; ++i)
      sections.push_back({at<Elf64_Shdr>(header.e_shoff + i * sizeof(Elf64_Shdr)), {}, 0});
  }

  template <class T>
  T at(std::uint64_t offset) const {
    T value;
    std::memcpy(&value, range(offset, sizeof value), sizeof value);
    return value;
  }
  const char* range(std::uint64_t offset, std::uint64_t size) const {
    if (offset > bytes_.size() || size > bytes_.size() - offset) beyond("the object is truncated");
    return bytes_.data() + offset;
  }
  const Section& section(std::uint64_t index) const {
    if (index >= sections.size()) beyond("the object names a section that it lacks");
    return sections[index];
  }
  std::string text(const Section& strings, std::uint64_t offset) const {
    const char* all = range(strings.header.sh_offset, strings.header.sh_size);
    if (offset >= strings.header.sh_size) beyond("the object is truncated");
    return std::string(all + offset, ::strnlen(all + offset, strings.header.sh_size - offset));
  }

  std::vector<Section> sections;

 private:
  std::string_view bytes_;
};
}  // namespace

struct LoadedObject::State {
  std::byte* base = nullptr;
  std::uint64_t size = 0;
  std::unordered_map<std::string, void*> exports;
  ~State() {
    if (base) ::munmap(base, size);
  }
};

namespace {
class Linker {
 public:
  Linker(std::string_view object, const LoadedObject::Resolve& resolve, const std::string& label,
         LoadedObject::State& state)
      : reader_(object), resolve_(resolve), label_(label), state_(state) {}

  void link() {
    read_symbols();
    place_sections();
    map();
    for (const Section& s : reader_.sections)
      if (s.header.sh_type == SHT_RELA) relocate(s);
    protect();
    for (std::size_t i = 0; i < symbols_.size(); ++i) {
      unsigned binding = ELF64_ST_BIND(symbols_[i].st_info);
      if (binding != STB_LOCAL && symbols_[i].st_shndx != SHN_UNDEF)
        state_.exports.emplace(names_[i], reinterpret_cast<void*>(address_of(i)));
    }
  }

 private:
  void read_symbols() {
    for (const Section& s : reader_.sections) {
      if (s.header.sh_type != SHT_SYMTAB) continue;
      const Section& strings = reader_.section(s.header.sh_link);
      for (std::uint64_t o = 0; o + sizeof(Elf64_Sym) <= s.header.sh_size; o += sizeof(Elf64_Sym)) {
        symbols_.push_back(reader_.at<Elf64_Sym>(s.header.sh_offset + o));
        names_.push_back(reader_.text(strings, symbols_.back().st_name));
        unsigned type = ELF64_ST_TYPE(symbols_.back().st_info);
        if (type == STT_TLS || type == STT_GNU_IFUNC || symbols_.back().st_shndx == SHN_COMMON)
          beyond("symbol '" + names_.back() + "' is thread-local, common or chosen at load time");
      }
    }
    slots_.assign(symbols_.size(), 0);
    used_slots_ = 0;
  }

  static bool is_loaded(const Section& s, const std::string& name) {
    const Elf64_Shdr& h = s.header;
    if (!(h.sh_flags & SHF_ALLOC) || h.sh_size == 0) return false;
    if (h.sh_type == SHT_INIT_ARRAY || h.sh_type == SHT_FINI_ARRAY ||
        h.sh_type == SHT_PREINIT_ARRAY || (h.sh_flags & SHF_TLS))
      beyond("section " + name + " needs work at load time");
    // Unwind tables and notes say nothing that a C kernel needs while it runs.
    return (h.sh_type == SHT_PROGBITS && name != ".eh_frame") || h.sh_type == SHT_NOBITS;
  }

  void place_sections() {
    const auto header = reader_.at<Elf64_Ehdr>(0);
    const Section& strings = reader_.section(header.e_shstrndx);
    std::array<std::uint64_t, segment_count> size{};
    page_ = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    size[data] = symbols_.size() * 8;
    for (Section& s : reader_.sections) {
      std::string name = reader_.text(strings, s.header.sh_name);
      if (!is_loaded(s, name)) continue;
      std::uint64_t align = std::max<std::uint64_t>(s.header.sh_addralign, 1);
      if (align > page_ || (align & (align - 1)) || s.header.sh_size > (1u << 30))
        beyond("section " + name + " has an alignment or size out of range");
      s.segment = (s.header.sh_flags & SHF_EXECINSTR) ? code
                  : (s.header.sh_flags & SHF_WRITE)   ? data
                                                      : constants;
      std::uint64_t& end = size[*s.segment];
      s.offset = round_up(end, align);
      end = s.offset + s.header.sh_size;
    }
    stubs_ = round_up(size[code], 16);
    size[code] = stubs_ + symbols_.size() * stub_size;
    std::uint64_t start = 0;
    for (int i = 0; i < segment_count; ++i) {
      starts_[i] = start;
      start += round_up(size[i], page_);
    }
    state_.size = start;
    for (Section& s : reader_.sections)
      if (s.segment) s.offset += starts_[*s.segment];
  }

  void map() {
    void* base =
        ::mmap(nullptr, state_.size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED)
      throw Error(label_ +
                  ": no memory for compiled code: " + std::generic_category().message(errno));
    state_.base = static_cast<std::byte*>(base);
    for (const Section& s : reader_.sections)
      if (s.segment && s.header.sh_type == SHT_PROGBITS)
        std::memcpy(state_.base + s.offset, reader_.range(s.header.sh_offset, s.header.sh_size),
                    s.header.sh_size);
  }

  std::uint64_t address(std::uint64_t offset) const {
    return reinterpret_cast<std::uint64_t>(state_.base) + offset;
  }

  std::uint64_t address_of(std::size_t index) {
    const Elf64_Sym& s = symbols_[index];
    if (s.st_shndx == SHN_ABS) return s.st_value;
    if (s.st_shndx == SHN_UNDEF) return outside(index);
    const Section& section = reader_.section(s.st_shndx);
    if (!section.segment)
      beyond("symbol '" + names_[index] + "' lies in a section that is not loaded");
    if (s.st_value > section.header.sh_size)
      beyond("symbol '" + names_[index] + "' lies outside its section");
    return address(section.offset + s.st_value);
  }

  std::uint64_t outside(std::size_t index) {
    auto [it, fresh] = outside_.try_emplace(index, 0);
    if (!fresh) return it->second;
    void* found = index == 0 ? nullptr : resolve_(names_[index]);
    if (!found && index != 0 && ELF64_ST_BIND(symbols_[index].st_info) != STB_WEAK)
      throw CompileError(label_ + ": symbol '" + names_[index] +
                         "' is used and nowhere defined; define it or name the library that does");
    return it->second = reinterpret_cast<std::uint64_t>(found);
  }

  // The place of a symbol's slot, which holds its address.
  std::uint64_t slot(std::size_t index) {
    if (slots_[index] == 0) {
      std::uint64_t place = address(starts_[data] + used_slots_++ * 8), target = address_of(index);
      std::memcpy(reinterpret_cast<void*>(place), &target, 8);
      slots_[index] = place;
    }
    return slots_[index];
  }

  // A jump through the symbol's slot: jmp *disp32(%rip).
  std::uint64_t stub(std::size_t index) {
    std::uint64_t place = address(stubs_ + index * stub_size);
    auto displacement = static_cast<std::int32_t>(slot(index) - (place + 6));
    unsigned char text[6] = {0xff, 0x25};
    std::memcpy(text + 2, &displacement, 4);
    std::memcpy(reinterpret_cast<void*>(place), text, 6);
    return place;
  }

  bool reaches(std::uint64_t value) const {
    auto v = static_cast<std::int64_t>(value);
    return v >= INT32_MIN && v <= INT32_MAX;
  }

  void relocate(const Section& table) {
    const Section& target = reader_.section(table.header.sh_info);
    if (!target.segment) return;
    for (std::uint64_t o = 0; o + sizeof(Elf64_Rela) <= table.header.sh_size;
         o += sizeof(Elf64_Rela)) {
      auto entry = reader_.at<Elf64_Rela>(table.header.sh_offset + o);
      std::size_t index = ELF64_R_SYM(entry.r_info);
      if (index >= symbols_.size()) beyond("a relocation names a symbol that is not there");
      apply(entry, target, index);
    }
  }

  void apply(const Elf64_Rela& entry, const Section& target, std::size_t index) {
    auto addend = static_cast<std::uint64_t>(entry.r_addend);
    std::uint64_t type = ELF64_R_TYPE(entry.r_info), value = 0, width = 4;
    std::uint64_t place = address(target.offset + entry.r_offset);
    bool undefined = symbols_[index].st_shndx == SHN_UNDEF && index != 0;
    switch (type) {
      case R_X86_64_NONE:
        return;
      case R_X86_64_64:
        value = address_of(index) + addend;
        width = 8;
        break;
      case R_X86_64_PC64:
        value = address_of(index) + addend - place;
        width = 8;
        break;
      case R_X86_64_PC32:
      case R_X86_64_PLT32:
        value = (undefined ? near(index, type) : address_of(index)) + addend - place;
        break;
      case R_X86_64_GOTPCREL:
      case R_X86_64_GOTPCRELX:
      case R_X86_64_REX_GOTPCRELX:
        value = slot(index) + addend - place;
        break;
      default:
        beyond("relocation of kind " + base::format_number(type));
    }
    if (entry.r_offset > target.header.sh_size || width > target.header.sh_size - entry.r_offset)
      beyond("a relocation lies outside its section");
    if (width == 4 && !reaches(value)) beyond("'" + names_[index] + "' is out of reach");
    std::memcpy(reinterpret_cast<void*>(place), &value, width);
  }

  // A function outside is called through a stub; data outside cannot be.
  std::uint64_t near(std::size_t index, std::uint64_t type) {
    return type == R_X86_64_PLT32 ? stub(index) : address_of(index);
  }

  void protect() {
    const int rights[segment_count] = {PROT_READ | PROT_EXEC, PROT_READ, PROT_READ | PROT_WRITE};
    for (int i = 0; i < segment_count; ++i) {
      std::uint64_t end = i + 1 < segment_count ? starts_[i + 1] : state_.size;
      if (end > starts_[i] &&
          ::mprotect(state_.base + starts_[i], end - starts_[i], rights[i]) != 0)
        throw Error(label_ + ": compiled code cannot be made executable: " +
                    std::generic_category().message(errno));
    }
  }

  static constexpr std::uint64_t stub_size = 8;
  Reader reader_;
  const LoadedObject::Resolve& resolve_;
  const std::string& label_;
  LoadedObject::State& state_;
  std::vector<Elf64_Sym> symbols_;
  std::vector<std::string> names_;
  std::vector<std::uint64_t> slots_;
  std::map<std::size_t, std::uint64_t> outside_;
  std::uint64_t used_slots_ = 0, stubs_ = 0, page_ = 4096;
  std::array<std::uint64_t, segment_count> starts_{};
};
}  // namespace

LoadedObject::LoadedObject(std::string_view object, const Resolve& resolve,
                           const std::string& label)
    : state_(std::make_unique<State>()) {
  Linker(object, resolve, label, *state_).link();
}

LoadedObject::~LoadedObject() = default;

void* LoadedObject::symbol(std::string_view name) const {
  auto found = state_->exports.find(std::string(name));
  return found == state_->exports.end() ? nullptr : found->second;
}
}  // namespace kroton::jit
