# SPDX-License-Identifier: BSD-3-Clause
# check_case.cmake on cases whose verdict is known.
function(verdict name text wanted_code wanted_text)
  set(case ${PLACE}/${name}.cpp)
  file(WRITE ${case} "${text}")
  execute_process(COMMAND ${CMAKE_COMMAND} -DCXX=${CXX} -DROOT=${PLACE} -DCASE=${case} -P ${CHECK}
                  RESULT_VARIABLE code OUTPUT_VARIABLE output ERROR_VARIABLE output)
  string(FIND "${output}" "${wanted_text}" at)
  if(NOT code EQUAL ${wanted_code} OR at EQUAL -1)
    message(SEND_ERROR "${name}: exit ${code}, wanted ${wanted_code} and '${wanted_text}'\n${output}")
  endif()
endfunction()

set(begin "void f() = delete;\nint main() {\n#ifdef KROTON_MUST_NOT_COMPILE\n")
set(end "#endif\n}\n")
verdict(refused "${begin}f();  // error: use of deleted function\nint a[2] = 1;  // error: array must be initialized\n${end}" 0 "2 uses refused")
verdict(accepted "${begin}main;  // error: use of deleted function\n${end}" 1 "accepted.cpp:4: not refused with")
verdict(another_reason "${begin}g();  // error: use of deleted function\n${end}" 1 "'g' was not declared")
verdict(elsewhere "${begin}f();  // error: use of deleted function\ng();\n${end}" 1 "refused elsewhere")
verdict(never_right "${begin}${end}g();\n" 1 "must compile as it is")
verdict(no_case "int main() {}\n" 1 "has no line with // error: TEXT")
