# What `cmake --install` puts where: the libraries, the headers, and what CMake
# and pkg-config need to find them.
include(CMakePackageConfigHelpers)

set(CCP_PACKAGE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/ccproxy)

set_target_properties(ccproxy-shared PROPERTIES EXPORT_NAME ccproxy)
set_target_properties(ccproxy-static PROPERTIES EXPORT_NAME static)

# Apart, since only the static one asks its user for the other libraries.
foreach(kind shared static)
  install(TARGETS ccproxy-${kind} EXPORT ccproxy-${kind}
          LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT runtime
                  NAMELINK_COMPONENT development
          ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
  install(EXPORT ccproxy-${kind} NAMESPACE ccproxy:: FILE ccproxy-${kind}.cmake
          DESTINATION ${CCP_PACKAGE_DIR} COMPONENT development)
endforeach()

install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/ccproxy COMPONENT development
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")

set(CCP_REQUIRES "libcurl jansson libssl libcrypto zlib")
set(CCP_MODULES libcurl:CURL jansson:JANSSON)
if(CCP_SQLITE)
  string(APPEND CCP_REQUIRES " sqlite3")
  list(APPEND CCP_MODULES sqlite3:SQLITE)
endif()
if(CCP_POSTGRES)
  string(APPEND CCP_REQUIRES " libpq")
  list(APPEND CCP_MODULES libpq:PQ)
endif()
set(CCP_LIBS_PRIVATE "-lpthread -lm")
if(CRYPT_INCLUDE_DIR AND CRYPT_LIBRARY)
  string(APPEND CCP_LIBS_PRIVATE " -lcrypt")
endif()

configure_package_config_file(${PROJECT_SOURCE_DIR}/lib/cmake/ccproxy-config.cmake.in
                              ${PROJECT_BINARY_DIR}/ccproxy-config.cmake
                              INSTALL_DESTINATION ${CCP_PACKAGE_DIR})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/ccproxy-config-version.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/ccproxy-config.cmake
              ${PROJECT_BINARY_DIR}/ccproxy-config-version.cmake
        DESTINATION ${CCP_PACKAGE_DIR} COMPONENT development)

# The prefix is found from where the file is, so that the installed tree may move.
file(RELATIVE_PATH CCP_PREFIX_FROM_PC /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(${PROJECT_SOURCE_DIR}/lib/cmake/ccproxy.pc.in
               ${PROJECT_BINARY_DIR}/ccproxy.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/ccproxy.pc COMPONENT development
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
