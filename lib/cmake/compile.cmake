# What every target of the project compiles and links with. Call
# ccp_compile_options(target) for each one.
include(CheckIPOSupported)

function(ccp_compile_options target)
  target_compile_definitions(${target} PRIVATE _GNU_SOURCE)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wconversion -Wshadow
                         -Wstrict-prototypes -Wmissing-prototypes -Wvla)
  if(CCP_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  if(CCP_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${CCP_SANITIZE} -fno-omit-frame-pointer
                           -fno-sanitize-recover=all)
    target_link_options(${target} PRIVATE -fsanitize=${CCP_SANITIZE})
  endif()
  if(CCP_FUZZ)
    # Counts the branches that an input takes, which is how libFuzzer finds new ones.
    target_compile_options(${target} PRIVATE -fsanitize=fuzzer-no-link)
    target_link_options(${target} PRIVATE -fsanitize=fuzzer-no-link)
  endif()
  if(CCP_HARDEN)
    target_compile_options(${target} PRIVATE -fstack-protector-strong -fstack-clash-protection)
    target_compile_definitions(${target} PRIVATE _FORTIFY_SOURCE=2)
    target_link_options(${target} PRIVATE -Wl,-z,relro,-z,now,-z,noexecstack)
  endif()
endfunction()

# A position-independent executable, hardened as the build asks for.
function(ccp_add_program target)
  add_executable(${target} ${ARGN})
  ccp_compile_options(${target})
  if(CCP_HARDEN)
    target_link_options(${target} PRIVATE -pie)
  endif()
endfunction()
