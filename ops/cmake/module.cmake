# A module is a folder: its .c files, its .h files, one target. The tree is the
# list of sources, so a new file needs no line here.

# lx_module(NAME USES other.. LIBRARY target..) in common/: target lx_NAME
function(lx_module name)
    cmake_parse_arguments(M "" "" "USES;LIBRARY" ${ARGN})
    file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.c")
    add_library(lx_${name} STATIC ${sources})
    target_include_directories(lx_${name} PUBLIC "${CMAKE_SOURCE_DIR}")
    target_compile_options(lx_${name} PRIVATE ${LX_WARNINGS})
    foreach(other IN LISTS M_USES)
        target_link_libraries(lx_${name} PUBLIC lx_${other})
    endforeach()
    target_link_libraries(lx_${name} PRIVATE ${M_LIBRARY})
    # SQL of a module or program is embedded, in file order.
endfunction()

# lx_sql(TARGET SYMBOL FOLDER..): the steps of FOLDER/NNN_*.sql by number, of one
# number in the order of the folders, as `const char *const SYMBOL[]` and
# `const size_t SYMBOL_count`. A program lists the ledger's folder and its own:
# a database counts its steps, so what is added must come last, whoever adds it.
function(lx_sql target symbol)
    set(keyed "")
    set(place 0)
    foreach(folder IN LISTS ARGN)
        file(GLOB found CONFIGURE_DEPENDS "${folder}/*.sql")
        foreach(file IN LISTS found)
            get_filename_component(name "${file}" NAME)
            string(REGEX MATCH "^[0-9][0-9][0-9]" number "${name}")
            list(APPEND keyed "${number}.${place}.${name}|${file}")
        endforeach()
        math(EXPR place "${place} + 1")
    endforeach()
    list(SORT keyed)
    list(TRANSFORM keyed REPLACE "^[^|]*\\|" "" OUTPUT_VARIABLE files)
    set(text "#include <stddef.h>\nextern const char *const ${symbol}[];\nextern const size_t ${symbol}_count;\nconst char *const ${symbol}[] = {\n")
    list(LENGTH files count)
    foreach(file IN LISTS files)
        file(READ "${file}" sql)
        string(REPLACE "\\" "\\\\" sql "${sql}")
        string(REPLACE "\"" "\\\"" sql "${sql}")
        # file(CONFIGURE) reads @..@, the compiler ??/ and the like.
        string(REPLACE "@" "\\100" sql "${sql}")
        string(REPLACE "?" "\\?" sql "${sql}")
        string(REPLACE "\n" "\\n\"\n\"" sql "${sql}")
        string(APPEND text "\"${sql}\",\n")
        set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${file}")
    endforeach()
    string(APPEND text "};\nconst size_t ${symbol}_count = ${count};\n")
    set(out "${CMAKE_CURRENT_BINARY_DIR}/${symbol}.c")
    file(CONFIGURE OUTPUT "${out}" CONTENT "${text}" @ONLY)
    set_source_files_properties("${out}" PROPERTIES
                                COMPILE_OPTIONS -Wno-overlength-strings)
    target_sources(${target} PRIVATE "${out}")
endfunction()

# lx_program(NAME USES module..) in hub/ and node/: everything but main.c goes
# into lx_NAME, so that tests can link it; NAME is the executable.
function(lx_program name)
    cmake_parse_arguments(P "" "LIB" "USES" ${ARGN})
    file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.c")
    list(FILTER sources EXCLUDE REGEX "/(main|web_main|api|api_[a-z_]*)\\.c$")
    add_library(lx_${P_LIB} STATIC ${sources})
    target_include_directories(lx_${P_LIB} PUBLIC "${CMAKE_SOURCE_DIR}")
    target_compile_options(lx_${P_LIB} PRIVATE ${LX_WARNINGS})
    foreach(other IN LISTS P_USES)
        target_link_libraries(lx_${P_LIB} PUBLIC lx_${other})
    endforeach()
    add_executable(${name} main.c)
    target_compile_options(${name} PRIVATE ${LX_WARNINGS})
    target_link_libraries(${name} PRIVATE lx_${P_LIB})
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY
                                             "${CMAKE_BINARY_DIR}/bin")
    install(TARGETS ${name} DESTINATION bin)
endfunction()

# lx_web_program(NAME LIB program PAGES target) in hub/ and node/: api*.c into
# lx_LIB_web, so that tests can link it; NAME is the executable of web_main.c. The core's
# executable never links the HTTP library.
function(lx_web_program name)
    cmake_parse_arguments(P "" "LIB;PAGES" "" ${ARGN})
    file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/api*.c")
    add_library(lx_${P_LIB}_web STATIC ${sources})
    target_compile_options(lx_${P_LIB}_web PRIVATE ${LX_WARNINGS})
    target_link_libraries(lx_${P_LIB}_web PUBLIC lx_${P_LIB} lx_web)
    add_executable(${name} web_main.c)
    target_compile_options(${name} PRIVATE ${LX_WARNINGS})
    target_link_libraries(${name} PRIVATE lx_${P_LIB}_web ${P_PAGES})
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY
                                             "${CMAKE_BINARY_DIR}/bin")
    install(TARGETS ${name} DESTINATION bin)
endfunction()
