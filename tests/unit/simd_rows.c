/* A tool of the build: writes the operators of vectors as rows of C, for the test that runs each in several ways.
 *
 *     OP(I8X16_SHL, 0xfd006b, "i8x16.shl", NONE, "vi:v", SIMD, PURE, "i8x16_shl(%A, %B)")
 *  -> SHIFT(i8x16_shl, 0)
 *
 * The kind of a row is that of its signature and immediates; the second column is the number of lanes, or bytes. */
#include <stdio.h>
#include <string.h>

#include "wasm/ops.h"

static const char *kind_of_signature(const char *signature) {
    static const char *const kinds[][2] = {{"v:v", "UNARY"},   {"vv:v", "BINARY"}, {"vvv:v", "TERNARY"},
                                           {"vi:v", "SHIFT"},  {"v:i", "TEST"},    {"i:v", "SPLAT_I"},
                                           {"l:v", "SPLAT_L"}, {"f:v", "SPLAT_F"}, {"d:v", "SPLAT_D"}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(signature, kinds[i][0]) == 0) return kinds[i][1];
    }
    return "UNKNOWN";
}

static void print_name(const char *spelling) {
    printf("%.*s", (int)strcspn(spelling, "("), spelling);
}

static void print_row(const struct op_info *info) {
    unsigned count = 0;
    if (info->form == FORM_LOAD || info->form == FORM_STORE) {
        const bool is_lane = info->imm >= IMM_MEM8_LANE && info->imm <= IMM_MEM64_LANE;
        if (is_lane) count = 16u >> (info->imm - IMM_MEM8_LANE);
        printf("%s%s(", info->form == FORM_LOAD ? "LOAD" : "STORE", is_lane ? "_LANE" : "");
    } else if (info->imm >= IMM_LANE16 && info->imm <= IMM_LANE2) {
        const bool is_extract = strchr(info->signature, ':')[1] != 'v';
        count = 16u >> (info->imm - IMM_LANE16);
        printf("%s_%c(", is_extract ? "EXTRACT" : "REPLACE",
               (is_extract ? info->signature[2] : info->signature[1]) - 'a' + 'A');
    } else {
        printf("%s(", info->imm == IMM_SHUFFLE ? "SHUFFLE" : kind_of_signature(info->signature));
    }
    print_name(info->c);
    printf(", %u)\n", count);
}

int main(void) {
    puts("/* Written by tests/unit/simd_rows.c from ops_simd.def. */");
    for (int op = 0; op < OP_COUNT; op++) {
        const struct op_info *info = &op_infos[op];
        if ((info->feature == FEATURE_SIMD || info->feature == FEATURE_RELAXED_SIMD) && info->c) print_row(info);
    }
    return ferror(stdout) != 0;
}
