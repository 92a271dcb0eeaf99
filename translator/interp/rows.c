/* A tool of the build: writes the operators that are expressions as rows of C, for the handlers of the interpreter.
 *
 * ops.def says how C spells an operator as text with places for operands ("%x < %y"), because the emitter puts other
 * text there. A preprocessor cannot look into strings, so this program does, once, when w2c is built:
 *
 *     OP(I32_LT_S, 0x48, "i32.lt_s", NONE, "ii:i", MVP, COMPARE, "%x < %y")
 *  -> BINARY(I32_LT_S, i, i, (s32)a < (s32)b)
 *     BRANCH2(I32_LT_S, i, ((s32)a < (s32)b))
 *
 * So the meaning of an operator stands in its one row and in the headers of w2c/ that the row names. Rows:
 *
 *     UNARY(id, operand type, result type, expression in a)
 *     BINARY(id, operand type, result type, expression in a and b)
 *     BRANCH1(id, operand type, condition in a)            comparisons once more, to be joined with a branch
 *     BRANCH2(id, operand type, condition in a and b)            and `and`, as a test for bits
 *     LOAD(id, result type, macro)
 *     STORE(id, value type, macro)
 *
 * With the argument "atomic", the atomic operators instead, by the number of their operands behind the address. What
 * gives nothing has `none` for a result.
 *
 *     ATOMIC0(id, result type, function)
 *     ATOMIC1(id, result type, function, operand type)
 *     ATOMIC2(id, result type, function, operand type, operand type)
 *
 * With the argument "vectors", the operators on vectors, for run_simd.c:
 *
 *     VECTOR(id, words, types of three operands, v, expression in a, b, c and lane)      n: no operand
 *     VECTOR_NUMBER(...)                                                                  the result is a number
 *     VECTOR_LOAD(id, macro), VECTOR_LOAD_LANE, VECTOR_STORE, VECTOR_STORE_LANE
 *
 * With the argument "hosts", the same as functions, for tcc/host_simd.c:
 *
 *     HOST_SIMD(C type of the result, name, (parameters), value in a, b, c and lane)
 */
#include <stdio.h>
#include <string.h>

#include "../wasm/ops.h"

static const char *const ids[OP_COUNT] = {
#define OP(id, code, text, imm, sig, feature, form, c) [OP_##id] = #id,
#include "../wasm/ops.def"
#undef OP
};

/* One place of a spelling: see the legend of ops.def. `type` is that of the operands. */
static void print_operand(char place, char type) {
    const char *width = type == 'l' ? "64" : "32";
    switch (place) {
    case 'A': putchar('a'); break;
    case 'B': putchar('b'); break;
    case 'C': putchar('c'); break;
    case 'l': printf("lane"); break;
    case 'x': printf("(s%s)a", width); break;
    case 'y': printf("(s%s)b", width); break;
    case 'n': printf("(b & %s)", type == 'l' ? "63" : "31"); break;
    default: putchar(place);
    }
}

static void print_expression(const char *spelling, char type) {
    for (const char *at = spelling; *at; at++) {
        if (*at == '%') {
            print_operand(*++at, type);
        } else {
            putchar(*at);
        }
    }
}

/* One or two operands of the same type and one result, all of types that a slot holds. */
static bool is_value_operator(const struct op_info *info) {
    const char *signature = info->signature;
    const size_t operands = strcspn(signature, ":");
    return (info->form == FORM_PURE || info->form == FORM_COMPARE || info->form == FORM_TRAP) && operands >= 1 &&
           operands <= 2 && strspn(signature, "ilfdq:") == operands + 2 && signature[0] == signature[operands - 1];
}

static void print_value_rows(enum op op, const struct op_info *info) {
    /* References are compared as the numbers that slots hold. */
    const char operand = info->signature[0] == 'q' ? 'l' : info->signature[0];
    const bool is_binary = info->signature[1] != ':';
    const char result = strchr(info->signature, ':')[1];
    printf("%s(%s, %c, %c, ", is_binary ? "BINARY" : "UNARY", ids[op], operand, result);
    print_expression(info->c, operand);
    puts(")");
    const bool is_test = op == OP_I32_AND || op == OP_I64_AND;
    if (info->form != FORM_COMPARE && !is_test) return;
    printf("%s(%s, %c, (", is_binary ? "BRANCH2" : "BRANCH1", ids[op], operand);
    print_expression(info->c, operand);
    puts(is_test ? ") != 0)" : "))");
}

/* Accesses of vectors have handlers of their own. */
static bool is_number_access(const struct op_info *info) {
    return strchr(info->signature, 'v') == NULL;
}

/* All but the fence have an address first. */
static void print_atomic_row(enum op op, const struct op_info *info) {
    if (info->form != FORM_ATOMIC || info->signature[0] != 'p') return;
    const char *colon = strchr(info->signature, ':');
    const int operands = (int)(colon - info->signature) - 1;
    printf("ATOMIC%d(%s, %s, %s", operands, ids[op], colon[1] ? colon + 1 : "none", info->c);
    for (int i = 1; i <= operands; i++)
        printf(", %c", info->signature[i]);
    puts(")");
}

