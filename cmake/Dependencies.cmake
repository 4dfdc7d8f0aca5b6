# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Everything comes from Debian 12 (scripts/packages.txt). LLVM by exact major version, since others
# may be installed; ANTLR's generator 4.7 with the 4.9 runtime, which read the same serialised form.
find_package(LLVM 19.1 REQUIRED CONFIG)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(Threads REQUIRED)
find_program(ANTLR4_COMMAND antlr4 REQUIRED)
find_path(ANTLR4_INCLUDE antlr4-runtime.h PATH_SUFFIXES antlr4-runtime REQUIRED)
find_library(ANTLR4_LIBRARY antlr4-runtime REQUIRED)
find_library(UTF8PROC_LIBRARY utf8proc REQUIRED)
find_library(MPFR_LIBRARY mpfr REQUIRED)
find_library(GMP_LIBRARY gmp REQUIRED)
find_path(BOOST_MULTIPRECISION_INCLUDE boost/multiprecision/mpfr.hpp REQUIRED)

add_library(lossc_llvm INTERFACE)
target_include_directories(lossc_llvm SYSTEM INTERFACE ${LLVM_INCLUDE_DIRS})
separate_arguments(LOSSC_LLVM_DEFINITIONS NATIVE_COMMAND ${LLVM_DEFINITIONS})
target_compile_definitions(lossc_llvm INTERFACE ${LOSSC_LLVM_DEFINITIONS})
target_link_libraries(lossc_llvm INTERFACE LLVM)

add_library(lossc_antlr INTERFACE)
target_include_directories(lossc_antlr SYSTEM INTERFACE ${ANTLR4_INCLUDE})
target_link_libraries(lossc_antlr INTERFACE ${ANTLR4_LIBRARY})

add_library(lossc_multiprecision INTERFACE)
target_include_directories(lossc_multiprecision SYSTEM INTERFACE ${BOOST_MULTIPRECISION_INCLUDE})
target_link_libraries(lossc_multiprecision INTERFACE ${MPFR_LIBRARY} ${GMP_LIBRARY})
