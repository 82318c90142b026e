# SPDX-License-Identifier: Apache-2.0
# Compiles `source` twice: as it is, which must work, and with KERATIN_MISUSE, which must fail with
# a text that matches the regular expression of its line `// expect: ...`.
# Arguments: source, compiler, include.

file(STRINGS "${source}" expected REGEX "^// expect: ")
if(NOT expected)
  message(FATAL_ERROR "${source}: expected a line `// expect: <regular expression>`, got none.")
endif()
string(REGEX REPLACE "^// expect: " "" expected "${expected}")

set(command "${compiler}" -std=c++20 -fsyntax-only "-I${include}" "${source}")
execute_process(COMMAND ${command} RESULT_VARIABLE status ERROR_VARIABLE text OUTPUT_QUIET)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "${source}: expected the right form to compile, got\n${text}")
endif()

execute_process(COMMAND ${command} -DKERATIN_MISUSE
                RESULT_VARIABLE status ERROR_VARIABLE text OUTPUT_QUIET)
if(status EQUAL 0)
  message(FATAL_ERROR "${source}: expected the misuse to be refused, and it compiled.")
elseif(NOT text MATCHES "${expected}")
  message(FATAL_ERROR "${source}: expected an error that matches `${expected}`, got\n${text}")
endif()