static bool has_lane(const struct op_info *info) {
    return info->imm == IMM_LANE16 || info->imm == IMM_LANE8 || info->imm == IMM_LANE4 || info->imm == IMM_LANE2;
}

static void print_vector_operator(enum op op, const struct op_info *info) {
    const size_t operands = strcspn(info->signature, ":");
    const char result = info->signature[operands + 1];
    printf("%s(%s, %d, ", result == 'v' ? "VECTOR" : "VECTOR_NUMBER", ids[op], operands == 3 || has_lane(info) ? 2 : 1);
    for (size_t i = 0; i < 3; i++)
        printf("%c, ", i < operands ? info->signature[i] : 'n');
    printf("%c, ", result);
    print_expression(info->c, result);
    puts(")");
}

static bool is_vector_row(const struct op_info *info) {
    return info->c && info->signature && strchr(info->signature, 'v') && info->imm != IMM_SHUFFLE;
}

static const char *host_type(char letter) {
    switch (letter) {
    case 'i': return "u32";
    case 'l': return "u64";
    case 'f': return "f32";
    case 'd': return "f64";
    case 'v': return "struct w2c_v128";
    default: return "u8 *"; /* where an access goes */
    }
}

static bool is_lane_access(const struct op_info *info) {
    return info->imm >= IMM_MEM8_LANE && info->imm <= IMM_MEM64_LANE;
}

static void print_host_parameters(const struct op_info *info) {
    putchar('(');
    for (size_t i = 0; info->signature[i] != ':'; i++)
        printf("%s%s %c", i ? ", " : "", host_type(info->signature[i]), "abc"[i]);
    printf("%s), ", has_lane(info) || is_lane_access(info) ? ", u32 lane" : "");
}

static void print_host_value(const struct op_info *info) {
    if (info->form == FORM_LOAD || info->form == FORM_STORE) {
        printf("%s(a, 0u, 0u%s%s)", info->c, info->signature[1] == 'v' ? ", take(b)" : "",
               is_lane_access(info) ? ", lane" : "");
        return;
    }
    for (const char *at = info->c; *at; at++) {
        const bool is_vector = *at == '%' && at[1] != 'l' && info->signature[at[1] - 'A'] == 'v';
        if (is_vector) printf("take(");
        if (*at == '%') {
            print_operand(*++at, 'v');
        } else {
            putchar(*at);
        }
        if (is_vector) putchar(')');
    }
}

static void print_host_rows(void) {
    for (int op = 0; op < OP_COUNT; op++) {
        const struct op_info *info = &op_infos[op];
        if (!is_vector_row(info)) continue;
        const char result = strchr(info->signature, ':')[1];
        printf("HOST_SIMD(%s, %.*s, ",
               result == 'v' ? "v128"
               : result      ? host_type(result)
                             : "void",
               (int)strcspn(info->c, "("), info->c);
        print_host_parameters(info);
        if (result == 'v') printf("give(");
        print_host_value(info);
        puts(result == 'v' ? "))" : ")");
    }
}

static void print_vector_rows(void) {
    for (int op = 0; op < OP_COUNT; op++) {
        const struct op_info *info = &op_infos[op];
        if (!is_vector_row(info)) continue;
        const char *lane = is_lane_access(info) ? "_LANE" : "";
        if (info->form == FORM_LOAD) {
            printf("VECTOR_LOAD%s(%s, %s)\n", lane, ids[op], info->c);
        } else if (info->form == FORM_STORE) {
            printf("VECTOR_STORE%s(%s, %s)\n", lane, ids[op], info->c);
        } else {
            print_vector_operator((enum op)op, info);
        }
    }
}

static void print_number_rows(void) {
    for (int op = 0; op < OP_COUNT; op++) {
        const struct op_info *info = &op_infos[op];
        if (!info->c || !info->signature) continue;
        if (is_value_operator(info)) print_value_rows((enum op)op, info);
        if (!is_number_access(info)) continue;
        if (info->form == FORM_LOAD) printf("LOAD(%s, %c, %s)\n", ids[op], info->signature[2], info->c);
        if (info->form == FORM_STORE) printf("STORE(%s, %c, %s)\n", ids[op], info->signature[1], info->c);
    }
}

static void print_atomic_rows(void) {
    for (int op = 0; op < OP_COUNT; op++) {
        const struct op_info *info = &op_infos[op];
        if (info->c && info->signature) print_atomic_row((enum op)op, info);
    }
}

int main(int argument_count, char **arguments) {
    const char *wanted = argument_count > 1 ? arguments[1] : "numbers";
    puts("/* Written by translator/interp/rows.c from ops.def. */");
    if (strcmp(wanted, "numbers") == 0) print_number_rows();
    if (strcmp(wanted, "atomic") == 0) print_atomic_rows();
    if (strcmp(wanted, "vectors") == 0) print_vector_rows();
    if (strcmp(wanted, "hosts") == 0) print_host_rows();
    return ferror(stdout) != 0;
}
