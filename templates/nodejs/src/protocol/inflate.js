// An incremental inflater (RFC 1951). node:zlib has no synchronous one that takes its input piece
// by piece, and a message must be judged as its bytes arrive: bad data, a bomb or bad UTF-8 ends the
// connection at once, not when the message is complete. It finds fault exactly where zlib does.

import {
  buildTable,
  CODE_LENGTHS,
  DISTANCES,
  END_OF_BLOCK,
  LENGTHS,
  OPERATION_BASE,
  OPERATION_END,
  OPERATION_INVALID,
} from "./huffman.js";

/** What push() may answer. */
export const INFLATE_OK = 0;
export const INFLATE_INVALID = 1;
export const INFLATE_TOO_BIG = 2;

const NOTHING = Buffer.alloc(0);
//% if client_takeover
const WINDOW = 32768;
//% endif
const FIRST_CAPACITY = 1024;
//% if client_takeover
// What is kept between two messages: the window, and room to go on without moving it at once.
const KEPT_CAPACITY = 2 * WINDOW;
//% endif

// Sizes that suffice for any code, computed by zlib's `enough`.
const LENGTH_BITS = 9;
const LENGTH_TABLE = 852;
const DISTANCE_BITS = 6;
const DISTANCE_TABLE = 592;
const CODE_LENGTH_BITS = 7;
const FIXED_DISTANCE_BITS = 5;

const MAX_LENGTH_CODES = 286;
const MAX_DISTANCE_CODES = 30;
/** RFC 1951 §3.2.7: the order in which the code lengths of the code length code come. */
const CODE_LENGTH_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
/** Of the code length symbols 16, 17 and 18: extra bits, and the repetitions that they add to. */
const REPEATS = [
  { bits: 2, base: 3 },
  { bits: 3, base: 3 },
  { bits: 7, base: 11 },
];

const MAX_MATCH = 258;
/** More input than one length and distance can take. */
const FAST_INPUT = 12;

const fixedLengthTable = new Int32Array(LENGTH_TABLE);
const fixedDistanceTable = new Int32Array(1 << FIXED_DISTANCE_BITS);
buildTable(LENGTHS, fixedLengths(), fixedLengthTable, LENGTH_BITS);
buildTable(DISTANCES, new Uint8Array(32).fill(5), fixedDistanceTable, FIXED_DISTANCE_BITS);

/** RFC 1951 §3.2.6 */
function fixedLengths() {
  return new Uint8Array(288).fill(8, 0, 144).fill(9, 144, 256).fill(7, 256, 280).fill(8, 280);
}

// What the inflater waits for.
const BLOCK = 0;
const STORED_LENGTH = 1;
const STORED = 2;
const TABLE_SIZES = 3;
const TABLE_CODE = 4;
const TABLE = 5;
const LENGTH = 6;
const LENGTH_EXTRA = 7;
const DISTANCE = 8;
const DISTANCE_EXTRA = 9;
const FAILED_INVALID = 10;
const FAILED_TOO_BIG = 11;

export class Inflater {
  // Output goes behind the window in one buffer, so that a match is always a copy inside it.
  #output = NOTHING;
  #start = 0; // of this message's output
  #end = 0;
  #limitEnd = 0; // where the output would be too long

  #mode = BLOCK;
  /** @type {Buffer} */
  #input = NOTHING;
  #position = 0;
  #hold = 0; // bits taken from the input, the next one lowest; fewer than 8 between two steps
  #bits = 0;
  #isFinal = false;
  #value = 0; // the length of the match or stored block that is being read
  #distance = 0;
  #extraBits = 0;

  /** @type {Int32Array} */
  #lengthTable = fixedLengthTable;
  #lengthMask = 0;
  /** @type {Int32Array} */
  #distanceTable = fixedDistanceTable;
  #distanceMask = 0;
  #ownLengthTable = new Int32Array(LENGTH_TABLE);
  #ownDistanceTable = new Int32Array(DISTANCE_TABLE);
  #codeLengths = new Uint8Array(MAX_LENGTH_CODES + MAX_DISTANCE_CODES);
  #lengthCodes = 0;
  #distanceCodes = 0;
  #codesLeft = 0; // of the code length code
  #codesRead = 0;

