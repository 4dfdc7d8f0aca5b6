# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# lossc_layer(NAME DEPENDS … [PRIVATE …]): the sources under the current folder as the library
# lossc_NAME, with our warnings. DEPENDS are the layers and libraries below it.

function(lossc_warnings target)
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor
    -Woverloaded-virtual -Wimplicit-fallthrough
    # GCC 12 reports these falsely on std::string and std::variant when it inlines (GCC PR105329,
    # PR105562).
    -Wno-restrict -Wno-maybe-uninitialized)
  if(LOSSC_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  if(LOSSC_SANITIZE)
    target_compile_options(${target} PUBLIC -fsanitize=${LOSSC_SANITIZE} -fno-omit-frame-pointer)
    target_link_options(${target} PUBLIC -fsanitize=${LOSSC_SANITIZE})
  endif()
endfunction()

function(lossc_layer name)
  cmake_parse_arguments(LAYER "" "" "DEPENDS;PRIVATE" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  if(sources)
    add_library(lossc_${name} STATIC ${sources})
    target_include_directories(lossc_${name} PUBLIC ${CMAKE_SOURCE_DIR})
    target_link_libraries(lossc_${name} PUBLIC ${LAYER_DEPENDS} PRIVATE ${LAYER_PRIVATE})
    lossc_warnings(lossc_${name})
  else()
    add_library(lossc_${name} INTERFACE)
    target_include_directories(lossc_${name} INTERFACE ${CMAKE_SOURCE_DIR})
    target_link_libraries(lossc_${name} INTERFACE ${LAYER_DEPENDS} ${LAYER_PRIVATE})
  endif()
endfunction()
