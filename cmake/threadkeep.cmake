# What nearly every file includes of the standard library, compiled once for all targets. No file may rely on it: whoever forgets an
# #include is found by the builds without it, and by `check headers`.
set(usual_headers <algorithm> <array> <chrono> <condition_variable> <cstdint> <deque> <functional> <map> <memory> <mutex> <optional> <set>
  <string> <string_view> <thread> <utility> <variant> <vector> <tl/expected.hpp>)

# threadkeep_precompile(TARGET SHARED [LINKS lib...] [EXTRA <header>...]): SHARED is the target that holds the compiled headers; made by the
# first that names it. The LINKS give it the definitions that the targets have.
function(threadkeep_precompile target shared)
  if(NOT THREADKEEP_BUILT_ONCE)
    return()
  endif()
  cmake_parse_arguments(ARG "" "" "EXTRA;LINKS" ${ARGN})
  if(NOT TARGET ${shared})
    file(WRITE ${PROJECT_BINARY_DIR}/precompiled/${shared}.cpp "")
    add_library(${shared} OBJECT ${PROJECT_BINARY_DIR}/precompiled/${shared}.cpp)
    target_link_libraries(${shared} PRIVATE ${ARG_LINKS})
    target_precompile_headers(${shared} PRIVATE ${usual_headers} ${ARG_EXTRA})
  endif()
  target_precompile_headers(${target} REUSE_FROM ${shared})
  # Of what is put together of short strings g++ 12 at -O2 says that it is written past its end (GCC bug 105329 and its kind), where <string> is
  # precompiled. The builds without it have these warnings.
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    target_compile_options(${target} PRIVATE -Wno-array-bounds -Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread)
  endif()
endfunction()

# threadkeep_library(FOLDER SOURCES a.cpp ... [LINKS threadkeep_x ...] [PRIVATE_LINKS libs ...])
# One static library per folder of src/. The LINKS are the arrows of ARCHITECTURE.md.
function(threadkeep_library folder)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS;PRIVATE_LINKS" ${ARGN})
  add_library(threadkeep_${folder} STATIC ${ARG_SOURCES})
  target_include_directories(threadkeep_${folder} PUBLIC ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(threadkeep_${folder} PUBLIC ${ARG_LINKS} PRIVATE ${ARG_PRIVATE_LINKS})
  threadkeep_precompile(threadkeep_${folder} threadkeep_usual_headers)
endfunction()

# threadkeep_test(NAME SOURCES a_test.cpp ... LINKS threadkeep_x ... [TIMEOUT s] [LABELS l ...])
# A GoogleTest executable NAME, run by ctest as one test from the root of the checkout. Labels: `slow` is too slow for the sanitizers, `shortened`
# does less under them; the target plain_tests builds both kinds.
function(threadkeep_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;LINKS;LABELS;ARGS" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 900)
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/tests)
  target_link_libraries(${name} PRIVATE ${ARG_LINKS} GTest::gtest GTest::gmock GTest::gtest_main)
  threadkeep_precompile(${name} threadkeep_usual_test_headers LINKS GTest::gtest EXTRA <gtest/gtest.h>)
  add_test(NAME ${name} COMMAND ${name} ${ARG_ARGS} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT})
  if(ARG_LABELS)
    set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABELS}")
    add_dependencies(plain_tests ${name})
  endif()
endfunction()