  /**
   * Starts a message.
   *
   * @param {number} limit the longest output
   */
  begin(limit) {
    this.#start = this.#end;
    this.#limitEnd = this.#end + limit;
    this.#mode = BLOCK;
    this.#hold = 0;
    this.#bits = 0;
    this.#isFinal = false;
  }

  /**
   * Inflates the next piece; behind a fault all answers are that fault.
   *
   * @param {Buffer} input
   */
  push(input) {
    this.#input = input;
    this.#position = 0;
    while (this.#step());
    this.#input = NOTHING;
    if (this.#mode === FAILED_INVALID) return INFLATE_INVALID;
    return this.#mode === FAILED_TOO_BIG ? INFLATE_TOO_BIG : INFLATE_OK;
  }

  /** Whether the input so far ends between two blocks. */
  get isComplete() {
    return this.#mode === BLOCK;
  }

  /** The length of the message so far. */
  get length() {
    return this.#end - this.#start;
  }

  /**
   * The message from `from` on. It stays as it is whatever is inflated later.
   *
   * @param {number} from
   */
  output(from) {
    return this.#output.subarray(this.#start + from, this.#end);
  }

  /** Ends the message; the next one cannot refer to it. */
  dropWindow() {
    this.#output = NOTHING;
    this.#end = 0;
  }

  //% if client_takeover
  /** Ends the message, to which the next ones may refer. The buffer belongs to the message now. */
  keepWindow() {
    const isRoomy = this.#output.length - this.#end >= FIRST_CAPACITY;
    if (isRoomy && this.#output.length <= KEPT_CAPACITY) return;
    const window = this.#output.subarray(Math.max(this.#end - WINDOW, 0), this.#end);
    this.#output = Buffer.allocUnsafeSlow(Math.max(2 * window.length, FIRST_CAPACITY));
    this.#output.set(window);
    this.#end = window.length;
  }

  //% endif
  /** One step; false if it lacks input or has failed. */
  #step() {
    switch (this.#mode) {
      case BLOCK:
        return this.#beginBlock();
      case STORED_LENGTH:
        return this.#readStoredLength();
      case STORED:
        return this.#copyStored();
      case TABLE_SIZES:
        return this.#readTableSizes();
      case TABLE_CODE:
        return this.#readTableCode();
      case TABLE:
        return this.#readTable();
      case LENGTH:
        return this.#canRunFast() ? this.#runFast() : this.#readLength();
      case LENGTH_EXTRA:
        return this.#readLengthExtra();
      case DISTANCE:
        return this.#readDistance();
      case DISTANCE_EXTRA:
        return this.#readDistanceExtra();
      default:
        return false;
    }
  }

  /** @param {number} count at most 16 */
  #need(count) {
    while (this.#bits < count) {
      if (this.#position === this.#input.length) return false;
      this.#hold |= this.#input[this.#position++] << this.#bits;
      this.#bits += 8;
    }
    return true;
  }

  /** @param {number} count */
  #take(count) {
    const value = this.#hold & ((1 << count) - 1);
    this.#hold >>>= count;
    this.#bits -= count;
    return value;
  }

  /** @param {number} mode */
  #fail(mode) {
    this.#mode = mode;
    return false;
  }

