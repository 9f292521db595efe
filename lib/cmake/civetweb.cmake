# The target ccp-civetweb. Debian's own civetweb-config.cmake can't be used: it
# insists on the civetweb program, which its development package doesn't need.
include(FindPackageHandleStandardArgs)
find_path(CIVETWEB_INCLUDE_DIR civetweb.h)
find_library(CIVETWEB_LIBRARY civetweb)
find_package_handle_standard_args(CivetWeb DEFAULT_MSG CIVETWEB_LIBRARY CIVETWEB_INCLUDE_DIR)
if(NOT CivetWeb_FOUND)
  message(FATAL_ERROR "The server program needs CivetWeb; without it say -DCCP_SERVER=OFF")
endif()
mark_as_advanced(CIVETWEB_INCLUDE_DIR CIVETWEB_LIBRARY)

add_library(ccp-civetweb UNKNOWN IMPORTED)
set_target_properties(ccp-civetweb PROPERTIES
  IMPORTED_LOCATION ${CIVETWEB_LIBRARY}
  INTERFACE_INCLUDE_DIRECTORIES ${CIVETWEB_INCLUDE_DIR})
