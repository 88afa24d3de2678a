/* SPDX-License-Identifier: BSD-3-Clause
 * Declarations of the C library's stdio.h, for machines without the system's headers. */
#ifndef KROTON_LIBC_STDIO_H
#define KROTON_LIBC_STDIO_H
#include <stdarg.h>
#include <stddef.h>
typedef struct _IO_FILE FILE;
#define EOF (-1)
#define SEEK_SET 0
#define SEEK_CUR 1
#define SEEK_END 2
extern FILE* stdin;
extern FILE* stdout;
extern FILE* stderr;
int fclose(FILE*);
int feof(FILE*);
int ferror(FILE*);
int fflush(FILE*);
char* fgets(char* restrict, int, FILE* restrict);
FILE* fopen(const char* restrict, const char* restrict);
int fprintf(FILE* restrict, const char* restrict, ...);
int fputc(int, FILE*);
int fputs(const char* restrict, FILE* restrict);
size_t fread(void* restrict, size_t, size_t, FILE* restrict);
int fseek(FILE*, long, int);
long ftell(FILE*);
size_t fwrite(const void* restrict, size_t, size_t, FILE* restrict);
int printf(const char* restrict, ...);
int putchar(int);
int puts(const char*);
int snprintf(char* restrict, size_t, const char* restrict, ...);
int sprintf(char* restrict, const char* restrict, ...);
int sscanf(const char* restrict, const char* restrict, ...);
int vfprintf(FILE* restrict, const char* restrict, va_list);
int vprintf(const char* restrict, va_list);
int vsnprintf(char* restrict, size_t, const char* restrict, va_list);
#endif