  /**
   * The next symbol's entry, or -1 if it lacks input.
   *
   * @param {Int32Array} table
   * @param {number} mask
   */
  #decode(table, mask) {
    for (;;) {
      let entry = table[this.#hold & mask];
      if (isLink(entry)) entry = linked(table, entry, this.#hold);
      if ((entry & 0xff) <= this.#bits) {
        this.#take(entry & 0xff);
        return entry;
      }
      if (!this.#need(this.#bits + 1)) return -1;
    }
  }

  /**
   * Makes room for output, which grows with the input that was there, never with what is announced.
   *
   * @param {number} count
   */
  #reserve(count) {
    const needed = this.#end + count;
    if (needed <= this.#output.length) return;
    const capacity = Math.max(needed, 2 * this.#output.length, FIRST_CAPACITY);
    const grown = Buffer.allocUnsafeSlow(capacity);
    grown.set(this.#output.subarray(0, this.#end));
    this.#output = grown;
  }

  #beginBlock() {
    // RFC 7692 §7.2.3.4: another block may follow a final one, from the next byte on.
    if (this.#isFinal) this.#take(this.#bits & 7);
    this.#isFinal = false;
    if (!this.#need(3)) return false;
    this.#isFinal = this.#take(1) === 1;
    switch (this.#take(2)) {
      case 0:
        this.#take(this.#bits & 7);
        this.#value = -1;
        this.#mode = STORED_LENGTH;
        return true;
      case 1:
        this.#useCodes(fixedLengthTable, LENGTH_BITS, fixedDistanceTable, FIXED_DISTANCE_BITS);
        return true;
      case 2:
        this.#mode = TABLE_SIZES;
        return true;
      default:
        return this.#fail(FAILED_INVALID);
    }
  }

  #readStoredLength() {
    if (!this.#need(16)) return false;
    if (this.#value < 0) {
      this.#value = this.#take(16);
      return true;
    }
    if (this.#take(16) !== (this.#value ^ 0xffff)) return this.#fail(FAILED_INVALID);
    this.#mode = STORED;
    return true;
  }

  #copyStored() {
    const available = this.#input.length - this.#position;
    const count = Math.min(this.#value, available);
    if (this.#end + count > this.#limitEnd) return this.#fail(FAILED_TOO_BIG);
    this.#reserve(count);
    this.#output.set(this.#input.subarray(this.#position, this.#position + count), this.#end);
    this.#position += count;
    this.#end += count;
    this.#value -= count;
    if (this.#value > 0) return false;
    this.#mode = BLOCK;
    return true;
  }

  #readTableSizes() {
    if (!this.#need(14)) return false;
    this.#lengthCodes = this.#take(5) + 257;
    this.#distanceCodes = this.#take(5) + 1;
    this.#codesLeft = this.#take(4) + 4;
    const isTooMany =
      this.#lengthCodes > MAX_LENGTH_CODES || this.#distanceCodes > MAX_DISTANCE_CODES;
    if (isTooMany) return this.#fail(FAILED_INVALID);
    this.#codeLengths.fill(0);
    this.#codesRead = 0;
    this.#mode = TABLE_CODE;
    return true;
  }

  #readTableCode() {
    while (this.#codesRead < this.#codesLeft) {
      if (!this.#need(3)) return false;
      this.#codeLengths[CODE_LENGTH_ORDER[this.#codesRead++]] = this.#take(3);
    }
    this.#lengthTable = this.#ownLengthTable;
    const lengths = this.#codeLengths.subarray(0, CODE_LENGTH_ORDER.length);
    const bits = buildTable(CODE_LENGTHS, lengths, this.#lengthTable, CODE_LENGTH_BITS);
    if (bits === 0) return this.#fail(FAILED_INVALID);
    this.#lengthMask = (1 << bits) - 1;
    this.#codesRead = 0;
    this.#value = -1;
    this.#mode = TABLE;
    return true;
  }

  #readTable() {
    const total = this.#lengthCodes + this.#distanceCodes;
    while (this.#codesRead < total) {
      if (this.#value < 0) {
        const entry = this.#decode(this.#lengthTable, this.#lengthMask);
        if (entry < 0) return false;
        this.#value = entry >>> 16;
      }
      if (this.#value < 16) this.#codeLengths[this.#codesRead++] = this.#value;
      else if (!this.#repeatCodeLength(total)) return false;
      this.#value = -1;
    }
    return this.#buildTables();
  }

  /**
   * RFC 1951 §3.2.7: 16 repeats the length before, 17 and 18 repeat 0.
   *
   * @param {number} total
   */
  #repeatCodeLength(total) {
    const { bits, base } = REPEATS[this.#value - 16];
    if (!this.#need(bits)) return false;
    const isCopy = this.#value === 16;
    if (isCopy && this.#codesRead === 0) return this.#fail(FAILED_INVALID);
    const length = isCopy ? this.#codeLengths[this.#codesRead - 1] : 0;
    const end = this.#codesRead + base + this.#take(bits);
    if (end > total) return this.#fail(FAILED_INVALID);
    this.#codeLengths.fill(length, this.#codesRead, end);
    this.#codesRead = end;
    return true;
  }

  #buildTables() {
    const lengths = this.#codeLengths.subarray(0, this.#lengthCodes);
    const distances = this.#codeLengths.subarray(
      this.#lengthCodes,
      this.#lengthCodes + this.#distanceCodes,
    );
    if (lengths[END_OF_BLOCK] === 0) return this.#fail(FAILED_INVALID);
    const lengthBits = buildTable(LENGTHS, lengths, this.#ownLengthTable, LENGTH_BITS);
    if (lengthBits === 0) return this.#fail(FAILED_INVALID);
    const distanceBits = buildTable(DISTANCES, distances, this.#ownDistanceTable, DISTANCE_BITS);
    if (distanceBits === 0) return this.#fail(FAILED_INVALID);
    this.#useCodes(this.#ownLengthTable, lengthBits, this.#ownDistanceTable, distanceBits);
    return true;
  }

  /**
   * @param {Int32Array} lengthTable
   * @param {number} lengthBits
   * @param {Int32Array} distanceTable
   * @param {number} distanceBits
   */
  #useCodes(lengthTable, lengthBits, distanceTable, distanceBits) {
    this.#lengthTable = lengthTable;
    this.#lengthMask = (1 << lengthBits) - 1;
    this.#distanceTable = distanceTable;
    this.#distanceMask = (1 << distanceBits) - 1;
    this.#mode = LENGTH;
  }

  #readLength() {
    const entry = this.#decode(this.#lengthTable, this.#lengthMask);
    if (entry < 0) return false;
    const operation = (entry >>> 8) & 0xff;
    this.#value = entry >>> 16;
    if (operation === 0) return this.#putLiteral();
    if (operation & OPERATION_INVALID) return this.#fail(FAILED_INVALID);
    this.#extraBits = operation & 15;
    this.#mode = operation & OPERATION_END ? BLOCK : LENGTH_EXTRA;
    return true;
  }

  #putLiteral() {
    if (this.#end === this.#limitEnd) return this.#fail(FAILED_TOO_BIG);
    this.#reserve(1);
    this.#output[this.#end++] = this.#value;
    return true;
  }

  #readLengthExtra() {
    if (!this.#need(this.#extraBits)) return false;
    this.#value += this.#take(this.#extraBits);
    this.#mode = DISTANCE;
    return true;
  }

  #readDistance() {
    const entry = this.#decode(this.#distanceTable, this.#distanceMask);
    if (entry < 0) return false;
    const operation = (entry >>> 8) & 0xff;
    if (operation & OPERATION_INVALID) return this.#fail(FAILED_INVALID);
    this.#distance = entry >>> 16;
    this.#extraBits = operation & 15;
    this.#mode = DISTANCE_EXTRA;
    return true;
  }

  #readDistanceExtra() {
    if (!this.#need(this.#extraBits)) return false;
    this.#distance += this.#take(this.#extraBits);
    if (this.#distance > this.#end) return this.#fail(FAILED_INVALID);
    if (this.#end + this.#value > this.#limitEnd) return this.#fail(FAILED_TOO_BIG);
    this.#reserve(this.#value);
    this.#end = copyMatch(this.#output, this.#end, this.#distance, this.#value);
    this.#mode = LENGTH;
    return true;
  }

  #canRunFast() {
    if (this.#input.length - this.#position < FAST_INPUT) return false;
    if (this.#limitEnd - this.#end < MAX_MATCH) return false;
    this.#reserve(MAX_MATCH);
    return true;
  }

  /**
   * Decodes symbols while neither input nor room for output can run out in the middle of one. Most
   * data goes through here, so the state is kept in local variables.
   */
  #runFast() {
    const input = this.#input;
    const output = this.#output;
    const lastPosition = input.length - FAST_INPUT;
    const lastEnd = Math.min(output.length, this.#limitEnd) - MAX_MATCH;
    const lengthTable = this.#lengthTable;
    const lengthMask = this.#lengthMask;
    const distanceTable = this.#distanceTable;
    const distanceMask = this.#distanceMask;
    let position = this.#position;
    let hold = this.#hold;
    let bits = this.#bits;
    let end = this.#end;
    while (position <= lastPosition && end <= lastEnd) {
      for (; bits < 20; bits += 8) hold |= input[position++] << bits;
      let entry = lengthTable[hold & lengthMask];
      if (isLink(entry)) entry = linked(lengthTable, entry, hold);
      hold >>>= entry & 0xff;
      bits -= entry & 0xff;
      let operation = (entry >>> 8) & 0xff;
      if (operation === 0) {
        output[end++] = entry >>> 16;
        continue;
      }
      if ((operation & OPERATION_BASE) === 0) {
        this.#mode = operation & OPERATION_END ? BLOCK : FAILED_INVALID;
        break;
      }
      const lengthExtra = operation & 15;
      const length = (entry >>> 16) + (hold & ((1 << lengthExtra) - 1));
      hold >>>= lengthExtra;
      bits -= lengthExtra;

      for (; bits < 15; bits += 8) hold |= input[position++] << bits;
      entry = distanceTable[hold & distanceMask];
      if (isLink(entry)) entry = linked(distanceTable, entry, hold);
      hold >>>= entry & 0xff;
      bits -= entry & 0xff;
      operation = (entry >>> 8) & 0xff;
      const distanceExtra = operation & 15;
      for (; bits < distanceExtra; bits += 8) hold |= input[position++] << bits;
      const distance = (entry >>> 16) + (hold & ((1 << distanceExtra) - 1));
      hold >>>= distanceExtra;
      bits -= distanceExtra;
      if (distance > end || operation === OPERATION_INVALID) {
        this.#mode = FAILED_INVALID;
        break;
      }
      end = copyMatch(output, end, distance, length);
    }
    // Whole bytes go back: they may belong to a stored block.
    this.#position = position - (bits >>> 3);
    this.#bits = bits & 7;
    this.#hold = hold & ((1 << this.#bits) - 1);
    this.#end = end;
    return this.#mode !== FAILED_INVALID;
  }
}

/** @param {number} entry */
function isLink(entry) {
  const operation = (entry >>> 8) & 0xff;
  return operation !== 0 && operation < OPERATION_BASE;
}

/**
 * The entry that a link leads to, with the bits of both.
 *
 * @param {Int32Array} table
 * @param {number} link
 * @param {number} hold
 */
function linked(table, link, hold) {
  const rootBits = link & 0xff;
  const index = (hold >>> rootBits) & ((1 << ((link >>> 8) & 0xff)) - 1);
  return table[(link >>> 16) + index] + rootBits;
}

/**
 * Repeats what was put out `distance` bytes before; it may run into itself (RFC 1951 §3.2.3).
 *
 * @param {Buffer} output
 * @param {number} end
 * @param {number} distance
 * @param {number} length
 */
function copyMatch(output, end, distance, length) {
  const stop = end + length;
  for (let from = end - distance; end < stop; end++, from++) output[end] = output[from];
  return stop;
}
