/* SPDX-License-Identifier: BSD-3-Clause */
/* What a plugin that was compiled against one MPI offers: MPI's own calls, with handles that have
   one size in all of them. libkroton_mpi_openmpi.so and libkroton_mpi_mpich.so export
   kroton_mpi_entry. Calls return 0, or an error code of that MPI which error_text() puts into
   words. */
#pragma once
#include <stddef.h>
#include <stdint.h>

#define KROTON_MPI_INTERFACE 2
#define KROTON_MPI_ENTRY "kroton_mpi_entry"

#ifdef __cplusplus
extern "C" {
#endif

typedef uintptr_t kroton_mpi_comm;
typedef uintptr_t kroton_mpi_request;

enum kroton_mpi_threads { kroton_mpi_single, kroton_mpi_serialized, kroton_mpi_multiple };

typedef struct kroton_mpi_plugin {
  int interface_version;
  const char* (*version)(void); /* "Open MPI 4.1.4" */
  /* Initialises MPI unless it is; THREADS gets what it allows. AT_END is called when MPI is
     finalised, by whomever, before anything is taken down. OURS: whether this call initialised it.
   */
  int (*init)(int* threads, int* ours, void (*at_end)(void));
  int (*takes_cuda)(void); /* whether addresses of CUDA devices can be sent; asked after init */
  int (*is_finalized)(void);
  int (*finalize)(void);
  kroton_mpi_comm (*comm_world)(void);
  int (*rank)(kroton_mpi_comm comm, int* rank);
  int (*size)(kroton_mpi_comm comm, int* size);
  int (*most_tag)(kroton_mpi_comm comm, int* tag);
  /* A copy of COMM is in *COPY when the request is done. */
  int (*start_dup)(kroton_mpi_comm comm, kroton_mpi_comm* copy, kroton_mpi_request* request);
  int (*return_errors)(kroton_mpi_comm comm); /* instead of ending the program */
  int (*world_rank)(kroton_mpi_comm comm, int rank, int* in_world);
  int (*split)(kroton_mpi_comm comm, int color, int key, kroton_mpi_comm* part);
  int (*isend)(const void* data, int bytes, int dest, int tag, kroton_mpi_comm comm,
               kroton_mpi_request* request);
  int (*irecv)(void* data, int bytes, int source, int tag, kroton_mpi_comm comm,
               kroton_mpi_request* request);
  int (*test)(kroton_mpi_request* request, int* done, int* bytes);
  /* Of a receive; waits until that is done. CANCELLED: whether it was, else the message came. */
  int (*cancel)(kroton_mpi_request* request, int* cancelled);
  /* Whether a message with this tag is there, from whom and how long. */
  int (*probe)(int tag, int any_tag, kroton_mpi_comm comm, int* there, int* source, int* found_tag,
               int* bytes);
  int (*start_barrier)(kroton_mpi_comm comm, kroton_mpi_request* request);
  void (*error_text)(int error, char* text, size_t size);
} kroton_mpi_plugin;

typedef const kroton_mpi_plugin* (*kroton_mpi_entry_function)(void);

#ifdef __cplusplus
}
#endif
