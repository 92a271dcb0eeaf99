/* The tree of stacks and its two forms.
 *
 *     (all) --first_child--> main --next--> idle             a node for each different beginning of a stack
 *                             │
 *                             └─> parse --next--> print
 *
 * Stacks may be a thousand deep, so walks go by the links and not by recursion.
 *
 * Names come out of a module: every one is escaped, and in folded stacks nothing of it can end a name or a line. The
 * script and the style that go into the picture are files beside this one, embedded when w2c is built.
 */
#include "flame.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "../build/words.h"
#include "../emit/embedded_text.h"
#include "markup.h"

struct node {
    const char *name;
    enum flame_kind kind;
    struct node *parent, *first_child, *next; /* children in order of arrival; sorted for drawing */
    uint64_t self;                            /* of stacks that end here */
    uint64_t total;                           /* of all that pass */
    uint64_t start;                           /* in a drawing: where its share begins */
    unsigned depth;
};

struct flame {
    struct arena *arena;
    struct node all;
};

struct flame *flame_open(struct arena *arena) {
    struct flame *flame = arena_new(arena, struct flame);
    flame->arena = arena;
    flame->all.name = "all";
    flame->all.kind = FLAME_HOST;
    return flame;
}

uint64_t flame_total(const struct flame *flame) {
    return flame->all.total;
}

/* What was found moves to the front: stacks come in runs of similar ones. */
static struct node *find_child(struct flame *flame, struct node *parent, const struct flame_frame *frame) {
    for (struct node **link = &parent->first_child; *link; link = &(*link)->next) {
        struct node *child = *link;
        if (child->kind != frame->kind || strcmp(child->name, frame->name) != 0) continue;
        *link = child->next;
        child->next = parent->first_child;
        return parent->first_child = child;
    }
    struct node *child = arena_new(flame->arena, struct node);
    *child = (struct node){.name = frame->name,
                           .kind = frame->kind,
                           .parent = parent,
                           .next = parent->first_child,
                           .depth = parent->depth + 1};
    return parent->first_child = child;
}

void flame_add(struct flame *flame, const struct flame_frame *frames, size_t count, uint64_t weight) {
    struct node *node = &flame->all;
    node->total += weight;
    for (size_t i = 0; i < count; i++) {
        node = find_child(flame, node, &frames[i]);
        node->total += weight;
    }
    node->self += weight;
}

/* ---- walking ---- */

/* The next node of a walk that comes to parents first; NULL at the end. */
static struct node *next_node(struct node *node) {
    if (node->first_child) return node->first_child;
    while (node && !node->next)
        node = node->parent;
    return node ? node->next : NULL;
}

/* By name, so that the same stacks make the same picture in whatever order they came. */
static struct node *merge(struct node *left, struct node *right) {
    struct node *first = NULL, **end = &first;
    while (left && right) {
        int order = strcmp(left->name, right->name);
        if (order == 0) order = (int)left->kind - (int)right->kind;
        struct node **smaller = order <= 0 ? &left : &right;
        *end = *smaller;
        end = &(*smaller)->next;
        *smaller = (*smaller)->next;
    }
    *end = left ? left : right;
    return first;
}

/* Merge sort of a list, from the bottom up: runs[i] has 2 to the i nodes, or none. */
static struct node *sort(struct node *list) {
    struct node *runs[64] = {0};
    while (list) {
        struct node *run = list;
        list = list->next;
        run->next = NULL;
        size_t i = 0;
        for (; runs[i]; i++) {
            run = merge(runs[i], run);
            runs[i] = NULL;
        }
        runs[i] = run;
    }
    struct node *all = NULL;
    for (size_t i = 0; i < 64; i++)
        all = merge(runs[i], all);
    return all;
}

