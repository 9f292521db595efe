# Debian packages by CPack: libccproxy0, libccproxy-dev, and ccproxy with the
# service. `cmake --preset package`, a build, then `cpack --config
# build/package/CPackConfig.cmake`.
set(package ${PROJECT_SOURCE_DIR}/app/package)

# gzip as Debian asks for: the best compression, no name and time.
function(ccp_install_gzipped source name destination component)
  set(made ${PROJECT_BINARY_DIR}/package/${component}/${name}.gz)
  get_filename_component(folder ${made} DIRECTORY)
  add_custom_command(OUTPUT ${made}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${folder}
    COMMAND gzip -9n < ${source} > ${made} DEPENDS ${source} VERBATIM)
  add_custom_target(package-${component}-${name} ALL DEPENDS ${made})
  install(FILES ${made} DESTINATION ${destination} COMPONENT ${component})
endfunction()

string(TIMESTAMP package_date "%a, %d %b %Y %H:%M:%S +0000" UTC)
foreach(of runtime:libccproxy0 development:libccproxy-dev server:ccproxy)
  string(REPLACE ":" ";" of ${of})
  list(GET of 0 component)
  list(GET of 1 name)
  install(FILES ${package}/copyright DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${name}
          COMPONENT ${component})
  configure_file(${package}/changelog.in ${PROJECT_BINARY_DIR}/package/changelog-${name} @ONLY)
  ccp_install_gzipped(${PROJECT_BINARY_DIR}/package/changelog-${name} changelog
                      ${CMAKE_INSTALL_DATADIR}/doc/${name} ${component})
endforeach()

foreach(page ccproxy.1 ccproxy.conf.5)
  string(REGEX REPLACE ".*\\." "" section ${page})
  ccp_install_gzipped(${PROJECT_SOURCE_DIR}/docs/man/${page} ${page}
                      ${CMAKE_INSTALL_MANDIR}/man${section} server)
endforeach()
ccp_install_gzipped(${PROJECT_SOURCE_DIR}/docs/man/libccproxy.3 libccproxy.3
                    ${CMAKE_INSTALL_MANDIR}/man3 development)

install(FILES ${PROJECT_SOURCE_DIR}/app/ccproxy.service DESTINATION lib/systemd/system
        COMPONENT server)
install(FILES ${package}/ccproxy.sysusers DESTINATION lib/sysusers.d RENAME ccproxy.conf
        COMPONENT server)
install(FILES ${package}/ccproxy.json DESTINATION /etc/ccproxy COMPONENT server)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT "ClaudeCodeProxy maintainers <maintainers@ccproxy.example>")
set(CPACK_PACKAGE_DIRECTORY ${PROJECT_BINARY_DIR}/packages)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_ALL runtime development server)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME libccproxy0)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_CONTROL_EXTRA ${package}/triggers)
set(CPACK_COMPONENT_RUNTIME_DESCRIPTION "gateway for Claude Code, as a library
 Access keys, routing between the Anthropic API and Amazon Bedrock, translation
 of requests and streams, and usage accounting, for programs that embed them.")

set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libccproxy-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "libccproxy0 (= ${PROJECT_VERSION})")
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION "gateway for Claude Code, to build programs with
 Headers and static library of libccproxy, with what CMake and pkg-config need to
 find them.")

set(CPACK_DEBIAN_SERVER_PACKAGE_NAME ccproxy)
set(CPACK_DEBIAN_SERVER_PACKAGE_SECTION net)
set(CPACK_DEBIAN_SERVER_PACKAGE_DEPENDS "ca-certificates, tzdata, systemd | systemd-standalone-sysusers")
set(CPACK_DEBIAN_SERVER_PACKAGE_CONTROL_EXTRA
    "${package}/postinst;${package}/prerm;${package}/conffiles")
set(CPACK_COMPONENT_SERVER_DESCRIPTION "gateway for Claude Code
 Claude Code talks to it in place of the Anthropic API. It knows each developer by
 an access key, asks the developer's own Anthropic plan first, and answers from
 Amazon Bedrock when the plan is limited or failing, within a monthly budget.")
include(CPack)
