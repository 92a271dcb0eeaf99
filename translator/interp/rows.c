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
 * With an argument, the atomic operators instead, by the number of their operands behind the address. What gives
 * nothing has `none` for a result.
 *
 *     ATOMIC0(id, result type, function)
 *     ATOMIC1(id, result type, function, operand type)
 *     ATOMIC2(id, result type, function, operand type, operand type)
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
           operands <= 2 && strspn(signature, "ilfd:") == operands + 2 && signature[0] == signature[operands - 1];
}

static void print_value_rows(enum op op, const struct op_info *info) {
    const char operand = info->signature[0];
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

int main(int count, char **arguments) {
    (void)arguments;
    puts("/* Written by translator/interp/rows.c from ops.def. */");
    for (int op = 0; op < OP_COUNT; op++) {
        const struct op_info *info = &op_infos[op];
        if (!info->c || !info->signature) continue;
        if (count > 1) {
            print_atomic_row((enum op)op, info);
            continue;
        }
        if (is_value_operator(info)) print_value_rows((enum op)op, info);
        if (!is_number_access(info)) continue;
        if (info->form == FORM_LOAD) printf("LOAD(%s, %c, %s)\n", ids[op], info->signature[2], info->c);
        if (info->form == FORM_STORE) printf("STORE(%s, %c, %s)\n", ids[op], info->signature[1], info->c);
    }
    return ferror(stdout) != 0;
}
