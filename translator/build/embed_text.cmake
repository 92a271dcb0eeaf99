# Writes OUTPUT, a C file with the bytes of FILES (see emit/amalgam.h) and a number that names this build of w2c.
# The bytes are the files' own, so what is pasted into an output is what was compiled and tested here.
#
#     cmake -DROOT=DIR -DFILES=a|b -DIDENTITY=a.o|b.o -DOUTPUT=x.c -P embed_text.cmake
#
# FILES are below ROOT. IDENTITY lists the object files of the translator, which differ whenever a source, a table or a
# header of theirs does: the digest of all these files is the build id, part of the key under which
# `w2c run` keeps what it built.

string(REPLACE "|" ";" FILES "${FILES}")
string(REPLACE "|" ";" IDENTITY "${IDENTITY}")

set(digests "")
foreach(path IN LISTS IDENTITY)
    file(SHA256 "${path}" digest)
    string(APPEND digests "${digest}\n")
endforeach()
foreach(path IN LISTS FILES)
    file(SHA256 "${ROOT}/${path}" digest)
    string(APPEND digests "${path} ${digest}\n")
endforeach()
string(SHA256 build_id "${digests}")

set(arrays "")
set(rows "")
set(number 0)
foreach(path IN LISTS FILES)
    file(READ "${ROOT}/${path}" bytes HEX)
    string(LENGTH "${bytes}" size)
    math(EXPR size "${size} / 2")
    string(REGEX REPLACE "(................................)" "\\1\n" bytes "${bytes}")
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
    string(APPEND arrays "static const unsigned char file_${number}[] = {\n${bytes}0};\n")
    string(APPEND rows "    {\"${path}\", (const char *)file_${number}, ${size}},\n")
    math(EXPR number "${number} + 1")
endforeach()

file(WRITE "${OUTPUT}"
"/* Written by translator/build/embed_text.cmake from include/w2c and rt. */
#include \"emit/embedded_text.h\"

${arrays}
const struct embedded_text embedded_texts[] = {
${rows}};
const size_t embedded_text_count = ${number};
const char embedded_build_id[] = \"${build_id}\";
_Static_assert(${number} <= EMBEDDED_TEXT_MAX, \"raise EMBEDDED_TEXT_MAX\");
")
