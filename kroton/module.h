/* SPDX-License-Identifier: BSD-3-Clause
 * What generated modules of C text see of Kroton: boxed values, host arrays, opaque objects,
 * errors. C17 and C++20, no other header of Kroton, no C++ in its types: stable, and versioned by
 * KROTON_MODULE_VERSION. The texts of types and ops (graph/c_protocol.h) may use everything here;
 * the functions are found when a module is loaded, there is no library to link.
 *
 * References: "new" results belong to the caller, who releases them; "borrowed" ones live as long
 * as what they came from. NULL is a legal value: nothing. No function here throws. */
#ifndef KROTON_MODULE_H
#define KROTON_MODULE_H
#include <stddef.h>
#include <stdint.h>

/* Raised when something is added; what is there stays as it is. */
#define KROTON_MODULE_VERSION 3

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __GNUC__
/* Modules that the system's linker makes find these functions in the library by their names. */
#pragma GCC visibility push(default)
#endif

/* ---- Element types, by the names that c_element_type() gives. */
typedef unsigned char npy_bool;
typedef int8_t npy_int8;
typedef int16_t npy_int16;
typedef int32_t npy_int32;
typedef int64_t npy_int64;
typedef uint8_t npy_uint8;
typedef uint16_t npy_uint16;
typedef uint32_t npy_uint32;
typedef uint64_t npy_uint64;
typedef uint16_t npy_float16;  /* bits of an IEEE half */
typedef uint16_t npy_bfloat16; /* the upper half of a float's bits */
typedef float npy_float32;
typedef double npy_float64;
typedef struct {
  float real, imag;
} npy_complex64;
typedef struct {
  double real, imag;
} npy_complex128;
typedef npy_bool ga_bool;
typedef int8_t ga_byte;
typedef int16_t ga_short;
typedef int32_t ga_int;
typedef int64_t ga_long;
typedef uint8_t ga_ubyte;
typedef uint16_t ga_ushort;
typedef uint32_t ga_uint;
typedef uint64_t ga_ulong;
typedef npy_float16 ga_half;
typedef npy_bfloat16 ga_bfloat16;
typedef float ga_float;
typedef double ga_double;
typedef npy_complex64 ga_cfloat;
typedef npy_complex128 ga_cdouble;

/* Type numbers: NumPy's, and one for bfloat16. */
enum {
  KROTON_BOOL = 0,
  KROTON_INT8 = 1,
  KROTON_UINT8 = 2,
  KROTON_INT16 = 3,
  KROTON_UINT16 = 4,
  KROTON_INT32 = 5,
  KROTON_UINT32 = 6,
  KROTON_INT64 = 7,
  KROTON_UINT64 = 8,
  KROTON_FLOAT32 = 11,
  KROTON_FLOAT64 = 12,
  KROTON_COMPLEX64 = 14,
  KROTON_COMPLEX128 = 15,
  KROTON_FLOAT16 = 23,
  KROTON_BFLOAT16 = 256
};

/* ---- Boxed values, reference counted; what a storage cell holds. May be shared by threads. */
typedef struct kroton_value kroton_value;
void kroton_retain(kroton_value*);
void kroton_release(kroton_value*);        /* NULL allowed */
int kroton_is_number(const kroton_value*); /* 0 for NULL, strings, arrays */
int kroton_is_string(const kroton_value*);
int kroton_is_array(const kroton_value*); /* a host array */
/* The number, or the one element of an array; 0 with an error set when it is neither, or when the
 * value would change (a fraction as an integer). */
double kroton_to_double(const kroton_value*);
int64_t kroton_to_int64(const kroton_value*);
/* Real and imaginary part; 0 on success. */
int kroton_to_complex(const kroton_value*, double parts[2]);
const char* kroton_to_string(const kroton_value*); /* borrowed; NULL when it is no string */
kroton_value* kroton_from_double(double);          /* these are new references */
kroton_value* kroton_from_int64(int64_t);
kroton_value* kroton_from_string(const char*);
/* The number as a 0-d array; `element` points to one of type `dtype`. NULL with an error set when
 * there is no memory. */
