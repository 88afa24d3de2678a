/* SPDX-License-Identifier: BSD-3-Clause
 * The C interface between the library and libkroton_jit.so, which holds clang. Plain C, so that the
 * plugin may be built with another compiler, and no exception crosses. All functions may be called
 * from several threads at the same time. */
#ifndef KROTON_JIT_PLUGIN_H
#define KROTON_JIT_PLUGIN_H
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Raised with every change of this file; the library refuses another. */
#define KROTON_JIT_INTERFACE 2

struct kroton_jit_request {
  const char* text; /* ends with NUL */
  size_t text_size;
  const char* file_name;    /* what diagnostics call the text */
  const char* cpu;          /* "native" or a name that clang knows */
  const char* const* flags; /* as for the cc command */
  size_t flag_count;
  int cpp; /* the text is C++ */
};

struct kroton_jit_result {
  int ok;
  const void* object; /* relocatable ELF */
  size_t object_size;
  const char* diagnostics;  /* errors and warnings, one per line; "" when there are none */
  const char* dependencies; /* files that were included, one per line */
  void* owner;
};

/* Finds what an object does not define; NULL when there is no such symbol. */
typedef void* (*kroton_jit_lookup)(void* context, const char* symbol);

struct kroton_jit_plugin {
  int interface;                /* KROTON_JIT_INTERFACE of the plugin's build */
  const char* (*version)(void); /* "clang 19.1.7" */
  const char* (*host_cpu)(void);
  void (*compile)(const struct kroton_jit_request*, struct kroton_jit_result*);
  void (*release)(struct kroton_jit_result*);
  /* Loads with LLVM's own linker; NULL with a reason (released by free_text) when it cannot. */
  void* (*load)(const void* object, size_t size, kroton_jit_lookup, void* context, char** why);
  void* (*symbol)(void* loaded, const char* name);
  void (*unload)(void* loaded);
  void (*free_text)(char*);
};

/* The one symbol that the plugin exports. */
#define KROTON_JIT_ENTRY "kroton_jit_plugin_entry"
typedef const struct kroton_jit_plugin* (*kroton_jit_entry)(void);

#ifdef __cplusplus
}
#endif
#endif
