# cmake -DFOLDER=.. -DNPM=.. -P npm_ci.cmake: `npm ci` in FOLDER, unless what is
# there is what the lock says. Two builds at once wait for each other.
file(SHA256 "${FOLDER}/package-lock.json" wanted)
set(mark "${FOLDER}/node_modules/.lienxa")

function(is_there out)
    set(have "")
    if(EXISTS "${mark}")
        file(READ "${mark}" have)
    endif()
    if(have STREQUAL wanted)
        set(${out} TRUE PARENT_SCOPE)
    else()
        set(${out} FALSE PARENT_SCOPE)
    endif()
endfunction()

is_there(done)
if(done)
    return()
endif()
string(SHA256 place "${FOLDER}")
set(lock "$ENV{TMPDIR}")
if(NOT lock)
    set(lock /tmp)
endif()
file(LOCK "${lock}/lienxa-npm-${place}.lock" TIMEOUT 600)
is_there(done)
if(done)
    return()
endif()
execute_process(
    COMMAND "${NPM}" ci --ignore-scripts --no-audit --no-fund --loglevel=error
    WORKING_DIRECTORY "${FOLDER}"
    RESULT_VARIABLE rc
    OUTPUT_QUIET)
if(NOT rc EQUAL 0)
    message(FATAL_ERROR "npm ci failed in ${FOLDER}: its packages could not "
                        "be fetched. Is the npm registry reachable?")
endif()
file(WRITE "${mark}" "${wanted}")
