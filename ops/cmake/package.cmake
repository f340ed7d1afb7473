# The Debian packages lienxa-hub and lienxa-node: `ops/package` runs cpack. Each
# is a component; their files lie where Debian wants them, whatever the prefix.
include(GNUInstallDirs)
find_program(LIENXA_GZIP gzip REQUIRED)

set(LIENXA_MAINTAINER "Lienxa <lienxa@example.org>" CACHE STRING
    "who looks after the packages: a name and an address that is read")

set(LX_PACKAGE "${CMAKE_SOURCE_DIR}/ops/debian")
set(LX_MANUALS "${CMAKE_BINARY_DIR}/manual")

# lx_gzip(OUT IN): as Debian wants documents, without a time in them.
function(lx_gzip out in)
    add_custom_command(OUTPUT "${out}"
                       COMMAND "${LIENXA_GZIP}" -9nc "${in}" > "${out}"
                       DEPENDS "${in}")
endfunction()

# lx_manual(PROGRAM UNITS): PROGRAM.1.gz, made of the program's --help.
function(lx_manual program units)
    add_custom_command(
        OUTPUT "${LX_MANUALS}/${program}.1.gz"
        COMMAND "${CMAKE_SOURCE_DIR}/ops/manual" "$<TARGET_FILE:${program}>"
                "${units}" > "${LX_MANUALS}/${program}.1"
        COMMAND "${LIENXA_GZIP}" -9nf "${LX_MANUALS}/${program}.1"
        DEPENDS "${CMAKE_SOURCE_DIR}/ops/manual" ${program}
        COMMENT "manual: ${program}(1)"
        VERBATIM)
endfunction()

file(MAKE_DIRECTORY "${LX_MANUALS}")
file(WRITE "${LX_MANUALS}/changelog.new"
     "lienxa (${PROJECT_VERSION}-1) bookworm; urgency=medium\n\n"
     "  * This version; what is in it is in its own documents.\n\n"
     " -- ${LIENXA_MAINTAINER}  Thu, 26 Nov 2026 00:00:00 +0700\n")
file(COPY_FILE "${LX_MANUALS}/changelog.new" "${LX_MANUALS}/changelog"
     ONLY_IF_DIFFERENT)
lx_gzip("${LX_MANUALS}/changelog.Debian.gz" "${LX_MANUALS}/changelog")
lx_gzip("${LX_MANUALS}/RUNBOOK.md.gz" "${CMAKE_SOURCE_DIR}/ops/RUNBOOK.md")

set(manuals "${LX_MANUALS}/changelog.Debian.gz" "${LX_MANUALS}/RUNBOOK.md.gz")
foreach(component hub node)
    set(name lienxa-${component})
    lx_manual(${name} "${name}.service runs `serve` as the user ${name}. It is told to systemd when it is ready, how it is, and three times a minute that its loop goes round.")
    lx_manual(${name}-web "${name}-web.service shows the pages as the user ${name}-web, who reads the database and has no key but that of TLS.")
    list(APPEND manuals "${LX_MANUALS}/${name}.1.gz"
                        "${LX_MANUALS}/${name}-web.1.gz")
    set(part COMPONENT ${component} EXCLUDE_FROM_ALL)
    install(TARGETS ${name} ${name}-web RUNTIME DESTINATION usr/bin ${part})
    if(TARGET ${name}-media)
        install(TARGETS ${name}-media RUNTIME DESTINATION usr/bin ${part})
    endif()
    install(FILES "${CMAKE_SOURCE_DIR}/ops/systemd/${name}.service"
                  "${CMAKE_SOURCE_DIR}/ops/systemd/${name}-web.service"
            DESTINATION lib/systemd/system ${part})
    install(FILES "${LX_PACKAGE}/${name}.sysusers" DESTINATION usr/lib/sysusers.d
            RENAME ${name}.conf ${part})
    install(FILES "${LX_PACKAGE}/${name}.tmpfiles" DESTINATION usr/lib/tmpfiles.d
            RENAME ${name}.conf ${part})
    install(FILES "${LX_PACKAGE}/${name}.default" DESTINATION etc/default
            RENAME ${name} ${part})
    install(FILES "${LX_MANUALS}/${name}.1.gz" "${LX_MANUALS}/${name}-web.1.gz"
            DESTINATION usr/share/man/man1 ${part})
    install(FILES "${LX_PACKAGE}/copyright" "${LX_MANUALS}/changelog.Debian.gz"
                  "${LX_MANUALS}/RUNBOOK.md.gz"
            DESTINATION usr/share/doc/${name} ${part})
    string(TOUPPER ${component} upper)
    set(CPACK_DEBIAN_${upper}_PACKAGE_NAME ${name})
    set(CPACK_DEBIAN_${upper}_PACKAGE_CONTROL_EXTRA
        "${CMAKE_BINARY_DIR}/control/${component}/conffiles"
        "${CMAKE_BINARY_DIR}/control/${component}/postinst"
        "${CMAKE_BINARY_DIR}/control/${component}/prerm"
        "${CMAKE_BINARY_DIR}/control/${component}/postrm")
    foreach(file conffiles postinst prerm postrm)
        configure_file("${LX_PACKAGE}/${name}.${file}"
                       "${CMAKE_BINARY_DIR}/control/${component}/${file}" COPYONLY)
    endforeach()
endforeach()
install(FILES "${CMAKE_SOURCE_DIR}/ops/prometheus/lienxa.rules.yml"
              "${CMAKE_SOURCE_DIR}/ops/prometheus/prometheus.yml"
        DESTINATION usr/share/doc/lienxa-hub/prometheus COMPONENT hub EXCLUDE_FROM_ALL)
install(FILES "${CMAKE_SOURCE_DIR}/ops/config/roster-quang-dien.csv"
              "${CMAKE_SOURCE_DIR}/ops/nftables/lienxa-hub.nft"
        DESTINATION usr/share/doc/lienxa-hub/examples COMPONENT hub EXCLUDE_FROM_ALL)
# Packages are made of the hardened build; others need no manuals.
if(LIENXA_HARDEN)
    set(all ALL)
endif()
add_custom_target(lx_manuals ${all} DEPENDS ${manuals})

set(CPACK_GENERATOR DEB)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_ALL hub node)
set(CPACK_PACKAGING_INSTALL_PREFIX "/")
set(CPACK_PACKAGE_NAME lienxa)
set(CPACK_PACKAGE_CONTACT "${LIENXA_MAINTAINER}")
set(CPACK_PACKAGE_DIRECTORY "${CMAKE_BINARY_DIR}/packages")
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ
    WORLD_EXECUTE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS
    "systemd | systemd-standalone-sysusers, systemd | systemd-standalone-tmpfiles, init-system-helpers (>= 1.54)")
set(CPACK_COMPONENT_HUB_DESCRIPTION
    "district hub of a federated report system\nThe district's end: takes the reports of its communes, keeps figures whose\nage is known, sends signed alerts, and shows pages to the duty room.")
set(CPACK_COMPONENT_NODE_DESCRIPTION
    "commune node of a federated report system\nA commune's end: takes residents' reports whether or not there is a line to\nthe district, delivers them when there is one, and shows the duty desk.")
include(CPack)
