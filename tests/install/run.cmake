# Installs BUILD_DIR below WORK_DIR, builds the project in this folder with find_package(bitnet), and runs its programs on a
# model that MAKE_MODEL writes.
foreach(variable BUILD_DIR WORK_DIR EXAMPLES_DIR MAKE_MODEL CONFIG)
  if(NOT DEFINED ${variable})
    message(FATAL_ERROR "${variable} is not set")
  endif()
endforeach()

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT status EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "${command}: ${status}\n${output}")
  endif()
endfunction()

file(REMOVE_RECURSE ${WORK_DIR})
file(MAKE_DIRECTORY ${WORK_DIR})
run(${CMAKE_COMMAND} --install ${BUILD_DIR} --prefix ${WORK_DIR}/prefix --config ${CONFIG})
run(${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR} -B ${WORK_DIR}/build -G ${GENERATOR} -DCMAKE_PREFIX_PATH=${WORK_DIR}/prefix
    -DEXAMPLES_DIR=${EXAMPLES_DIR} -DCMAKE_BUILD_TYPE=${CONFIG} -DCMAKE_C_COMPILER=${C_COMPILER} -DCMAKE_CXX_COMPILER=${CXX_COMPILER}
    "-DCMAKE_C_FLAGS=${FLAGS}" "-DCMAKE_CXX_FLAGS=${FLAGS}")
run(${CMAKE_COMMAND} --build ${WORK_DIR}/build)
run(${MAKE_MODEL} ${WORK_DIR}/model)

foreach(program complete_cpp complete_c)
  execute_process(COMMAND ${WORK_DIR}/build/${program} ${WORK_DIR}/model "Hello" RESULT_VARIABLE status OUTPUT_VARIABLE output
                  ERROR_VARIABLE error)
  if(NOT status EQUAL 0 OR output STREQUAL "")
    message(FATAL_ERROR "${program}: ${status}\n${output}\n${error}")
  endif()
  execute_process(COMMAND ${WORK_DIR}/build/${program} ${WORK_DIR}/no-such-model "Hello" RESULT_VARIABLE status OUTPUT_QUIET
                  ERROR_VARIABLE error)
  if(NOT status EQUAL 1 OR NOT error MATCHES "^complete: .*no-such-model")
    message(FATAL_ERROR "${program} without its model: ${status}\n${error}")
  endif()
endforeach()
run(${WORK_DIR}/prefix/bin/bitnet run -m ${WORK_DIR}/model -p Hello -n 2)
