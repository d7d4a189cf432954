/* SPDX-License-Identifier: MIT
 *
 * The geometry of spiral storage (G. N. N. Martin, "Spiral storage: incrementally augmentable hash addressed
 * storage", University of Warwick 1979), for tables of which a part must be due for growth at any moment, and
 * never much: where the hashes live, and for how many entries that is room. No memory and no entries here.
 *
 * A generation is a row of places, in the order of the hashes. It is laid out in SPIRAL_PIECES pieces of the
 * hashes, each wider than the one before by the same factor, so that the hashes at the low end live densest.
 * The next generation is `growth` times as wide. Growth takes the entries of the low end over to the
 * next generation, where they live as sparsely as those at the high end, which have just been left by all
 * before:
 *
 *     density      ####                                          the border goes up through the hashes,
 *                  ########                     ....             and what lies behind it is as wide as
 *                  ############  next:          ........         what comes last: there is no wave
 *     hash         0   border  1                0   border  1
 */
#ifndef GROWBENCH_SPIRAL_H
#define GROWBENCH_SPIRAL_H

#include <math.h>
#include <stdint.h>

#include "tables/hash.h"

enum {
    SPIRAL_PIECE_BITS = 6,
    SPIRAL_PIECES = 1 << SPIRAL_PIECE_BITS,
    SPIRAL_PLACE_BITS =
        8, /* pieces begin and end at fractions of a place: small tables are as smooth as large ones */
};

struct spiral {
    struct spiral_piece {
        uint64_t first;          /* in fractions of a place: 1 << SPIRAL_PLACE_BITS make one */
        uint64_t width;          /* likewise */
    } pieces[SPIRAL_PIECES + 1]; /* the last one is as wide as the next generation's first, and not in use */
};

/* A generation whose first piece is so many places wide, and the next one's `growth` times as wide; returns
 * its places. */
static inline uint64_t spiral_init(struct spiral *spiral, double first_width, double growth)
{
    const double scale = 1 << SPIRAL_PLACE_BITS;
    uint64_t first = 0;
    for (unsigned i = 0; i <= SPIRAL_PIECES; i++) {
        const uint64_t width = (uint64_t)(first_width * pow(growth, i / (double)SPIRAL_PIECES) * scale);
        spiral->pieces[i] = (struct spiral_piece){.first = first, .width = width};
        first += width;
    }
    return ((spiral->pieces[SPIRAL_PIECES].first - 1) >> SPIRAL_PLACE_BITS) + 1;
}

/* Ascends with the hash. */
static inline uint64_t spiral_home(const struct spiral *spiral, uint64_t hash)
{
    const struct spiral_piece *piece = &spiral->pieces[hash >> (64 - SPIRAL_PIECE_BITS)];
    return (piece->first + high_product(hash << SPIRAL_PIECE_BITS, piece->width)) >> SPIRAL_PLACE_BITS;
}

/* The lowest hash whose home is this place (there is one) or one behind it. */
static inline uint64_t spiral_first_hash(const struct spiral *spiral, uint64_t home)
{
    const uint64_t target = home << SPIRAL_PLACE_BITS;
    uint64_t i = 0;
    for (uint64_t step = SPIRAL_PIECES / 2; step; step /= 2)
        i += spiral->pieces[i + step].first <= target ? step : 0;
    const struct spiral_piece *piece = &spiral->pieces[i];
    if (target <= piece->first)
        return i << (64 - SPIRAL_PIECE_BITS);
    const unsigned __int128 fraction =
        (((unsigned __int128)(target - piece->first) << 64) + piece->width - 1) / piece->width;
    return (i << (64 - SPIRAL_PIECE_BITS)) + (uint64_t)((fraction + SPIRAL_PIECES - 1) >> SPIRAL_PIECE_BITS);
}

/* The places that a whole generation would have if it were as wide everywhere as it is at this hash. */
static inline double spiral_width_at(const struct spiral *spiral, uint64_t hash)
{
    const struct spiral_piece *piece = &spiral->pieces[hash >> (64 - SPIRAL_PIECE_BITS)];
    const double fraction = (double)(hash << SPIRAL_PIECE_BITS) * 0x1p-64;
    const double width = (double)piece->width + fraction * (double)(piece[1].width - piece->width);
    return width * SPIRAL_PIECES / (1 << SPIRAL_PLACE_BITS);
}

#endif
