// Decoding tables for DEFLATE's Huffman codes (RFC 1951 §3.2), in two levels as zlib builds them: a
// code of at most `rootBits` bits is found in the root table, a longer one in a table that the root
// table links to.
//
// An entry is value << 16 | operation << 8 | bits, where bits is how many bits of input it takes.

/** Operations of an entry; 0 is a literal, 1–15 a link to a table with an index of so many bits. */
export const OPERATION_BASE = 16; // the low four bits are the number of extra bits
export const OPERATION_END = 32;
export const OPERATION_INVALID = 64;

const MAX_BITS = 15;
const INVALID_CODE = OPERATION_INVALID << 8;
/** The symbol that ends a block. */
export const END_OF_BLOCK = 256;

/**
 * What the symbols of an alphabet stand for: below `literals` themselves, then the end of the block
 * if the alphabet has one, then base values with extra bits.
 *
 * @typedef {object} Alphabet
 * @property {number} literals
 * @property {number[]} bases
 * @property {number[]} extra
 * @property {boolean} mayBeIncomplete whether a lone code may leave its other bit unused, §3.2.7
 */

/** @type {Alphabet} */
export const CODE_LENGTHS = { literals: 19, bases: [], extra: [], mayBeIncomplete: false };

/** @type {Alphabet} */
export const LENGTHS = {
  literals: END_OF_BLOCK,
  bases: [
    3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131,
    163, 195, 227, 258,
  ],
  extra: [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0],
  mayBeIncomplete: true,
};

/** @type {Alphabet} */
export const DISTANCES = {
  literals: 0,
  bases: [
    1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049,
    3073, 4097, 6145, 8193, 12289, 16385, 24577,
  ],
  extra: [
    0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13,
    13,
  ],
  mayBeIncomplete: true,
};

const counts = new Uint16Array(MAX_BITS + 1);
const offsets = new Uint16Array(MAX_BITS + 1);
const sorted = new Uint16Array(288);

/**
 * Fills a table and returns the bits of its root table's index, or 0 if the lengths make no code.
 *
 * @param {Alphabet} alphabet
 * @param {Uint8Array} lengths each symbol's code length, 0 for an unused one
 * @param {Int32Array} table
 * @param {number} rootBits
 */
export function buildTable(alphabet, lengths, table, rootBits) {
  countLengths(lengths);
  let max = MAX_BITS;
  while (max > 0 && counts[max] === 0) max--;
  if (max === 0) {
    // No code at all is judged where one is used: a block of literals needs no distances.
    table[0] = table[1] = INVALID_CODE | 1;
    return 1;
  }
  const left = unusedCodes();
  if (left < 0 || (left > 0 && (max > 1 || !alphabet.mayBeIncomplete))) return 0;
  let min = 1;
  while (counts[min] === 0) min++;
  const root = Math.min(Math.max(rootBits, min), max);
  sortSymbols(lengths);
  fillTable(alphabet, lengths, table, root, max);
  return root;
}

/** @param {Uint8Array} lengths */
function countLengths(lengths) {
  counts.fill(0);
  for (const length of lengths) counts[length]++;
}

/** The code space that is left over, in codes of 15 bits; negative if it does not suffice. */
function unusedCodes() {
  let left = 1;
  for (let length = 1; length <= MAX_BITS; length++) {
    left = left * 2 - counts[length];
    if (left < 0) return left;
  }
  return left;
}

/** @param {Uint8Array} lengths */
function sortSymbols(lengths) {
  offsets[1] = 0;
  for (let length = 1; length < MAX_BITS; length++) {
    offsets[length + 1] = offsets[length] + counts[length];
  }
  for (let symbol = 0; symbol < lengths.length; symbol++) {
    if (lengths[symbol] !== 0) sorted[offsets[lengths[symbol]]++] = symbol;
  }
}

/**
 * @param {Alphabet} alphabet
 * @param {Uint8Array} lengths
 * @param {Int32Array} table
 * @param {number} root
 * @param {number} max the greatest code length
 */
function fillTable(alphabet, lengths, table, root, max) {
  let code = 0; // with its bits reversed, as they come from the stream
  let start = 0; // of the table that is being filled
  let indexBits = root;
  let dropped = 0; // bits that the root table has judged
  let prefix = -1;
  let length = lengths[sorted[0]];
  for (let i = 0; ; i++) {
    const entry = entryOf(alphabet, sorted[i]) | (length - dropped);
    const step = 1 << (length - dropped);
    for (let at = code >>> dropped; at < 1 << indexBits; at += step) table[start + at] = entry;
    code = nextCode(code, length);
    if (--counts[length] === 0) {
      if (length === max) break;
      length = lengths[sorted[i + 1]];
    }
    const codePrefix = code & ((1 << root) - 1);
    if (length > root && codePrefix !== prefix) {
      start += 1 << indexBits;
      dropped = root;
      indexBits = subtableBits(length - root, root, max);
      prefix = codePrefix;
      table[prefix] = (start << 16) | (indexBits << 8) | root;
    }
  }
  if (code !== 0) table[start + (code >>> dropped)] = INVALID_CODE | (length - dropped);
}

/**
 * @param {Alphabet} alphabet
 * @param {number} symbol
 */
function entryOf({ literals, bases, extra }, symbol) {
  if (symbol < literals) return symbol << 16;
  if (symbol === END_OF_BLOCK) return OPERATION_END << 8;
  const index = literals === 0 ? symbol : symbol - literals - 1;
  if (index >= bases.length) return INVALID_CODE; // RFC 1951 §3.2.6: they never occur
  return (bases[index] << 16) | ((OPERATION_BASE | extra[index]) << 8);
}

/**
 * The code that follows, counted from its first bit.
 *
 * @param {number} code
 * @param {number} length
 */
function nextCode(code, length) {
  let bit = 1 << (length - 1);
  while (code & bit) bit >>>= 1;
  return bit === 0 ? 0 : (code & (bit - 1)) + bit;
}

/**
 * How many index bits a table needs that starts with codes of `bits` bits behind the root's.
 *
 * @param {number} bits
 * @param {number} root
 * @param {number} max
 */
function subtableBits(bits, root, max) {
  let left = 1 << bits;
  for (; bits + root < max; bits++) {
    left -= counts[bits + root];
    if (left <= 0) break;
    left <<= 1;
  }
  return bits;
}
