# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# lossc_builtin_names(TARGET): the names of builtins.def (and what it includes) alone, as rows BUILTIN(name), for the
# headers that declare them: what else a row says changes often, and nearly every file sees those
# headers. As a script (-DINPUT= -DOUTPUT=) it writes that file, untouched if nothing changes.
if(CMAKE_SCRIPT_MODE_FILE)
  set(rows "")
  foreach(input ${INPUT})
    file(STRINGS ${input} some REGEX "^BUILTIN\\(")
    list(APPEND rows ${some})
  endforeach()
  set(text "")
  foreach(row ${rows})
    string(REGEX REPLACE "^BUILTIN\\(([a-z0-9_]+),.*" "BUILTIN(\\1)\n" name "${row}")
    string(APPEND text "${name}")
  endforeach()
  file(CONFIGURE OUTPUT ${OUTPUT} CONTENT "${text}" @ONLY)
  return()
endif()

function(lossc_builtin_names target)
  set(input ${CMAKE_SOURCE_DIR}/compiler/ir/builtins.def
            ${CMAKE_SOURCE_DIR}/compiler/ir/builtins_primitives.def)
  set(output ${CMAKE_BINARY_DIR}/generated/ir/compiler/ir/builtin_names.inc)
  set(script ${CMAKE_SOURCE_DIR}/cmake/BuiltinNames.cmake)
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} "-DINPUT=${input}" -DOUTPUT=${output} -P ${script}
    DEPENDS ${input} ${script}
    COMMENT "Names of the builtins"
    VERBATIM)
  target_sources(${target} PRIVATE ${output})
  target_include_directories(${target} PUBLIC ${CMAKE_BINARY_DIR}/generated/ir)
endfunction()
