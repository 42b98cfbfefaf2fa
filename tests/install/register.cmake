# The test `install`, included by the build's own tests: the folder's CMakeLists.txt is another project.
get_property(layers GLOBAL PROPERTY BITNET_OBJECTS)
add_executable(make_tiny_model ${CMAKE_CURRENT_LIST_DIR}/make_model.cpp)
target_link_libraries(make_tiny_model PRIVATE bitnet ${layers})
target_include_directories(make_tiny_model PRIVATE ${PROJECT_SOURCE_DIR}/tests)
set(flags "")
if(BITNET_SANITIZE STREQUAL "address")
  set(flags "-fsanitize=address,undefined")
elseif(BITNET_SANITIZE STREQUAL "thread")
  set(flags "-fsanitize=thread")
endif()
if(NOT CMAKE_CROSSCOMPILING)
  add_test(NAME install
           COMMAND ${CMAKE_COMMAND} -DBUILD_DIR=${PROJECT_BINARY_DIR} -DWORK_DIR=${PROJECT_BINARY_DIR}/install-test
                   -DEXAMPLES_DIR=${PROJECT_SOURCE_DIR}/examples -DMAKE_MODEL=$<TARGET_FILE:make_tiny_model> -DCONFIG=$<CONFIG>
                   -DGENERATOR=${CMAKE_GENERATOR} -DC_COMPILER=${CMAKE_C_COMPILER} -DCXX_COMPILER=${CMAKE_CXX_COMPILER}
                   -DFLAGS=${flags} -P ${CMAKE_CURRENT_LIST_DIR}/run.cmake)
  set_tests_properties(install PROPERTIES LABELS install TIMEOUT 600)
endif()
