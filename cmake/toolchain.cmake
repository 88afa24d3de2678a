# SPDX-License-Identifier: BSD-3-Clause
# What makes a build fast and strict: ccache, a fast linker, sanitizers. Nothing here changes results.
find_program(KROTON_CCACHE ccache)
if(KROTON_CCACHE AND PROJECT_IS_TOP_LEVEL)
  # Sources have absolute paths, so an object serves every build folder: their names need no part in the key.
  set(CMAKE_C_COMPILER_LAUNCHER env CCACHE_NOHASHDIR=1 ${KROTON_CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_C_COMPILER_LAUNCHER})
endif()

find_program(KROTON_MOLD mold)
if(KROTON_MOLD AND PROJECT_IS_TOP_LEVEL)
  add_link_options(-fuse-ld=mold)
endif()

if(KROTON_SANITIZE)
  add_compile_options(-fsanitize=${KROTON_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${KROTON_SANITIZE})
  if(KROTON_FUZZ)  # clang counts the lengths of an array's axes, which lie behind its body in one piece of memory, as out of bounds
    add_compile_options(-fno-sanitize=array-bounds)
  endif()
endif()

# The library runs on every x86-64 from 2009 on; kernels are compiled for the CPU they run on.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  set(KROTON_ARCH_FLAGS -march=x86-64-v2)
endif()

add_library(kroton_warnings INTERFACE)
target_compile_options(kroton_warnings INTERFACE -Wall -Wextra -Wconversion -Wno-sign-conversion
                       -Wno-maybe-uninitialized -Wno-restrict  # false alarms of GCC 12 in std::variant and std::string
                       -ffp-contract=off ${KROTON_ARCH_FLAGS})
