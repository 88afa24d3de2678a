# SPDX-License-Identifier: BSD-3-Clause
# Runs COMMAND and compares its exit status (STATUS, a regular expression) and what it says (SAYS, a regular
# expression) under a limit of SECONDS: a hang is a failure.
cmake_minimum_required(VERSION 3.25)
# Open MPI asks for both where the user is root.
set(ENV{OMPI_ALLOW_RUN_AS_ROOT} 1)
set(ENV{OMPI_ALLOW_RUN_AS_ROOT_CONFIRM} 1)
set(ENV{KROTON_FLAGS} "${FLAGS}")
# Where AddressSanitizer watches; the MPIs' libraries have no frame pointers to find them by.
set(ENV{LSAN_OPTIONS} "suppressions=${CMAKE_CURRENT_LIST_DIR}/../../support/leaks.txt:print_suppressions=0")
set(ENV{ASAN_OPTIONS} fast_unwind_on_malloc=0)
if(SANITIZE STREQUAL "thread")
  set(ENV{TSAN_OPTIONS} "suppressions=${CMAKE_CURRENT_LIST_DIR}/../../support/races.txt:die_after_fork=0")
  # UCX catches calls of threads that ThreadSanitizer has already forgotten.
  set(ENV{UCX_MEM_EVENTS} no)
endif()
if(MEMORY)
  cmake_host_system_information(RESULT available QUERY AVAILABLE_PHYSICAL_MEMORY)
  if(available LESS MEMORY)
    message(NOTICE "run.cmake: Skipped\n${available} MB of memory are free, ${MEMORY} are needed")
    return()
  endif()
endif()
execute_process(COMMAND timeout -k 5 ${SECONDS} ${COMMAND} RESULT_VARIABLE status OUTPUT_VARIABLE said ERROR_VARIABLE said)
if(status EQUAL 124 OR status EQUAL 137)
  message(FATAL_ERROR "it did not end within ${SECONDS} s\n${said}")
endif()
if(NOT status MATCHES "^(${STATUS})$")
  message(FATAL_ERROR "the exit status is ${status} and should be ${STATUS}\n${said}")
endif()
if(SAYS AND NOT said MATCHES "${SAYS}")
  message(FATAL_ERROR "it should say ${SAYS}\n${said}")
endif()
