# ccp_embed(OUT out.c NAME symbol FILE file)
# Compiles a file into the program: makes out.c, which defines
#   const unsigned char symbol[];  (ends with a NUL that the length does not count)
#   const size_t symbol_len;
set(CCP_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/embed_script.cmake)

function(ccp_embed)
  cmake_parse_arguments(arg "" "OUT;NAME;FILE" "" ${ARGN})
  add_custom_command(OUTPUT ${arg_OUT}
    COMMAND ${CMAKE_COMMAND} -DOUT=${arg_OUT} -DNAME=${arg_NAME} -DFILE=${arg_FILE}
            -P ${CCP_EMBED_SCRIPT}
    DEPENDS ${arg_FILE} ${CCP_EMBED_SCRIPT}
    VERBATIM)
endfunction()