/* Children begin where their parent does; its own time is at its right end. */
static void lay_out(struct flame *flame) {
    for (struct node *node = &flame->all; node; node = next_node(node)) {
        node->first_child = sort(node->first_child);
        uint64_t start = node->start;
        for (struct node *child = node->first_child; child; child = child->next) {
            child->start = start;
            start += child->total;
        }
    }
}

/* ---- folded ---- */

static void write_folded_name(struct text *out, const char *name) {
    for (; *name; name++) {
        const unsigned char c = (unsigned char)*name;
        text_char(out, c == ';' ? ':' : c < ' ' || c == 0x7f ? '?' : (char)c);
    }
}

static void write_path(struct flame *flame, const struct node *leaf, struct text *out) {
    const struct node **path = arena_array(flame->arena, const struct node *, leaf->depth);
    for (const struct node *node = leaf; node->parent; node = node->parent)
        path[node->depth - 1] = node;
    for (unsigned i = 0; i < leaf->depth; i++) {
        if (i) text_char(out, ';');
        write_folded_name(out, path[i]->name);
    }
}

void flame_folded(struct flame *flame, struct text *out) {
    lay_out(flame);
    for (struct node *node = &flame->all; node; node = next_node(node)) {
        if (!node->self || !node->parent) continue;
        write_path(flame, node, out);
        text_char(out, ' ');
        text_u64(out, node->self);
        text_char(out, '\n');
    }
}

/* ---- picture ---- */

enum { WIDTH = 1200, MARGIN = 10, HEAD = 62, ROW = 17, COLOURS = 12 };

static const double INNER_WIDTH = WIDTH - 2 * MARGIN;
static const double SMALLEST = 0.4; /* narrower frames are not drawn: nobody could see or hit them */
static const double LETTER = 6.7;   /* the width of one, about */

/* FNV-1a of what stands before the last "::": the functions of a module have one colour. */
static unsigned colour_of(const char *name) {
    size_t size = strlen(name);
    for (size_t i = size; i-- > 1;) {
        if (name[i] != ':' || name[i - 1] != ':') continue;
        size = i - 1;
        break;
    }
    uint32_t hash = 0x811c9dc5u;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ (unsigned char)name[i]) * 0x01000193u;
    return (hash >> 8) % COLOURS;
}

static void write_share(struct text *out, const struct flame *flame, uint64_t weight) {
    text_format(out, "%.1f ms, %.2f%%", (double)weight / 1000, 100.0 * (double)weight / (double)flame->all.total);
}

/* "frame::Frame::run" behind "vm::frame::Frame::run", and so on; NULL behind the last part. Inside of <...> and (...)
 * nothing is a part of its own. */
static const char *next_part(const char *name) {
    int depth = 0;
    for (; *name; name++) {
        if (*name == '<' || *name == '(') depth++;
        if (*name == '>' || *name == ')') depth--;
        if (depth <= 0 && name[0] == ':' && name[1] == ':') return name[2] ? name + 2 : NULL;
    }
    return NULL;
}

static size_t count_letters(const char *name) {
    size_t count = 0;
    for (; *name; name++)
        count += ((unsigned char)*name & 0xc0) != 0x80;
    return count;
}

/* The last parts of the name, as many as fit; if not even one does, its beginning, cut between characters. */
static void write_fitting_name(struct text *out, const char *name, double width) {
    if (width < 6 + 3 * LETTER) return;
    const size_t room = (size_t)((width - 6) / LETTER);
    for (const char *part; count_letters(name) > room && (part = next_part(name));)
        name = part;
    const size_t size = strlen(name);
    const bool is_cut = count_letters(name) > room;
    size_t at = 0;
    for (size_t shown = 0; at < size && shown < room - (is_cut ? 2 : 0); shown++) {
        const size_t length = utf8_size(name + at, size - at);
        at += length ? length : 1;
    }
    markup_bytes(out, name, at);
    if (is_cut) text_str(out, "..");
}

static double width_of(const struct flame *flame, uint64_t weight) {
    return (double)weight * INNER_WIDTH / (double)flame->all.total;
}

