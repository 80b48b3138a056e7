# The rules every folder builds with. File names are relative to the folder;
# a header folder/x.h is included as "folder/x.h".
include(GNUInstallDirs)
include(GoogleTest)

# For what runs briefly, where compiling counts (NORLOG_COMPILE_CHEAPLY). Where UBSan
# is spared, AddressSanitizer sees the bad pointers.
set(norlog_cheap_options -O0 -fno-sanitize=null,alignment,object-size,pointer-overflow)

# norlog_library(NAME x [SRCS ..] [HDRS ..] [DEPS ..])
# Target norlog_x, alias norlog::x. Without SRCS it is header-only.
function(norlog_library)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME" "SRCS;HDRS;DEPS")
  set(target norlog_${arg_NAME})
  if(arg_SRCS)
    set(scope PUBLIC)
    add_library(${target} STATIC ${arg_SRCS})
  else()
    set(scope INTERFACE)
    add_library(${target} INTERFACE)
  endif()
  add_library(norlog::${arg_NAME} ALIAS ${target})
  target_compile_features(${target} ${scope} cxx_std_20)
  target_link_libraries(${target} ${scope} ${arg_DEPS})
  norlog_expose_headers(${target} ${scope} ${arg_HDRS})
  # Reports and scripts; what replays cuts uses no such package.
  if(NORLOG_COMPILE_CHEAPLY AND arg_SRCS AND "${arg_DEPS}" MATCHES "absl::|nlohmann_json::")
    target_compile_options(${target} PRIVATE ${norlog_cheap_options})
  endif()

  # x.cc includes x.h first (./dev lint checks that), which proves that it stands alone.
  set(unproven ${arg_HDRS})
  foreach(source IN LISTS arg_SRCS)
    cmake_path(REPLACE_EXTENSION source h)
    list(REMOVE_ITEM unproven ${source})
  endforeach()
  if(NOT unproven)
    set_target_properties(${target} PROPERTIES VERIFY_INTERFACE_HEADER_SETS OFF)
  endif()
endfunction()

# Lets users of `target` include exactly `headers`: a folder of links holds
# them. (Embedders get the plain source folder: links are not for every host.)
function(norlog_expose_headers target scope)
  cmake_path(GET CMAKE_CURRENT_SOURCE_DIR PARENT_PATH source_root)
  if(NOT PROJECT_IS_TOP_LEVEL)
    target_include_directories(${target} ${scope} ${source_root})
    return()
  endif()
  cmake_path(GET CMAKE_CURRENT_SOURCE_DIR FILENAME folder)
  set(view ${CMAKE_CURRENT_BINARY_DIR}/headers/${target})
  file(REMOVE_RECURSE ${view})
  file(MAKE_DIRECTORY ${view})
  set(links "")
  foreach(header IN LISTS ARGN)
    set(link ${view}/${folder}/${header})
    cmake_path(GET link PARENT_PATH link_folder)
    file(MAKE_DIRECTORY ${link_folder})
    file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR}/${header} ${link} SYMBOLIC)
    list(APPEND links ${link})
  endforeach()
  target_sources(${target} ${scope} FILE_SET HEADERS BASE_DIRS ${view} FILES ${links})
endfunction()

# norlog_binary(NAME x SRCS .. [DEPS ..]): a host program, bin/x.
function(norlog_binary)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME" "SRCS;DEPS")
  add_executable(${arg_NAME} ${arg_SRCS})
  target_compile_features(${arg_NAME} PRIVATE cxx_std_20)
  target_link_libraries(${arg_NAME} PRIVATE ${arg_DEPS})
endfunction()

