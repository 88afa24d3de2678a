# SPDX-License-Identifier: BSD-3-Clause
# oclgrind_test(NAME TARGET FILTER): the tests of the binary that FILTER selects, on the simulator of OpenCL devices
# that watches every access: its report must be empty.
find_file(KROTON_OCLGRIND liboclgrind-rt-icd.so PATHS /usr/lib/oclgrind /usr/local/lib/oclgrind NO_CACHE)
function(oclgrind_test name target filter)
  if(KROTON_OCLGRIND)
    add_test(NAME ${name} COMMAND ${CMAKE_COMMAND} -DICD=${KROTON_OCLGRIND} -DPROGRAM=$<TARGET_FILE:${target}> -DFILTER=${filter}
             -DPLACE=${CMAKE_CURRENT_BINARY_DIR}/${name} -P ${PROJECT_SOURCE_DIR}/tests/support/run_oclgrind.cmake)
  else()
    add_test(NAME ${name} COMMAND ${CMAKE_COMMAND} -E echo "skipped: oclgrind is not installed")
    set_tests_properties(${name} PROPERTIES SKIP_REGULAR_EXPRESSION "skipped")
  endif()
  set_tests_properties(${name} PROPERTIES LABELS "opencl;slow" TIMEOUT 600)
endfunction()
