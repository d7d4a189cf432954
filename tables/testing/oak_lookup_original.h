/* SPDX-License-Identifier: MIT
 *
 * What Oak's own lookup table does, recorded from its source: github.com/project-oak/oak, commit
 * e12b94abc173d94508640e4d0533939b5da79491, oak_functions_service/src/lookup_htbl.rs and lookup.rs,
 * unmodified.
 *
 * How: a driver in Rust (rustc 1.95) took both files as modules. Stubs stood in for what they use: the
 * logger, log and anyhow (nothing), spinning_top (std's locks), and rand_core, whose draw number k, from 0,
 * is table_hash(k, ORIGINAL_SEED). (LookupDataManager draws once before, for what it serves: that draw had
 * number -1.) A global allocator over System noted the size of every call to alloc, alloc_zeroed and realloc
 * in order, if it was ORIGINAL_LEAST_BYTES or more, and the greatest sum of the sizes of living blocks, a
 * realloc counting as the new size only. Entry i was key table_hash(i, ORIGINAL_KEY_SEED) and value i, 8
 * bytes each, little-endian, for i from 0 to the number of entries less 1. oak_lookup is
 * LookupHtbl::default(), oak_lookup:reserved calls reserve(entries) first, and oak_lookup:sharded is
 * LookupDataManager::<16> with reserve(entries).
 * The last index is what the last alloc returned, the last chunk what the last alloc_zeroed did.
 * Hash number 8 x length + j is hash(bytes, table_hash(j, ORIGINAL_SEED)) of bytes i = 0 .. length - 1, the
 * low 8 bits of table_hash(i, 100 x length + j).
 */
#ifndef GROWBENCH_OAK_LOOKUP_ORIGINAL_H
#define GROWBENCH_OAK_LOOKUP_ORIGINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    ORIGINAL_SEED = 0x5EED,
    ORIGINAL_KEY_SEED = 0xC0FFEE,
    ORIGINAL_LEAST_BYTES = 4096,
    ORIGINAL_HASH_LENGTHS = 33,
    ORIGINAL_HASHES_A_LENGTH = 8,
    ORIGINAL_BLOCKS_MAX = 18,
};

/* `times` calls of one size, one after the other. */
struct original_blocks {
    uint64_t bytes;
    unsigned times;
    bool zeroed;
};

struct original_run {
    const char *row;
    uint64_t entries;
    uint64_t peak_bytes;
    uint64_t index_digest;                              /* original_digest of the last index, at the end */
    uint64_t chunk_digest;                              /* of the last chunk */
    struct original_blocks blocks[ORIGINAL_BLOCKS_MAX]; /* ended by times = 0 */
};

/* FNV-1a of 64 bits. */
static inline uint64_t original_digest(const void *block, size_t bytes)
{
    uint64_t digest = 0xCBF29CE484222325u;
    for (size_t i = 0; i < bytes; i++)
        digest = (digest ^ ((const uint8_t *)block)[i]) * 0x100000001B3u;
    return digest;
}

static const struct original_run original_runs[] = {
    {"oak_lookup",
     100001,
     4456512,
     0xe08bc3c1b958988c,
     0xdb026c4695313ea8,
     {{2097152, 1, true},
      {6144, 1, false},
      {12288, 1, false},
      {24576, 1, false},
      {49152, 1, false},
      {98304, 1, false},
      {196608, 1, false},
      {393216, 1, false},
      {786432, 1, false},
      {1572864, 1, false}}},
    {"oak_lookup:reserved",
     100001,
     3097224,
     0xcc4753c35c9118ac,
     0xdb026c4695313ea8,
     {{1000008, 1, false}, {2097152, 1, true}}},
    {"oak_lookup:sharded",
     100001,
     35182204,
     0xeae974536127a146,
     0x8c329a569220b59b,
     {{62502, 16, false}, {2097152, 16, true}, {125004, 9, false}}},
    {"oak_lookup",
     1048576,
     33554688,
     0xb6d6aed37a9d702a,
     0x4c8e58ba66364298,
     {{2097152, 1, true},
      {6144, 1, false},
      {12288, 1, false},
      {24576, 1, false},
      {49152, 1, false},
      {98304, 1, false},
      {196608, 1, false},
      {393216, 1, false},
      {786432, 1, false},
      {1572864, 1, false},
      {2097152, 1, true},
      {3145728, 1, false},
      {2097152, 1, true},
      {6291456, 1, false},
      {2097152, 2, true},
      {12582912, 1, false},
      {2097152, 5, true}}},
    {"oak_lookup:reserved",
     1048576,
     31457538,
     0xae890388a9abfe6a,
     0x4c8e58ba66364298,
     {{10485762, 1, false}, {2097152, 10, true}}},
    {"oak_lookup:sharded",
     1048576,
     50596564,
     0x406f7e2ab0584324,
     0x53f434480a457d1e,
     {{655362, 16, false}, {2097152, 16, true}, {1310724, 9, false}}},
};