kroton_value* kroton_from_element(int dtype, const void* element);
/* Copies the number, or the one element of the array, to *element; 0 on success, else an error is
 * set: the value is of another dtype (cast it first) or there is not exactly one. */
int kroton_to_element(const kroton_value*, int dtype, void* element);
/* What it is, for messages: "float64 (3, 4)", "nothing". Borrowed, until the thread's next call. */
const char* kroton_describe(const kroton_value*);

/* ---- Host arrays. The handles are reference counted boxes: kroton_array_value() is the same
 * object as a value. A TensorType variable V is `kroton_array* V`; NULL for an output not yet made.
 */
typedef struct kroton_array kroton_array;
int kroton_array_ndim(const kroton_array*);
int kroton_array_dtype(const kroton_array*); /* KROTON_FLOAT64 ... */
int64_t kroton_array_size(const kroton_array*);
size_t kroton_array_itemsize(const kroton_array*);
const int64_t* kroton_array_shape(const kroton_array*);
const int64_t* kroton_array_strides(const kroton_array*); /* bytes; any sign, any order */
void* kroton_array_data(const kroton_array*);             /* the first element */
int kroton_array_is_c_contiguous(const kroton_array*);
void kroton_array_retain(kroton_array*);
void kroton_array_release(kroton_array*);        /* NULL allowed */
kroton_value* kroton_array_value(kroton_array*); /* borrowed */
kroton_array* kroton_value_array(kroton_value*); /* borrowed; NULL when it is no array */
/* A fresh C-contiguous array with undefined contents; NULL with an error set. New reference. */
kroton_array* kroton_array_new(int dtype, int ndim, const int64_t* shape);
/* Makes *output a fresh or safely reused C-contiguous array of that dtype and shape, with undefined
 * contents, releasing what it was; 0 on success, else the error is set. */
int kroton_array_prepare(kroton_array** output, int dtype, int ndim, const int64_t* shape);
/* Makes *output another handle on `array`, for views and ops that overwrite their input. */
void kroton_array_assign(kroton_array** output, kroton_array* array);
/* A view that starts `offset` bytes behind the first element of `array`. The caller answers for the
 * bounds. NULL with an error set. New reference. */
kroton_array* kroton_array_view(kroton_array*, int ndim, const int64_t* shape,
                                const int64_t* strides, int64_t offset);
/* 0 when `value` is an array of this dtype and number of dimensions; else a TypeError is set that
 * begins with `who`. */
int kroton_array_check(const char* who, const kroton_value* value, int dtype, int ndim);

/* ---- Device arrays and contexts (since version 2). A GpuArrayType variable V is
 * `kroton_gpuarray* V`, NULL for an output not yet made; a GpuContextType V is `kroton_gpucontext*
 * V`. Both handles are reference counted boxes, as those of host arrays. Nothing here waits for the
 * device but kroton_gpuarray_read. */
typedef struct kroton_gpuarray kroton_gpuarray;
typedef struct kroton_gpucontext kroton_gpucontext;
int kroton_gpuarray_ndim(const kroton_gpuarray*);
int kroton_gpuarray_dtype(const kroton_gpuarray*); /* KROTON_FLOAT32 ... */
int64_t kroton_gpuarray_size(const kroton_gpuarray*);
size_t kroton_gpuarray_itemsize(const kroton_gpuarray*);
const int64_t* kroton_gpuarray_shape(const kroton_gpuarray*);
const int64_t* kroton_gpuarray_strides(const kroton_gpuarray*); /* bytes; any sign, any order */
/* Of the first element; an address in CUDA's memory, a number that identifies it for OpenCL. */
uintptr_t kroton_gpuarray_device_pointer(const kroton_gpuarray*);
int kroton_gpuarray_is_c_contiguous(const kroton_gpuarray*);
int kroton_gpuarray_is_f_contiguous(const kroton_gpuarray*);
void kroton_gpuarray_retain(kroton_gpuarray*);
void kroton_gpuarray_release(kroton_gpuarray*);        /* NULL allowed */
kroton_value* kroton_gpuarray_value(kroton_gpuarray*); /* borrowed */
kroton_gpuarray* kroton_value_gpuarray(kroton_value*); /* borrowed; NULL when it is none */
/* New reference; NULL with an error set. */
kroton_gpucontext* kroton_gpuarray_context(const kroton_gpuarray*);
/* All elements, in C order, to and from host memory of `bytes` bytes, which must be size times
 * itemsize. 0 on success, else the error is set. */
