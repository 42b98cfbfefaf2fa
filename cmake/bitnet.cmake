# Targets of this project: flags in one place, a layer a call.
add_library(bitnet_flags INTERFACE)
# Contraction off: the compiler must not choose which products are fused, or results would differ between machines.
target_compile_options(bitnet_flags INTERFACE -ffp-contract=off -fno-math-errno -Wall -Wextra -Wno-psabi -Wno-missing-field-initializers -Wno-dangling-else
                                              $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
                                              $<$<BOOL:${BITNET_WERROR}>:-Werror>)
if(BITNET_SANITIZE)
  add_compile_definitions(BITNET_POISON_BLOCKS BITNET_FEWER_LEVELS)
endif()
if(BITNET_SANITIZE STREQUAL "address")
  target_compile_options(bitnet_flags INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(bitnet_flags INTERFACE -fsanitize=address,undefined)
elseif(BITNET_SANITIZE STREQUAL "thread")
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    message(FATAL_ERROR "ThreadSanitizer does not see what GCC's OpenMP runtime orders: build with clang and libomp")
  endif()
  target_compile_options(bitnet_flags INTERFACE -fsanitize=thread -fno-omit-frame-pointer)
  target_link_options(bitnet_flags INTERFACE -fsanitize=thread)
elseif(BITNET_SANITIZE)
  message(FATAL_ERROR "BITNET_SANITIZE is '${BITNET_SANITIZE}': take address, thread or nothing")
endif()
if(BITNET_BUILD_FUZZERS)
  target_compile_options(bitnet_flags INTERFACE -fsanitize=fuzzer-no-link)
  target_compile_definitions(bitnet_flags INTERFACE FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION)
endif()

set_property(GLOBAL PROPERTY BITNET_OBJECTS "")

# bitnet_layer(NAME "lower;layers" [LIBRARIES ...]): every .cpp below src/NAME.
function(bitnet_layer name lower)
  cmake_parse_arguments(ARG "" "" "LIBRARIES" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${name}/*.cpp)
  if(NOT BITNET_SIMD)
    list(FILTER sources EXCLUDE REGEX "/src/backends/cpu/|/simd/")
  endif()
  add_library(bitnet_${name} OBJECT ${sources})
  target_include_directories(bitnet_${name} PUBLIC ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
  foreach(feature PARALLEL SIMD TOKENIZERS COMPRESSION TRACING BACKTRACE)
    if(BITNET_${feature})
      target_compile_definitions(bitnet_${name} PUBLIC BITNET_${feature}=1)
    endif()
  endforeach()
  target_compile_definitions(bitnet_${name} PRIVATE BITNET_VERSION="${PROJECT_VERSION}")
  target_link_libraries(bitnet_${name} PUBLIC bitnet_flags ${ARG_LIBRARIES} Threads::Threads
                        $<$<BOOL:${BITNET_PARALLEL}>:OpenMP::OpenMP_CXX>)
  foreach(layer IN LISTS lower)
    target_link_libraries(bitnet_${name} PUBLIC bitnet_${layer})
  endforeach()
  set_property(GLOBAL APPEND PROPERTY BITNET_OBJECTS bitnet_${name})
endfunction()

# Compiles the file BITNET_BUILT_IN_MODEL into the layer; built again when the file changes.
function(bitnet_built_in_model layer)
  if(NOT BITNET_BUILT_IN_MODEL)
    return()
  endif()
  if(NOT EXISTS ${BITNET_BUILT_IN_MODEL})
    message(FATAL_ERROR "BITNET_BUILT_IN_MODEL: ${BITNET_BUILT_IN_MODEL} does not exist; leave it empty to build without a model")
  endif()
  set_source_files_properties(${PROJECT_SOURCE_DIR}/src/${layer}/built_in_model.cpp PROPERTIES
                              COMPILE_DEFINITIONS "BITNET_BUILT_IN_MODEL=\"${BITNET_BUILT_IN_MODEL}\""
                              OBJECT_DEPENDS ${BITNET_BUILT_IN_MODEL})
endfunction()

# The library `bitnet`: all layers in one archive, with the public headers, a CMake package and a pkg-config file.
function(bitnet_library)
  get_property(layers GLOBAL PROPERTY BITNET_OBJECTS)
  add_library(bitnet)
  add_library(bitnet::bitnet ALIAS bitnet)
  foreach(layer IN LISTS layers)
    target_sources(bitnet PRIVATE $<TARGET_OBJECTS:${layer}>)
  endforeach()
  target_include_directories(bitnet PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:include>)
  target_compile_features(bitnet PUBLIC cxx_std_20)
  set_target_properties(bitnet PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR})
  target_link_libraries(bitnet PRIVATE $<BUILD_INTERFACE:bitnet_flags>)
  # A static library's own needs must reach whoever links it; the package file finds them again.
  target_link_libraries(bitnet PRIVATE fmt::fmt Threads::Threads ${BITNET_SIMD_LIBRARIES} ${BITNET_TOKENIZER_LIBRARIES}
                        ${BITNET_COMPRESSION_LIBRARIES}
                        $<$<BOOL:${BITNET_PARALLEL}>:OpenMP::OpenMP_CXX>)

  include(GNUInstallDirs)
  include(CMakePackageConfigHelpers)
  install(TARGETS bitnet EXPORT bitnet-targets)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/bitnet DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  install(EXPORT bitnet-targets NAMESPACE bitnet:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/bitnet)
  configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/bitnet-config.cmake.in ${PROJECT_BINARY_DIR}/bitnet-config.cmake
                                INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/bitnet)
  write_basic_package_version_file(${PROJECT_BINARY_DIR}/bitnet-config-version.cmake COMPATIBILITY SameMinorVersion)
  install(FILES ${PROJECT_BINARY_DIR}/bitnet-config.cmake ${PROJECT_BINARY_DIR}/bitnet-config-version.cmake
          DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/bitnet)
endfunction()

# bitnet_test(NAME [LABELS ...]): every *_test.cpp of tests/NAME in one program that sees the internal headers.
function(bitnet_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "LABELS;DEPENDS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/${name}/*_test.cpp)
  if(NOT sources)
    return()
  endif()
  add_executable(${name}_tests ${sources})
  get_property(layers GLOBAL PROPERTY BITNET_OBJECTS)
  target_link_libraries(${name}_tests PRIVATE bitnet ${layers} GTest::gtest_main GTest::gmock)
  target_include_directories(${name}_tests PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_compile_definitions(${name}_tests PRIVATE BITNET_REFERENCE_DIR="${BITNET_REFERENCE_DIR}"
                             BITNET_SOURCE_DIR="${PROJECT_SOURCE_DIR}" BITNET_BINARY_DIR="${PROJECT_BINARY_DIR}")
  add_test(NAME ${name} COMMAND ${name}_tests)
  # Tests share the machine with each other: threads that wait should not spin. ThreadSanitizer learns from libomp's own
  # tool, Archer, what the OpenMP runtime orders; the runtime's inside is not its subject, nor LeakSanitizer's.
  set(environment OMP_WAIT_POLICY=passive TSAN_OPTIONS=ignore_noninstrumented_modules=1
      LSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tests/support/leaks.txt:print_suppressions=0)
  set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT 900 ENVIRONMENT "${environment}")
  # Half of a test's time at the compiler is these headers': they are read once for all test programs.
  if(TARGET base_tests AND NOT name STREQUAL "base")
    target_precompile_headers(${name}_tests REUSE_FROM base_tests)
  elseif(name STREQUAL "base")
    target_precompile_headers(${name}_tests PRIVATE <gtest/gtest.h> <nlohmann/json.hpp> <fmt/format.h> <algorithm>
                              <filesystem> <fstream> <functional> <map> <memory> <string> <vector>)
  endif()
endfunction()
