# Writes the pages into a C file (app/assets.h):
#     cmake -DFOLDER=app/pages -DOUTPUT=file.c -DGZIP=gzip [-DBROTLI=brotli] -P embed.cmake -- FILE...
# The files are named from the folder on.
cmake_minimum_required(VERSION 3.18)

# Scripts make elements, never markup: a browser that can hold us to it does.
set(ADMIN_POLICY "default-src 'self'; base-uri 'none'; object-src 'none'; form-action 'self'; \
frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'")

set(files "")
set(past_dashes FALSE)
math(EXPR last "${CMAKE_ARGC} - 1")
foreach(i RANGE ${last})
  if(past_dashes)
    list(APPEND files ${CMAKE_ARGV${i}})
  elseif(CMAKE_ARGV${i} STREQUAL "--")
    set(past_dashes TRUE)
  endif()
endforeach()

# The base64 text of 32 bytes that are given in hex.
function(base64_of hex out)
  set(letters ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/)
  set(text "")
  foreach(at RANGE 0 60 6)
    string(SUBSTRING "${hex}0000" ${at} 6 group)
    foreach(shift 18 12 6 0)
      math(EXPR letter "(0x${group} >> ${shift}) & 63")
      string(SUBSTRING ${letters} ${letter} 1 letter)
      string(APPEND text ${letter})
    endforeach()
  endforeach()
  string(SUBSTRING "${text}" 0 43 text)
  set(${out} "${text}=" PARENT_SCOPE)
endfunction()

function(type_of file out)
  if(file MATCHES "\\.html$")
    set(type "text/html; charset=utf-8")
  elseif(file MATCHES "\\.js$")
    set(type "text/javascript; charset=utf-8")
  elseif(file MATCHES "\\.css$")
    set(type "text/css; charset=utf-8")
  elseif(file MATCHES "\\.svg$")
    set(type "image/svg+xml")
  else()
    message(FATAL_ERROR "${file} is of no type that a page needs")
  endif()
  set(${out} "${type}" PARENT_SCOPE)
endfunction()

# The page of a key's owner loads nothing: its one style and its one script stand
# in it, and are allowed by what they are.
function(policy_of file content out)
  set(policy "${ADMIN_POLICY}")
  if(content MATCHES "<style>(.*)</style>")
    string(SHA256 hash "${CMAKE_MATCH_1}")
    base64_of(${hash} style)
    string(REGEX MATCH "<script>(.*)</script>" found "${content}")
    string(SHA256 hash "${CMAKE_MATCH_1}")
    base64_of(${hash} script)
    set(policy "default-src 'none'; connect-src 'self'; style-src 'sha256-${style}'; \
script-src 'sha256-${script}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
require-trusted-types-for 'script'; trusted-types 'none'")
  endif()
  set(${out} "${policy}" PARENT_SCOPE)
endfunction()

set(arrays "")

# Appends an array of the file's bytes, and gives the initialiser of its form.
function(embed path name mark out)
  file(READ ${path} hex HEX)
  file(SIZE ${path} len)
  file(SHA256 ${path} hash)
  string(SUBSTRING ${hash} 0 20 hash)
  string(REGEX REPLACE "(................................)" "\\1\n    " hex "${hex}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1, " hex "${hex}")
  set(arrays "${arrays}static const unsigned char ${name}[] = {\n    ${hex}0x00};\n\n" PARENT_SCOPE)
  set(${out} "{${name}, ${len}, \"\\\"${hash}${mark}\\\"\"}" PARENT_SCOPE)
endfunction()

# The same of what a program makes of the file, if that is smaller.
function(embed_packed path packed name mark out)
  execute_process(COMMAND ${ARGN} INPUT_FILE ${path} OUTPUT_FILE ${packed} RESULT_VARIABLE code)
  if(NOT code EQUAL 0)
    message(FATAL_ERROR "${ARGN} failed on ${path}")
  endif()
  file(SIZE ${path} before)
  file(SIZE ${packed} after)
  set(form "{NULL, 0, NULL}")
  if(after LESS before)
    embed(${packed} ${name} "${mark}" form)
  endif()
  set(arrays "${arrays}" PARENT_SCOPE)
  set(${out} "${form}" PARENT_SCOPE)
endfunction()

set(all "")
foreach(file ${files})
  file(SHA256 ${FOLDER}/${file} hash)
  string(APPEND all "${file} ${hash}\n")
endforeach()
string(SHA256 version "${all}")
string(SUBSTRING ${version} 0 12 version)
set(ASSETS "/ui/a/${version}")

set(rows "")
foreach(file ${files})
  string(MAKE_C_IDENTIFIER "${file}" name)
  set(made ${OUTPUT}.${name})
  if(file MATCHES "\\.html$")
    configure_file(${FOLDER}/${file} ${made} @ONLY)
  else()
    configure_file(${FOLDER}/${file} ${made} COPYONLY)
  endif()
  file(READ ${made} content)
  type_of(${file} type)
  policy_of(${file} "${content}" policy)
  embed(${made} ${name} "" plain)
  embed_packed(${made} ${made}.gz ${name}_gzip "-gzip" gzip ${GZIP} -9nc)
  set(brotli "{NULL, 0, NULL}")
  if(BROTLI)
    embed_packed(${made} ${made}.br ${name}_brotli "-br" brotli ${BROTLI} -q 11 -c)
  endif()
  string(APPEND rows "    {\"${file}\", \"${type}\",\n     \"${policy}\",\n"
         "     {${plain},\n      ${gzip},\n      ${brotli}}},\n")
endforeach()

file(WRITE ${OUTPUT} "/* Made by app/pages/embed.cmake. */\n#include \"assets.h\"\n\n${arrays}"
     "const char app_assets_version[] = \"${version}\";\n\n"
     "const app_asset app_assets[] = {\n${rows}    {NULL, NULL, NULL, {{NULL, 0, NULL}}}};\n")
