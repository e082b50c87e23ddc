# One PostgreSQL for all tests of a run: ctest starts it before the first test that needs it, and stops it at the end.
set(postgres_state ${PROJECT_BINARY_DIR}/postgres-cluster)
foreach(step start stop)
  add_test(NAME postgres_${step} COMMAND ${PROJECT_SOURCE_DIR}/tests/store/postgres_cluster ${step} ${postgres_state})
endforeach()
set_tests_properties(postgres_start PROPERTIES FIXTURES_SETUP postgres TIMEOUT 300)
set_tests_properties(postgres_stop PROPERTIES FIXTURES_CLEANUP postgres)

function(needs_postgres)
  set_tests_properties(${ARGN} PROPERTIES FIXTURES_REQUIRED postgres
    SKIP_REGULAR_EXPRESSION "PostgreSQL 15 is not installed: scripts/setup test")
  set_property(TEST ${ARGN} APPEND PROPERTY ENVIRONMENT TEST_POSTGRES=${postgres_state})
endfunction()

# The tests of an executable that are for PostgreSQL, beside the others.
function(splits_for_postgres executable timeout)
  string(REGEX REPLACE "_test$" "_postgres_test" name ${executable})
  add_test(NAME ${name} COMMAND ${executable} --gtest_filter=*ostgres* WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES TIMEOUT ${timeout})
  needs_postgres(${name})
  set_tests_properties(${executable} PROPERTIES ENVIRONMENT GTEST_FILTER=-*ostgres*)
endfunction()
