// RFC 6455 §5.2: the parts of a frame.

export const OPCODE_CONTINUATION = 0x0;
export const OPCODE_TEXT = 0x1;
export const OPCODE_BINARY = 0x2;
export const OPCODE_CLOSE = 0x8;
export const OPCODE_PING = 0x9;
export const OPCODE_PONG = 0xa;

export const FIN = 0x80;
export const RSV1 = 0x40;
export const MASKED = 0x80;

/** No header is longer than this. A server's frames are not masked. */
export const MAX_HEADER = 10;

export const MAX_CONTROL_PAYLOAD = 125;

/** Shorter payloads are unmasked byte by byte: finding the words would cost more than it saves. */
export const WORDS_FROM = 24;

const wordBytes = new Uint8Array(4);
const wordInts = new Int32Array(wordBytes.buffer);

/**
 * Writes an unmasked frame's header and returns where its payload goes.
 *
 * @param {Buffer} target
 * @param {number} at
 * @param {number} first FIN, RSV1 and the opcode
 * @param {number} length of the payload
 */
export function writeHeader(target, at, first, length) {
  target[at] = first;
  if (length < 126) {
    target[at + 1] = length;
    return at + 2;
  }
  if (length < 65536) {
    target[at + 1] = 126;
    target[at + 2] = length >>> 8;
    target[at + 3] = length;
    return at + 4;
  }
  target[at + 1] = 127;
  target.writeUInt32BE(Math.floor(length / 2 ** 32), at + 2);
  target.writeUInt32BE(length >>> 0, at + 6);
  return at + 10;
}

/**
 * The words of the memory that a buffer lies in.
 *
 * @param {Buffer} bytes
 */
export function wordsOf(bytes) {
  return new Int32Array(bytes.buffer, 0, bytes.buffer.byteLength >>> 2);
}

/**
 * Unmasks a part of a payload in place (RFC 6455 §5.3), word by word where it is given the words of
 * the memory.
 *
 * @param {Buffer} bytes
 * @param {Int32Array | null} words
 * @param {number} start
 * @param {number} end
 * @param {number} key the masking key, its first byte lowest
 * @param {number} offset of the part in the payload
 */
export function unmask(bytes, words, start, end, key, offset) {
  let at = start;
  let shift = (offset & 3) << 3;
  if (words !== null) {
    const base = bytes.byteOffset;
    for (; (base + at) & 3; at++, shift += 8) bytes[at] ^= (key >>> (shift & 24)) & 0xff;
    const mask = wordOf(key, shift & 24);
    const last = (base + end) >>> 2;
    for (let word = (base + at) >>> 2; word < last; word++) words[word] ^= mask;
    at = last * 4 - base;
  }
  for (; at < end; at++, shift += 8) bytes[at] ^= (key >>> (shift & 24)) & 0xff;
}

/**
 * The masking key as a word of this machine's byte order that starts with the byte at `shift`.
 *
 * @param {number} key
 * @param {number} shift
 */
function wordOf(key, shift) {
  for (let i = 0; i < 4; i++) wordBytes[i] = key >>> ((shift + 8 * i) & 24);
  return wordInts[0];
}
