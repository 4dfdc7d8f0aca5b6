# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# grammar/Loss.g4 → lexer and parser, as the library lossc_grammar. The generated sources are not
# ours: C++17, without warnings.
set(LOSSC_GRAMMAR_DIR ${CMAKE_BINARY_DIR}/generated/grammar)
set(LOSSC_GRAMMAR_SOURCES ${LOSSC_GRAMMAR_DIR}/LossLexer.cpp ${LOSSC_GRAMMAR_DIR}/LossParser.cpp)
add_custom_command(
  OUTPUT ${LOSSC_GRAMMAR_SOURCES}
         ${LOSSC_GRAMMAR_DIR}/LossLexer.h ${LOSSC_GRAMMAR_DIR}/LossParser.h
  COMMAND ${ANTLR4_COMMAND} -Dlanguage=Cpp -no-listener -no-visitor -package lossc::grammar
          -Xexact-output-dir -o ${LOSSC_GRAMMAR_DIR} ${CMAKE_SOURCE_DIR}/grammar/Loss.g4
  DEPENDS ${CMAKE_SOURCE_DIR}/grammar/Loss.g4
  COMMENT "Generating the parser from grammar/Loss.g4"
  VERBATIM)
add_library(lossc_grammar STATIC ${LOSSC_GRAMMAR_SOURCES})
target_compile_features(lossc_grammar PRIVATE cxx_std_17)
set_target_properties(lossc_grammar PROPERTIES CXX_STANDARD 17 CXX_CLANG_TIDY "")
target_compile_options(lossc_grammar PRIVATE -w)
target_include_directories(lossc_grammar SYSTEM PUBLIC ${CMAKE_BINARY_DIR}/generated)
target_link_libraries(lossc_grammar PUBLIC lossc_antlr)
