# SPDX-License-Identifier: BSD-3-Clause
# What `cmake --install` lays down: the library (kroton/jit adds its plugin), the public headers in their
# rooms, the command, a CMake package (kroton::kroton) and a pkg-config file. tests/install consumes all of it.
include(CMakePackageConfigHelpers)
set(KROTON_PACKAGE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/kroton)

install(TARGETS kroton EXPORT krotonTargets
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
if(TARGET kroton_cli)
  install(TARGETS kroton_cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
install(DIRECTORY ${PROJECT_SOURCE_DIR}/kroton DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
        FILES_MATCHING PATTERN "*.h" PATTERN "*.def" PATTERN "detail" EXCLUDE PATTERN "plugin" EXCLUDE)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

install(EXPORT krotonTargets NAMESPACE kroton:: DESTINATION ${KROTON_PACKAGE_DIR})
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/krotonConfig.cmake.in
                              ${PROJECT_BINARY_DIR}/package/krotonConfig.cmake
                              INSTALL_DESTINATION ${KROTON_PACKAGE_DIR})
# 0.x promises nothing from one minor version to the next.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/package/krotonConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/package/krotonConfig.cmake
              ${PROJECT_BINARY_DIR}/package/krotonConfigVersion.cmake DESTINATION ${KROTON_PACKAGE_DIR})
file(RELATIVE_PATH KROTON_PREFIX_FROM_PC /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(${PROJECT_SOURCE_DIR}/cmake/kroton.pc.in ${PROJECT_BINARY_DIR}/package/kroton.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/package/kroton.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