static const uint64_t original_hashes[ORIGINAL_HASH_LENGTHS * ORIGINAL_HASHES_A_LENGTH] = {
    0xa0aed951869b797f, 0x41592c4e72ea3148, 0xd6cb4608f0b7eb57, 0xebb85bd59df0c645, 0xb089b170887a32a8,
    0xd087d22e98664421, 0xabc2ea3adde8acb7, 0x95b537400e46ec52, 0x9f9c14d13a05dc56, 0x255a4a37e20ab4aa,
    0xcc5612deba6a6a55, 0x379c55401e017abf, 0x2ce9e51aaefdbd83, 0x4d929dc6a748158f, 0xa21b9c449d811f31,
    0x814782e97bc339d1, 0xec7ee804819ab00a, 0xc9c332fee07b3ee6, 0x5ca26321c232c51f, 0xe87fb196b2ea46ca,
    0xff6547fe51d3ad2a, 0x2aa962eed4751997, 0xe9d58e14d482cefc, 0x5e178ab0784151d1, 0xd043dfd5090e1fb6,
    0x65c01c4924143c70, 0x766a6163404089db, 0x7cceb6c4e82f2efd, 0x0b9cc4f9a0186c9f, 0x5c7bce69f7d3694f,
    0x850cb26b8ffd5a35, 0x9a7ca7b6b78444a0, 0x91de3111b03d6350, 0xbe6957af3a4e5c75, 0xd7bb740a12332cc2,
    0xdc1aefe31d98c7bc, 0x4f483ab5f2d4da86, 0x5052fe804cbc1288, 0x6361a172f360dabd, 0xba7d56433bf3ab42,
    0xb5a2d37290273229, 0x2ab42b58117ce64d, 0x30d650f5aba0ab26, 0xc034e8101d8d930f, 0xa546a7f4ba09b75c,
    0x3ff219d396ee7202, 0x2d498ff6182067cd, 0xd4c0560bf57b6dbc, 0xf34bd6aa35fbc108, 0x94856c31a57eeed6,
    0x963505387361d8fb, 0xac1af3424bb1b5b7, 0x4202ea0ea2f86740, 0xd45845a9cebc254e, 0x694d149482bd8ec8,
    0x48ecb52d059d03c2, 0x21db62a1bc5bca82, 0x11cff79da21595d0, 0x29132e51a360a997, 0xec0290103059e18c,
    0xdfbcf6950287d5be, 0xc5334e4cc88b3026, 0x701cc03f05767eba, 0x2a1c001db9212eb0, 0x8f514ff43ec7e980,
    0xeab447636c32392b, 0xe177b5c881f3fa1e, 0x155b4d0795a6bdc7, 0x294edf662b8f06c2, 0xa6b386815ed61e60,
    0x84c831a837da83e1, 0x04ce2469bea95e79, 0xcd488e0cb98c1dee, 0xfdea870345118f77, 0x829fb0e9f28a4095,
    0x8661ab12d1b69e72, 0x9fcc4d61c4f13662, 0xe20e600708bc8058, 0x923e8b2f8f2ab4a6, 0x209336e34c85f8fd,
    0x92462b9bf8557e15, 0xe7334db5d8170712, 0xde58bf87ae2ca79e, 0x1859a60c469097d6, 0xb3d6d23b05eb4a6f,
    0x9dc8cf4be1b872fe, 0x37d56218eeb09743, 0xefc1e2746cd5e497, 0xc10e32b235e35470, 0xbd288a4ec497809e,
    0xc5276f62b436158e, 0x5f70a1bf86a61e0d, 0x5549427cb881cc2d, 0x171c6e0710745674, 0xfc11eb4c956e195d,
    0xf05f90c2b6ee6765, 0x2837538577b54c3b, 0x1d79169f52a96a68, 0x57b01bae7b545654, 0xbc33ece8bda20165,
    0x01607ccc5dce4463, 0xb1fc14564a9b1fb9, 0xb649a95372e88d8f, 0x8cd5d0b7493c4d13, 0x0945f0e686e671b7,
    0xdfa8cbf2ad4c062c, 0x5d93dc2562c687c5, 0x11ce87e6f3aa57c5, 0x31aa446b5d861575, 0x6a65ef84dacf4169,
    0x365257f6b3064917, 0x9cb9101efbd6c4ab, 0x75ddfa8ca480fc72, 0xe870c8842921f192, 0xfb81139541357d40,
    0x7906d9c49d47bac9, 0xe91cc4f5362a56ff, 0x18a8195e4dea7fca, 0x65c482ab10cce9e0, 0x68ac5c2104de65f2,
    0x8ab96ba21c3552e4, 0x41194af97e1de618, 0x69dbaeb5c76fd167, 0x4d8b35c283d8d6a2, 0x5b5d6c9eee6b39e9,
    0xf2efa45b493bdc08, 0x271ae7b21373b9c5, 0xd6f3faa688c031b4, 0xbbc206ea85266ee0, 0xd19acaaa25ae09b4,
    0x8d4d2e51fa170f74, 0x23184015c6ed6bef, 0x9d8f179f5e1b7f0f, 0xe440607dd3452a76, 0x078d23e778294687,
    0x5ac8022069c4c123, 0xcd290ad48c4c13de, 0xa24f98823d23cc15, 0x1b32775ba2ac2bf3, 0x05e88442a12ee777,
    0xc0c9bd754728ad8f, 0x4f98727e61319425, 0x7725fa3987e8852e, 0x7e4e65f05a1d690c, 0x50c0990071cab21e,
    0x25353ab2f8dab8eb, 0xe106b3829913ce0f, 0xe32cf0e680b346a7, 0x1f242264447f2e43, 0xbccfa34372b63e4e,
    0x2c93e655523e6d03, 0x264846c0014b2e4f, 0x0a1575ca5f0677e0, 0x716e0044efd347c4, 0x72b817d1e8d27479,
    0x1c08c02c5469c447, 0x493bc68b5163718d, 0xb5b8e3aee35d44ed, 0x2771aecd59601354, 0xd213d1a34ed812fe,
    0xccf6edb93959d318, 0x916a0883bf0c1560, 0xa16124d0afb7711c, 0x0b3c9f1b4d993c1e, 0xea1bc766ba9feff7,
    0x589766872a31d24a, 0xd5ec746c155b5819, 0x0d86a0fb0b54cbf8, 0x58da237b1ee4d5df, 0x6a48411e1e2ab866,
    0x45ad6846e2bcf743, 0xe6022adee81f80a8, 0x029f7c724e782e6b, 0x8e22b5db481575d2, 0xf659b92d6e3bddc6,
    0x6975cacdb33336eb, 0xf566e8d924c613b2, 0x04e9daa259ca675a, 0xdd427ad5b69250ac, 0x5aea88aec7161b72,
    0x31483b04b85cb90e, 0x6d522d0d2001b469, 0x1ae725762421d34b, 0x6a4d48f0d3c81a12, 0x1132ad57e2a54c6c,
    0x5ce4eddd4451146a, 0x9463679dee87b6b5, 0xb7bfac8b83ed5bd3, 0xe46a691eb6b663ea, 0x3661e3f74c1b2fba,
    0xc2c949dbcefbc719, 0xc3b4f8093e726905, 0x1c14e22c280e7885, 0x52899d53e2f3ecd9, 0x198dd5efae545870,
    0xcc37661bc448ef77, 0xd3c0a3ed17340b66, 0xefe91c7cf7de527c, 0x455632ccbd7d4362, 0xa6d2a48f61c09f6d,
    0xc46d490b16f8d25f, 0x00fbcfef8de38e92, 0x09be1f118608461e, 0xe5de49598f1feb0c, 0x76d99a3b11292807,
    0x924e49a924344d05, 0x0cdf3a6ed7b0e629, 0xe2c118e4b0375a79, 0x00ae876c77679120, 0xfacd06d7d3323936,
    0x1f48b802674fd277, 0xb6dbcba1e9afa8b8, 0x218da67f28ed33a2, 0x6d0438b3d2ba6037, 0x138483075d54bead,
    0x2614be19eda08653, 0x1b8f86b7770270ee, 0xdcf0d11a03c3561b, 0x15eb590704c8d4f0, 0xca24bfe2165dd056,
    0x9ca25af710069b49, 0x665ba4a17d39d652, 0x12718933e767893a, 0xc4abb6e4db643a60, 0x70a042adc5149aa7,
    0x5e9e2cbe9a843db5, 0x40ddb893e5d9631e, 0xab8d11c251664afc, 0x324f21f497b13573, 0x5dc004e1ab5581fe,
    0x0791e8f4f44f5a6e, 0x70710bfabdbf4d2e, 0xfdddc95ec2e47e83, 0xc9e1cccd3360a5e0, 0xa006a5e89481ae45,
    0xf7c8f8221a4a3ea5, 0x168aebde3c5ffb9f, 0xf47e6d15684ef68d, 0xeff7831af12540dd, 0xcb7c4b0d70153828,
    0x924e921fcf266e53, 0xe30c8f1ec1ea54e2, 0xacaef41699f86065, 0x959dc5b29d489359, 0xdfc40a09e48488a9,
    0x914298d06d2a901a, 0xc6825e22c9713eea, 0xc82055ff7625cdb3, 0x0197dd7c03906e28, 0x1535fa460a1f4a13,
    0x5e64fc4fa2954784, 0xabc6f6ce1261e8dd, 0xf874a91e0d6c9b05, 0xe6e661c045d40547, 0x8a0c6a7c0c124132,
    0x557987c54d2fa898, 0x254ee4303f12de7b, 0xb43a55c399dbd6e9, 0x98c583618e6c1bc1, 0x35938699d88a1e8a,
    0x230255421537a520, 0x778f563950784dd1, 0x598f0285c1dc506c, 0x356aab11fedf69ca,
};

#endif
