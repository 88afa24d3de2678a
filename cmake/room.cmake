# SPDX-License-Identifier: BSD-3-Clause
# room(NAME SOURCES a.cpp b.cpp [LINKS lib ...]): an object library kroton_NAME of one room.
# room_test(NAME [LABELS l ...] SOURCES a_test.cpp ...): the test binary NAME_test.
function(room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;LINKS" ${ARGN})
  add_library(kroton_${name} OBJECT ${ROOM_SOURCES})
  target_include_directories(kroton_${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_compile_definitions(kroton_${name} PRIVATE KROTON_BUILDING)
  target_link_libraries(kroton_${name} PRIVATE kroton_warnings PUBLIC fmt::fmt Threads::Threads ${CMAKE_DL_LIBS} ${ROOM_LINKS})
  set_property(GLOBAL APPEND PROPERTY KROTON_BUILT_ROOMS ${name})
endfunction()

# Every room below NAME and NAME itself, lowest first.
function(room_closure name out)
  set(closure "")
  foreach(used IN LISTS KROTON_USES_${name})
    room_closure(${used} below)
    list(APPEND closure ${below})
  endforeach()
  list(APPEND closure ${name})
  list(REMOVE_DUPLICATES closure)
  set(${out} ${closure} PARENT_SCOPE)
endfunction()

# Rooms up to printing are tested on what lies below them; from link on, what a higher room installs
# is part of the behaviour, so the whole house is linked.
function(room_test name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;LABELS;LINKS" ${ARGN})
  set(target ${name}_test)
  if(TARGET ${target})
    target_sources(${target} PRIVATE ${ROOM_SOURCES})
    return()
  endif()
  add_executable(${target} ${ROOM_SOURCES})
  target_link_libraries(${target} PRIVATE kroton_warnings GTest::gtest_main ${ROOM_LINKS})
  if(KROTON_STOREY_${name} LESS 5)
    room_closure(${name} rooms)
    foreach(used IN LISTS rooms)
      if(TARGET kroton_${used})
        target_link_libraries(${target} PRIVATE kroton_${used})
      endif()
    endforeach()
  else()
    target_link_libraries(${target} PRIVATE kroton_all)
  endif()
  set_target_properties(${target} PROPERTIES ENABLE_EXPORTS ON)
  list(APPEND ROOM_LABELS ${name})
  discover_tests(${target} ${ROOM_LABELS})
endfunction()

# gtest_discover_tests takes a list of labels apart, so they are set after its script has run.
function(discover_tests target)
  set(labels "${ARGN}")
  gtest_discover_tests(${target} DISCOVERY_MODE PRE_TEST TEST_LIST ${target}_names PROPERTIES TIMEOUT 300)
  set(script ${CMAKE_CURRENT_BINARY_DIR}/${target}_labels.cmake)
  file(CONFIGURE OUTPUT ${script} @ONLY CONTENT
    [[set_tests_properties(${@target@_names} PROPERTIES LABELS "@labels@")]])
  set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES ${script})
endfunction()
