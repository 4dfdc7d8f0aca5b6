# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# lossc_embed_stdlib(TARGET): makes the text of stdlib/*.loss part of TARGET, as a table of
# {name, text} declared in compiler/sema/library.h.
function(lossc_embed_stdlib target)
  file(GLOB files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/stdlib/*.loss)
  set(output ${CMAKE_BINARY_DIR}/generated/stdlib/embedded.cpp)
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DOUTPUT=${output} "-DFILES=${files}"
            -P ${CMAKE_SOURCE_DIR}/cmake/EmbedText.cmake
    DEPENDS ${files} ${CMAKE_SOURCE_DIR}/cmake/EmbedText.cmake
    COMMENT "Embedding the standard library"
    VERBATIM)
  target_sources(${target} PRIVATE ${output})
endfunction()
