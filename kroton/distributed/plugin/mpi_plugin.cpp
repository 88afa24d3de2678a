// SPDX-License-Identifier: BSD-3-Clause
// The plugin's table over the MPI that it is compiled against.
#include <mpi.h>
#ifdef OPEN_MPI
#include <mpi-ext.h>
#endif

#include <cstdint>
#include <cstring>
#include <string>

#include "kroton/distributed/plugin/plugin.h"

namespace {
static_assert(sizeof(MPI_Comm) <= sizeof(kroton_mpi_comm) &&
              sizeof(MPI_Request) <= sizeof(kroton_mpi_request));

template <class Handle>
Handle handle(std::uintptr_t packed) {
  Handle h;
  std::memcpy(&h, &packed, sizeof h);
  return h;
}
template <class Handle>
std::uintptr_t packed(Handle h) {
  std::uintptr_t bits = 0;
  std::memcpy(&bits, &h, sizeof h);
  return bits;
}
MPI_Comm comm_of(kroton_mpi_comm comm) { return handle<MPI_Comm>(comm); }

// A call that gives a request.
template <class Call>
int started(kroton_mpi_request* request, Call call) {
  MPI_Request r = MPI_REQUEST_NULL;
  const int error = call(&r);
  *request = packed(r);
  return error;
}

const char* version() {
  static const std::string text = [] {
#ifdef OMPI_MAJOR_VERSION
    return "Open MPI " + std::to_string(OMPI_MAJOR_VERSION) + "." +
           std::to_string(OMPI_MINOR_VERSION) + "." + std::to_string(OMPI_RELEASE_VERSION);
#elif defined MPICH_VERSION
    return std::string("MPICH " MPICH_VERSION);
#else
    return std::string("MPI " MPI_FAMILY);
#endif
  }();
  return text.c_str();
}

void (*end_of_mpi)() = nullptr;
int call_at_end(MPI_Comm, int, void*, void*) {
  if (end_of_mpi) end_of_mpi();
  return MPI_SUCCESS;
}

int init(int* threads, int* ours, void (*at_end)()) {
  int done = 0, provided = MPI_THREAD_SINGLE;
  int error = MPI_Initialized(&done);
  if (error) return error;
  *ours = !done;
  error = done ? MPI_Query_thread(&provided)
               : MPI_Init_thread(nullptr, nullptr, MPI_THREAD_MULTIPLE, &provided);
  if (error) return error;
  *threads = provided == MPI_THREAD_MULTIPLE     ? kroton_mpi_multiple
             : provided == MPI_THREAD_SERIALIZED ? kroton_mpi_serialized
                                                 : kroton_mpi_single;
  // MPI_Finalize first of all frees the attributes of MPI_COMM_SELF.
  int key = MPI_KEYVAL_INVALID;
  end_of_mpi = at_end;
  error = MPI_Comm_create_keyval(MPI_COMM_NULL_COPY_FN, &call_at_end, &key, nullptr);
  return error ? error : MPI_Comm_set_attr(MPI_COMM_SELF, key, nullptr);
}
int takes_cuda() {
#if defined MPIX_GPU_SUPPORT_CUDA
  int taken = 0;
  return MPIX_GPU_query_support(MPIX_GPU_SUPPORT_CUDA, &taken) == MPI_SUCCESS && taken;
#elif defined OMPI_HAVE_MPI_EXT_CUDA
  return MPIX_Query_cuda_support();
#else
  return 0;
#endif
}
int is_finalized() {
  int done = 0;
  MPI_Finalized(&done);
  return done;
}
int finalize() { return MPI_Finalize(); }

kroton_mpi_comm comm_world() { return packed(MPI_COMM_WORLD); }
int rank(kroton_mpi_comm comm, int* rank) { return MPI_Comm_rank(comm_of(comm), rank); }
int size(kroton_mpi_comm comm, int* size) { return MPI_Comm_size(comm_of(comm), size); }
int most_tag(kroton_mpi_comm comm, int* tag) {
  void* value = nullptr;
  int there = 0;
  const int error = MPI_Comm_get_attr(comm_of(comm), MPI_TAG_UB, &value, &there);
  *tag = there ? *static_cast<int*>(value) : 32767;
  return error;
}

int start_dup(kroton_mpi_comm comm, kroton_mpi_comm* copy, kroton_mpi_request* request) {
  // The handle is written when the request is done.
  static_assert(sizeof(MPI_Comm) == sizeof(int) || sizeof(MPI_Comm) == sizeof(void*));
  *copy = 0;
  return started(request, [&](MPI_Request* r) {
    return MPI_Comm_idup(comm_of(comm), reinterpret_cast<MPI_Comm*>(copy), r);
  });
}
int return_errors(kroton_mpi_comm comm) {
  return MPI_Comm_set_errhandler(comm_of(comm), MPI_ERRORS_RETURN);
}
int world_rank(kroton_mpi_comm comm, int rank, int* in_world) {
  MPI_Group part = MPI_GROUP_NULL, world = MPI_GROUP_NULL;
  MPI_Comm_group(comm_of(comm), &part);
  MPI_Comm_group(MPI_COMM_WORLD, &world);
  const int error = MPI_Group_translate_ranks(part, 1, &rank, world, in_world);
  MPI_Group_free(&part);
  MPI_Group_free(&world);
  return error;
}
int split(kroton_mpi_comm comm, int color, int key, kroton_mpi_comm* part) {
  MPI_Comm made = MPI_COMM_NULL;
  const int error = MPI_Comm_split(comm_of(comm), color, key, &made);
  *part = packed(made);
  return error;
}

int isend(const void* data, int bytes, int dest, int tag, kroton_mpi_comm comm,
          kroton_mpi_request* request) {
  return started(request, [&](MPI_Request* r) {
    return MPI_Isend(data, bytes, MPI_BYTE, dest, tag, comm_of(comm), r);
  });
}
int irecv(void* data, int bytes, int source, int tag, kroton_mpi_comm comm,
          kroton_mpi_request* request) {
  return started(request, [&](MPI_Request* r) {
    return MPI_Irecv(data, bytes, MPI_BYTE, source, tag, comm_of(comm), r);
  });
}
int test(kroton_mpi_request* request, int* done, int* bytes) {
  MPI_Request r = handle<MPI_Request>(*request);
  MPI_Status status;
  int error = MPI_Test(&r, done, &status);
  *request = packed(r);
  if (!error && *done && bytes) error = MPI_Get_count(&status, MPI_BYTE, bytes);
  return error;
}
int cancel(kroton_mpi_request* request, int* cancelled) {
  MPI_Request r = handle<MPI_Request>(*request);
  MPI_Status status;
  if (const int error = MPI_Cancel(&r)) return error;
  if (const int error = MPI_Wait(&r, &status)) return error;
  *request = packed(r);
  return MPI_Test_cancelled(&status, cancelled);
}
int probe(int tag, int any_tag, kroton_mpi_comm comm, int* there, int* source, int* found_tag,
          int* bytes) {
  MPI_Status status;
  const int error =
      MPI_Iprobe(MPI_ANY_SOURCE, any_tag ? MPI_ANY_TAG : tag, comm_of(comm), there, &status);
  if (error || !*there) return error;
  *source = status.MPI_SOURCE;
  *found_tag = status.MPI_TAG;
  return MPI_Get_count(&status, MPI_BYTE, bytes);
}
int start_barrier(kroton_mpi_comm comm, kroton_mpi_request* request) {
  return started(request, [&](MPI_Request* r) { return MPI_Ibarrier(comm_of(comm), r); });
}

void error_text(int error, char* text, size_t size) {
  char words[MPI_MAX_ERROR_STRING] = "";
  int length = 0;
  MPI_Error_string(error, words, &length);
  std::strncpy(text, words, size - 1);
  text[size - 1] = 0;
}

const kroton_mpi_plugin table = {KROTON_MPI_INTERFACE,
                                 &version,
                                 &init,
                                 &takes_cuda,
                                 &is_finalized,
                                 &finalize,
                                 &comm_world,
                                 &rank,
                                 &size,
                                 &most_tag,
                                 &start_dup,
                                 &return_errors,
                                 &world_rank,
                                 &split,
                                 &isend,
                                 &irecv,
                                 &test,
                                 &cancel,
                                 &probe,
                                 &start_barrier,
                                 &error_text};
}  // namespace

extern "C" __attribute__((visibility("default"))) const kroton_mpi_plugin* kroton_mpi_entry() {
  return &table;
}