# norlog_test(NAME x [SRCS ..] [DEPS ..] [THREADS] [LONG] [COUNTS])
# Builds x_test.cc (and SRCS) with the engine, the simulator, GoogleTest and RapidCheck.
# THREADS: ThreadSanitizer runs it too. LONG: it starts before the others, so that no
# core is idle at the end, and its code is optimised. COUNTS: it only counts what other
# tests run as well; sanitizers leave it out. Tests run in the top-level folder.
add_custom_target(thread_tests)
function(norlog_test)
  cmake_parse_arguments(PARSE_ARGV 0 arg "THREADS;LONG;COUNTS" "NAME" "SRCS;DEPS")
  set(target ${arg_NAME}_test)
  norlog_binary(NAME ${target} SRCS ${target}.cc ${arg_SRCS}
    DEPS ${arg_DEPS} norlog::flashsim norlog::norlog
         GTest::gtest_main rapidcheck_gtest Threads::Threads)
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR})  # "tests/x.h"
  set(properties TIMEOUT 600)
  if(arg_THREADS)
    add_dependencies(thread_tests ${target})
    list(APPEND properties LABELS threads)
  elseif(arg_COUNTS)
    list(APPEND properties LABELS counts)
  endif()
  if(arg_LONG)
    list(APPEND properties COST 100)
  elseif(NORLOG_COMPILE_CHEAPLY)
    norlog_compile_cheaply(${target})
  endif()
  norlog_is_left_out(left_out ${arg_LONG})
  if(left_out)
    set_target_properties(${target} PROPERTIES EXCLUDE_FROM_ALL TRUE)
    return()
  endif()
  gtest_discover_tests(${target} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR} DISCOVERY_TIMEOUT 60
    PROPERTIES ${properties})
endfunction()

# Whether NORLOG_TEST_SHARE leaves out the next test.
function(norlog_is_left_out result is_long)
  set(${result} FALSE PARENT_SCOPE)
  if(is_long OR NOT NORLOG_TEST_SHARE MATCHES "^([0-9]+)/([1-9][0-9]*)$")
    return()
  endif()
  get_property(number GLOBAL PROPERTY norlog_short_tests)
  math(EXPR number "0${number} + 1")
  set_property(GLOBAL PROPERTY norlog_short_tests ${number})
  math(EXPR rest "${number} % ${CMAKE_MATCH_2} - ${CMAKE_MATCH_1}")
  if(rest)
    set(${result} TRUE PARENT_SCOPE)
  endif()
endfunction()

# Half of a test's compile time are the headers that all of them include, and a
# third -O2, which only the long ones need.
function(norlog_compile_cheaply target)
  if(NOT TARGET norlog_test_headers)
    set(source ${PROJECT_BINARY_DIR}/test_headers.cc)
    file(CONFIGURE OUTPUT ${source} CONTENT "")
    add_library(norlog_test_headers OBJECT EXCLUDE_FROM_ALL ${source})
    target_compile_features(norlog_test_headers PRIVATE cxx_std_20)
    target_compile_options(norlog_test_headers PRIVATE ${norlog_cheap_options})
    target_link_libraries(norlog_test_headers PRIVATE GTest::gtest norlog::crc32c)
    target_precompile_headers(norlog_test_headers PRIVATE
      <gtest/gtest.h> <algorithm> <functional> <iostream> <memory> <string> <vector>)
  endif()
  # GCC's false alarms depend on -O; the dev build with ccache and Bazel are strict.
  target_compile_options(${target} PRIVATE ${norlog_cheap_options} -Wno-error=maybe-uninitialized)
  target_link_libraries(${target} PRIVATE norlog::crc32c)  # the headers were compiled for its CPU
  target_precompile_headers(${target} REUSE_FROM norlog_test_headers)
endfunction()

# norlog_fuzzer(NAME x [DEPS ..]): x_fuzzer.cc with libFuzzer's main.
add_custom_target(fuzzers)
function(norlog_fuzzer)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME" "DEPS")
  if(NORLOG_LIBFUZZER)
    norlog_binary(NAME ${arg_NAME}_fuzzer SRCS ${arg_NAME}_fuzzer.cc DEPS ${arg_DEPS})
    target_link_options(${arg_NAME}_fuzzer PRIVATE -fsanitize=fuzzer)
    add_dependencies(fuzzers ${arg_NAME}_fuzzer)
  endif()
endfunction()
