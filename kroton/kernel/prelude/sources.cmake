# SPDX-License-Identifier: BSD-3-Clause
# Sets KROTON_PRELUDE_SOURCES: prelude.cpp and the generated texts of the headers, for the room kernel.
set(from ${CMAKE_CURRENT_LIST_DIR})
set(to ${CMAKE_CURRENT_BINARY_DIR}/prelude_sources.cpp)
set(headers c cuda opencl element exponential trigonometric real complex complex_pow error_function gamma incomplete_gamma bessel bessel_order
    integer)
set(names ${headers})
list(TRANSFORM headers REPLACE "(.+)" "${from}/\\1.h")
add_custom_command(OUTPUT ${to} COMMAND ${CMAKE_COMMAND} -DFROM=${from} -DTO=${to} "-DNAMES=${names}" -P ${from}/embed.cmake
                   DEPENDS ${headers} ${from}/embed.cmake VERBATIM)
set(KROTON_PRELUDE_SOURCES ${from}/prelude.cpp ${to})
