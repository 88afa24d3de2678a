/* SPDX-License-Identifier: BSD-3-Clause
 * Declarations of the C library's stdlib.h, for machines without the system's headers. */
#ifndef KROTON_LIBC_STDLIB_H
#define KROTON_LIBC_STDLIB_H
#include <stddef.h>
#define EXIT_SUCCESS 0
#define EXIT_FAILURE 1
_Noreturn void abort(void);
_Noreturn void exit(int);
int abs(int);
long labs(long);
long long llabs(long long);
void* aligned_alloc(size_t, size_t);
void* calloc(size_t, size_t);
void free(void*);
void* malloc(size_t);
void* realloc(void*, size_t);
int posix_memalign(void**, size_t, size_t);
double atof(const char*);
int atoi(const char*);
long atol(const char*);
double strtod(const char* restrict, char** restrict);
float strtof(const char* restrict, char** restrict);
long strtol(const char* restrict, char** restrict, int);
long long strtoll(const char* restrict, char** restrict, int);
unsigned long strtoul(const char* restrict, char** restrict, int);
unsigned long long strtoull(const char* restrict, char** restrict, int);
char* getenv(const char*);
void* bsearch(const void*, const void*, size_t, size_t, int (*)(const void*, const void*));
void qsort(void*, size_t, size_t, int (*)(const void*, const void*));
#endif
