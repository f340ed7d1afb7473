# Language, warnings and the flags behind each preset.
set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
# Asserts guard invariants and stay in every build.
set(CMAKE_C_FLAGS_RELEASE "-O2 -g")

option(LIENXA_TESTS "build the tests" ON)
option(LIENXA_WERROR "warnings are errors" ON)
option(LIENXA_HARDEN "hardened flags" OFF)
option(LIENXA_COVERAGE "count the lines that run" OFF)
option(LIENXA_FUZZ "build the fuzz targets (clang)" OFF)
option(LIENXA_READ_ONLY "the compiler reads and warns, nothing is made" OFF)
set(LIENXA_SANITIZE "" CACHE STRING "value of -fsanitize=")
set(LIENXA_PATIENCE 1 CACHE STRING "so many times as long the tests wait")
set(LIENXA_TESTED bin CACHE STRING "whose programs the end-to-end tests run")

# Generated code is compiled without these.
set(LX_WARNINGS
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes
    -Wmissing-prototypes -Wformat=2 -Wundef -Wvla -Wimplicit-fallthrough
    -Wnull-dereference)
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
    list(APPEND LX_WARNINGS -Wduplicated-cond -Wlogical-op)
endif()
if(LIENXA_WERROR)
    list(APPEND LX_WARNINGS -Werror)
endif()

add_compile_definitions(_GNU_SOURCE LIENXA_VERSION="${PROJECT_VERSION}")
add_compile_options(-fno-strict-aliasing -fno-strict-overflow
                    -fno-delete-null-pointer-checks)

# Half of what a second compiler costs is code that nobody runs. What it would
# have made is there, empty, so that only what has changed is read again.
if(LIENXA_READ_ONLY)
    set(CMAKE_C_COMPILE_OBJECT
        "<CMAKE_C_COMPILER> <DEFINES> <INCLUDES> <FLAGS> -fsyntax-only <SOURCE>"
        "touch <OBJECT>")
    set(CMAKE_ASM_COMPILE_OBJECT "touch <OBJECT>")
    set(CMAKE_C_ARCHIVE_CREATE "touch <TARGET>")
    set(CMAKE_C_ARCHIVE_FINISH "")
    set(CMAKE_C_LINK_EXECUTABLE "touch <TARGET>")
    set(CMAKE_C_CREATE_SHARED_MODULE "touch <TARGET>")
endif()

if(LIENXA_SANITIZE)
    # A hundred tests are linked with all layers: gold takes a third of the time.
    find_program(LIENXA_GOLD ld.gold)
    if(LIENXA_GOLD)
        add_link_options(-fuse-ld=gold)
    endif()
    add_compile_options(-fsanitize=${LIENXA_SANITIZE} -fno-omit-frame-pointer)
    add_link_options(-fsanitize=${LIENXA_SANITIZE})
    if(LIENXA_SANITIZE MATCHES undefined)
        add_compile_options(-fno-sanitize-recover=undefined)
    endif()
endif()
if(LIENXA_FUZZ) # the targets alone have libFuzzer's main
    add_compile_options(-fsanitize=fuzzer-no-link -O1)
    add_link_options(-fsanitize=fuzzer-no-link)
endif()
if(LIENXA_COVERAGE)
    add_compile_options(--coverage -O0)
    add_link_options(--coverage)
endif()
if(LIENXA_HARDEN)
    add_compile_options(
        -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-clash-protection
        -fstack-protector-strong -fcf-protection=full
        -ftrivial-auto-var-init=zero)
    if(CMAKE_C_COMPILER_ID STREQUAL "Clang" AND CMAKE_C_COMPILER_VERSION
                                                VERSION_LESS 16)
        add_compile_options(
            -enable-trivial-auto-var-init-zero-knowing-it-will-be-removed-from-clang)
    endif()
    add_link_options(
        -pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,-z,nodlopen
        -Wl,-z,separate-code -Wl,--as-needed -Wl,--no-copy-dt-needed-entries)
endif()