int kroton_gpuarray_read(const kroton_gpuarray*, void* host, size_t bytes);
int kroton_gpuarray_write(kroton_gpuarray*, const void* host, size_t bytes);
/* As their namesakes for host arrays, in a context. */
kroton_gpuarray* kroton_gpuarray_new(const kroton_gpucontext*, int dtype, int ndim,
                                     const int64_t* shape);
int kroton_gpuarray_prepare(kroton_gpuarray** output, const kroton_gpucontext*, int dtype, int ndim,
                            const int64_t* shape);
void kroton_gpuarray_assign(kroton_gpuarray** output, kroton_gpuarray* array);
kroton_gpuarray* kroton_gpuarray_copy(const kroton_gpuarray*); /* C-contiguous; new reference */
/* 0 when `value` is a device array of this dtype and number of dimensions, in the context that is
 * registered under that name (NULL: the default one); else a TypeError is set that begins with
 * `who`. */
int kroton_gpuarray_check(const char* who, const kroton_value* value, int dtype, int ndim,
                          const char* context_name);
kroton_value* kroton_gpucontext_value(kroton_gpucontext*); /* borrowed; NULL for NULL */
kroton_gpucontext* kroton_value_gpucontext(kroton_value*); /* borrowed; NULL when it is none */
int kroton_gpucontext_equal(const kroton_gpucontext*, const kroton_gpucontext*);

/* ---- Objects: device arrays, contexts, requests, values of a program's own. What the object is is
 * said by the name of its kind ("GpuArray", "pointer to T"). */
const char* kroton_object_kind(const kroton_value*); /* NULL when it is no object */
/* The C handle of an object of that kind; NULL with a TypeError set when it is another. */
void* kroton_object_handle(const kroton_value*, const char* kind);
/* A pointer as a value; `release` (may be NULL) is called with it when the last reference goes.
 * `type` names what it points to, as CDataType does. New reference. */
kroton_value* kroton_from_pointer(void* pointer, void (*release)(void*), const char* type);
/* The pointer; NULL with a TypeError set when the value holds none of that type. */
void* kroton_to_pointer(const kroton_value*, const char* type);

/* A field of a ParamsType's value. New reference; NULL with a ValueError set when there is none. */
kroton_value* kroton_get_field(const kroton_value*, const char* field);

/* ---- Errors of this thread. The last one that was set is what the user sees, with the node. */
enum { KROTON_ERROR, KROTON_TYPE_ERROR, KROTON_VALUE_ERROR, KROTON_SHAPE_ERROR };
#ifdef __GNUC__
__attribute__((format(printf, 2, 3)))
#endif
void kroton_set_error(int kind, const char* format, ...);
int kroton_error_is_set(void);
void kroton_clear_error(void);

/* ---- What the assembled module itself uses. */
typedef struct kroton_host kroton_host;
/* Runs node number `node` by its C++ body: reads `inputs`, puts new references into `outputs` (NULL
 * before). 0 on success, else the error is set. */
int kroton_call_node(kroton_host*, int node, int input_count, kroton_value* const* inputs,
                     int output_count, kroton_value** outputs);
/* In a module that is profiled: node number `node` begins, or ends. */
void kroton_time_node(kroton_host*, int node, int is_end);
/* Behind it (since version 3): the arrays that the node took and made, NULL for constants. */
void kroton_count_node(kroton_host*, int node, int count, kroton_value* const* values);
/* Node number `node` failed (since version 3). From now on no error replaces the one that is set;
 * the second call says what its inputs were, NULL where that is not known. */
void kroton_failed_node(kroton_host*, int node, int input_count, kroton_value* const* inputs);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif
#endif
