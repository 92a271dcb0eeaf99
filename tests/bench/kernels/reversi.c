/* Reversi on bitboards: a side's stones are a 64-bit word, moves come from shifts, and a search of all games some moves
 * ahead values a position by counting bits. */
#include "kernel.h"

const unsigned kernel_rounds = 1500;

typedef unsigned long long board;

enum { DEPTH = 4, OPENING = 24 };

static const board ALL = ~0ull, NOT_LEFT = 0xfefefefefefefefe, NOT_RIGHT = 0x7f7f7f7f7f7f7f7f;

/* Stones moved by one field, those that would leave the board at a side dropped. */
static inline board moved(board stones, int by, board kept) {
    return by > 0 ? (stones & kept) << by : (stones & kept) >> -by;
}

/* The other's stones in line with ours, in one direction. */
static inline board find_line(board from, board other, int by, board kept) {
    board line = moved(from, by, kept) & other;
    line |= moved(line, by, kept) & other;
    line |= moved(line, by, kept) & other;
    line |= moved(line, by, kept) & other;
    line |= moved(line, by, kept) & other;
    return line | (moved(line, by, kept) & other);
}

static board find_moves(board own, board other) {
    const board behind = moved(find_line(own, other, 8, ALL), 8, ALL) | moved(find_line(own, other, -8, ALL), -8, ALL) |
                         moved(find_line(own, other, 1, NOT_RIGHT), 1, NOT_RIGHT) |
                         moved(find_line(own, other, -1, NOT_LEFT), -1, NOT_LEFT) |
                         moved(find_line(own, other, 9, NOT_RIGHT), 9, NOT_RIGHT) |
                         moved(find_line(own, other, -9, NOT_LEFT), -9, NOT_LEFT) |
                         moved(find_line(own, other, 7, NOT_LEFT), 7, NOT_LEFT) |
                         moved(find_line(own, other, -7, NOT_RIGHT), -7, NOT_RIGHT);
    return behind & ~(own | other);
}

/* A line that a move begins, if one of our stones ends it. */
static inline board turned_by(board move, board own, board other, int by, board kept) {
    const board line = find_line(move, other, by, kept);
    return moved(line, by, kept) & own ? line : 0;
}

static board find_turned(board own, board other, board move) {
    return turned_by(move, own, other, 8, ALL) | turned_by(move, own, other, -8, ALL) |
           turned_by(move, own, other, 1, NOT_RIGHT) | turned_by(move, own, other, -1, NOT_LEFT) |
           turned_by(move, own, other, 9, NOT_RIGHT) | turned_by(move, own, other, -9, NOT_LEFT) |
           turned_by(move, own, other, 7, NOT_LEFT) | turned_by(move, own, other, -7, NOT_RIGHT);
}

/* Sums of neighbours: of bits, of pairs of bits, of fours, and by the product of all bytes. */
static int count(board stones) {
    stones -= stones >> 1 & 0x5555555555555555;
    stones = (stones & 0x3333333333333333) + (stones >> 2 & 0x3333333333333333);
    stones = (stones + (stones >> 4)) & 0x0f0f0f0f0f0f0f0f;
    return (int)(stones * 0x0101010101010101 >> 56);
}

static int value(board own, board other) {
    static const board CORNERS = 0x8100000000000081;
    return count(own) - count(other) + 8 * (count(own & CORNERS) - count(other & CORNERS)) +
           2 * (count(find_moves(own, other)) - count(find_moves(other, own)));
}

static int search(board own, board other, int depth, int low, int high) {
    if (depth == 0) return value(own, other);
    board moves = find_moves(own, other);
    if (moves == 0) return find_moves(other, own) ? -search(other, own, depth - 1, -high, -low) : value(own, other);
    for (; moves && low < high; moves &= moves - 1) {
        const board move = moves & -moves;
        const board turned = find_turned(own, other, move);
        const int found = -search(other ^ turned, own ^ turned ^ move, depth - 1, -high, -low);
        if (found > low) low = found;
    }
    return low;
}

/* Plays an opening by chance, and values where it leads. */
static int play(unsigned seed) {
    board own = 0x0000000810000000, other = 0x0000001008000000;
    for (int i = 0; i < OPENING; i++) {
        board moves = find_moves(own, other), turned = 0, move = 0;
        if (moves) {
            seed = seed * 1664525u + 1013904223u;
            for (unsigned skip = (seed >> 16) % (unsigned)count(moves); skip; skip--)
                moves &= moves - 1;
            move = moves & -moves;
            turned = find_turned(own, other, move);
        }
        const board next = other ^ turned;
        other = own ^ turned ^ move;
        own = next;
    }
    return search(own, other, DEPTH, -1000, 1000);
}

unsigned kernel(unsigned rounds) {
    unsigned sum = 0;
    for (unsigned round = 0; round < rounds; round++)
        sum = sum * 31 + (unsigned)play(round);
    return sum;
}