/* Rows that have something to be drawn. */
static unsigned count_rows(struct flame *flame) {
    unsigned deepest = 0;
    for (struct node *node = &flame->all; node; node = next_node(node)) {
        if (node->depth > deepest && width_of(flame, node->total) >= SMALLEST) deepest = node->depth;
    }
    return deepest + 1;
}

static void write_frame(const struct flame *flame, const struct node *node, struct text *out) {
    const double x = MARGIN + width_of(flame, node->start), width = width_of(flame, node->total);
    const unsigned y = HEAD + node->depth * ROW;
    if (width < SMALLEST) return;
    text_str(out, "<g><title>");
    markup_string(out, node->name);
    text_str(out, " (");
    write_share(out, flame, node->total);
    if (node->self && node->first_child) {
        text_str(out, "; itself ");
        write_share(out, flame, node->self);
    }
    text_str(out, ")</title>");
    if (node->kind == FLAME_HOST)
        text_str(out, "<rect class=\"host\"");
    else
        text_format(out, "<rect class=\"c%u\"", colour_of(node->name));
    text_format(out, " x=\"%.2f\" y=\"%u\" width=\"%.2f\" height=\"%d\"/>", x, y, width, ROW - 1);
    text_format(out, "<text x=\"%.2f\" y=\"%u\">", x + 3, y + 12);
    write_fitting_name(out, node->name, width);
    text_str(out, "</text></g>\n");
}

static void write_embedded(struct text *out, const char *path) {
    for (size_t i = 0; i < embedded_text_count; i++) {
        if (strcmp(embedded_texts[i].path, path) != 0) continue;
        text_bytes(out, embedded_texts[i].bytes, embedded_texts[i].size);
        return;
    }
    assert(!"the file is embedded");
}

/* What there is room for beside the search. A guest's argument may be a whole program. */
static void write_title(const char *title, struct text *out) {
    enum { TITLE_BYTES = 90 };
    const size_t size = text_title_size(title, TITLE_BYTES);
    markup_bytes(out, title, size);
    if (title[size]) text_str(out, "...");
}

static void write_head(const char *title, const char *subtitle, unsigned height, struct text *out) {
    text_format(out,
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" "
                "width=\"%d\" height=\"%u\" viewBox=\"0 0 %d %u\">\n<style>\n",
                WIDTH, height, WIDTH, height);
    write_embedded(out, "translator/bench/flame.css");
    text_format(out, "</style>\n<rect class=\"paper\" width=\"%d\" height=\"%u\"/>\n", WIDTH, height);
    text_format(out, "<text class=\"title\" x=\"%d\" y=\"24\">", MARGIN);
    write_title(title, out);
    text_format(out, "</text>\n<text class=\"soft\" x=\"%d\" y=\"42\">", MARGIN);
    markup_string(out, subtitle);
    text_format(out, "</text>\n<text id=\"shown\" class=\"soft\" x=\"%d\" y=\"58\"> </text>\n", MARGIN);
    text_format(out, "<text id=\"search\" class=\"link\" x=\"%d\" y=\"24\"> </text>\n", WIDTH - MARGIN);
    text_format(out, "<text id=\"reset\" class=\"link\" x=\"%d\" y=\"42\"> </text>\n<g id=\"frames\">\n",
                WIDTH - MARGIN);
}

void flame_svg(struct flame *flame, const char *title, const char *subtitle, struct text *out) {
    lay_out(flame);
    const unsigned height = HEAD + count_rows(flame) * ROW + MARGIN;
    write_head(title, subtitle, height, out);
    for (struct node *node = &flame->all; node && flame->all.total; node = next_node(node)) {
        write_frame(flame, node, out);
    }
    text_str(out, "</g>\n<script><![CDATA[\n");
    write_embedded(out, "translator/bench/flame.js");
    text_str(out, "]]></script>\n</svg>\n");
}
