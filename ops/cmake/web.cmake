# The pages: TypeScript in, bytes inside the executable out.
#
# lx_web(TARGET SYMBOL ENTRY): bundles ENTRY (a main.tsx) and adds to TARGET what
# serves it: `struct http_assets SYMBOL` (common/http/http.h). Needs node and npm
# (ops/install); the packages are fetched once, by their lock.
enable_language(ASM)
find_program(LIENXA_NODEJS NAMES node nodejs REQUIRED)
find_program(LIENXA_NPM npm REQUIRED)
set(LX_WEB "${CMAKE_SOURCE_DIR}/common/http/web")

add_custom_target(
    lx_web_packages
    COMMAND "${CMAKE_COMMAND}" "-DFOLDER=${LX_WEB}" "-DNPM=${LIENXA_NPM}" -P
            "${CMAKE_SOURCE_DIR}/ops/cmake/npm_ci.cmake"
    COMMENT "the pages' packages, as their lock says")

function(lx_web target symbol entry)
    set(out "${CMAKE_CURRENT_BINARY_DIR}/${symbol}")
    add_custom_command(
        OUTPUT "${out}/${symbol}.S" "${out}/${symbol}.c"
        BYPRODUCTS "${out}/manifest.json"
        COMMAND "${LIENXA_NODEJS}" "${LX_WEB}/build.mjs" "${entry}" "${out}"
                "${symbol}"
        DEPENDS lx_web_packages "${entry}" "${LX_WEB}/build.mjs"
                "${LX_WEB}/package-lock.json" "${LX_WEB}/tsconfig.json"
        DEPFILE "${out}/${symbol}.d"
        COMMENT "pages: ${entry}"
        VERBATIM)
    # The bytes are read by the assembler, which names no dependencies.
    set_source_files_properties("${out}/${symbol}.S" PROPERTIES
                                OBJECT_DEPENDS "${out}/${symbol}.c")
    target_sources(${target} PRIVATE "${out}/${symbol}.S" "${out}/${symbol}.c")
endfunction()
