# SPDX-License-Identifier: BSD-3-Clause
# doc_snippets on a page that is right, on one whose output is wrong, and on broken ones; an empty
# kroton.h stands for the library.
file(REMOVE_RECURSE ${PLACE})
file(WRITE ${PLACE}/kroton/kroton.h "namespace kroton {}\n")
set(F "```")

# Extracts and compiles TEXT; runs it and leaves exit code and output in `code` and `output`.
function(run_page name text)
  file(WRITE ${PLACE}/${name}.md "${text}")
  execute_process(COMMAND ${TOOL} ${PLACE}/${name}.md ${PLACE}/${name}.cpp RESULT_VARIABLE code OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(code EQUAL 0)
    execute_process(COMMAND ${CXX} -std=c++20 -I${PLACE} ${PLACE}/${name}.cpp -o ${PLACE}/${name}
                    RESULT_VARIABLE code OUTPUT_VARIABLE output ERROR_VARIABLE output)
  endif()
  if(code EQUAL 0)
    execute_process(COMMAND ${PLACE}/${name} RESULT_VARIABLE code OUTPUT_VARIABLE output ERROR_VARIABLE output)
  endif()
  set(code ${code} PARENT_SCOPE)
  set(output "${output}" PARENT_SCOPE)
endfunction()

macro(expect what wanted_code wanted_text)
  string(FIND "${output}" "${wanted_text}" at)
  if(NOT code EQUAL ${wanted_code} OR at EQUAL -1)
    message(SEND_ERROR "${what}: exit ${code}, wanted ${wanted_code} and '${wanted_text}'\n${output}")
  endif()
endmacro()

run_page(right "Page\n\n${F}cpp\nint n = 20 + 22;\n${F}\nand\n${F}cpp continued\nstd::cout << n << '\\n';\n${F}\n\n${F}text\n42\n${F}\n
${F}cpp\n#include <vector>\nstruct S { static constexpr int two = 2; };\nint main() {\n  std::cout << std::vector<int>{S::two}.size();\n}\n${F}\n${F}sh\nls\n${F}\n")
expect("a right page" 0 "")
run_page(wrong "${F}cpp\nstd::cout << 41 << '\\n';\n${F}\n${F}text\n42\n${F}\n")
expect("a wrong output is shown" 1 "wrong.md:2:\n--- the page says\n42\n--- it printed\n41\n")
run_page(throwing "\n${F}cpp\nthrow std::runtime_error(\"no file\");\n${F}\n")
expect("an exception is shown" 1 "throwing.md:3:\nthrew: no file")
run_page(invalid "\n\n${F}cpp\nint n = missing;\n${F}\n")
expect("a compiler's message points into the page" 1 "invalid.md:4:9: error")
run_page(open "${F}cpp\nint n;\n")
expect("an open block is an error" 1 "open.md:1: the block is not closed")
run_page(headless "${F}cpp continued\nint n;\n${F}\n")
expect("a continuation needs a beginning" 1 "headless.md:1: continues a block that is not there")
run_page(empty "nothing\n")
expect("a page without code is an error" 1 "empty.md has no ${F}cpp block")
