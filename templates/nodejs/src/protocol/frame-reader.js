//% if validate_utf8
import { isUtf8 } from "node:buffer";
//% endif
//% if rate_messages
import { MESSAGES_PER_SECOND } from "../config.js";
//% endif
//% if rate_bytes
import { BYTES_PER_SECOND } from "../config.js";
//% endif
//% if compression
import { CompressedMessage } from "./compressed-message.js";
//% endif
import * as failures from "./failure.js";
import {
  FIN,
  MASKED,
  MAX_CONTROL_PAYLOAD,
  OPCODE_BINARY,
  OPCODE_CLOSE,
  OPCODE_CONTINUATION,
  OPCODE_PONG,
  RSV1,
  unmask,
  WORDS_FROM,
  wordsOf,
} from "./frame.js";
//% if binary_only or validate_utf8
import { OPCODE_TEXT } from "./frame.js";
//% endif
import { Message } from "./message.js";
//% if rate_limit
import { TokenBucket } from "./rate.js";
//% endif

/** @typedef {import("./failure.js").Failure} Failure */
//% if compression
/** @typedef {import("./inflaters.js").Inflaters} Inflaters */
//% endif

/**
 * Whom the frames are for.
 *
 * @typedef {object} Receiver
 * @property {(data: Buffer, opcode: number) => void} messageArrived
 * @property {(opcode: number, payload: Buffer) => void} controlArrived
 * @property {(failure: Failure) => void} fail
 * @property {() => void} lostTrack while measuring: where the next frame starts is unknown
 */

/** What comes next of a frame. */
const START = 0;
const LENGTH = 1;
const MASKING_KEY = 2;
const PAYLOAD = 3;

const CONTROL = 0x8;
const NEEDS_INPUT = -1;
const RESERVED = 0x70;
const COPIED_REST = 1024;
const NOTHING = Buffer.alloc(0);

/** Reads frames from pieces of any size, and judges each part as soon as it is there. */
export class FrameReader {
  #receiver;
  #maxMessage;
  //% if overflow_pause
  #isPaused = false;
  //% endif
  #isStopped = false;
  #isMeasuring = false;
  /** @type {Buffer} input that waits for more, or for the end of a pause */
  #rest = NOTHING;
  /** @type {Int32Array | null} the words of the piece that is being read */
  #words = null;

  #stage = START;
  #first = 0;
  #opcode = 0;
  #isMasked = true;
  #length = 0;
  #remaining = 0;
  #key = 0;

  /** @type {import("./message.js").IncomingMessage | null} */
  #message = null;
  #messageSize = 0; // in bytes of payload, as announced so far
  //% if compression
  /** @type {Inflaters | null} with compression negotiated */
  #inflaters = null;
  //% endif
  //% if rate_messages
  #messageRate = new TokenBucket(MESSAGES_PER_SECOND);
  //% endif
  //% if rate_bytes
  #byteRate = new TokenBucket(BYTES_PER_SECOND);
  //% endif

  /**
   * @param {Receiver} receiver
   * @param {number} maxMessage
   */
  constructor(receiver, maxMessage) {
    this.#receiver = receiver;
    this.#maxMessage = maxMessage;
  }

  //% if compression
  /** @param {Inflaters} inflaters */
  acceptCompression(inflaters) {
    this.#inflaters = inflaters;
  }

  //% endif
  //% if rate_limit
  /** @param {number} now */
  refill(now) {
    //% if rate_messages
    this.#messageRate.refill(now);
    //% endif
    //% if rate_bytes
    this.#byteRate.refill(now);
    //% endif
  }

  //% endif
  //% if overflow_pause
  /** Keeps what comes behind the current message for later. */
  pause() {
    this.#isPaused = true;
  }

  /** Goes on behind a pause. */
  resume() {
    this.#isPaused = false;
    this.read(NOTHING);
  }

  //% endif
  /** From now on frames are only measured and dropped, until a Close. */
  measure() {
    this.#isMeasuring = true;
    this.#message = null;
  }

  /** From now on nothing is read. */
  stop() {
    this.#isStopped = true;
    this.#rest = NOTHING;
    this.#message = null;
  }

  /** @param {Buffer} piece which is unmasked in place */
  read(piece) {
    const bytes = this.#join(piece);
    this.#words = null;
    let at = 0;
    while (this.#isReading) {
      const next = this.#step(bytes, at);
      if (next === NEEDS_INPUT) break;
      at = next;
    }
    this.#words = null;
    if (at < bytes.length && !this.#isStopped) this.#rest = remainder(bytes, at);
  }

  get #isReading() {
    //% if overflow_pause
    if (this.#isPaused) return false;
    //% endif
    return !this.#isStopped;
  }

  /** @param {Buffer} piece */
  #join(piece) {
    const rest = this.#rest;
    if (rest.length === 0) return piece;
    this.#rest = NOTHING;
    return piece.length === 0 ? rest : Buffer.concat([rest, piece]);
  }

  /**
   * Reads one part of a frame, and returns where the next one starts.
   *
   * @param {Buffer} bytes
   * @param {number} at
   */
  #step(bytes, at) {
    switch (this.#stage) {
      case START:
        return this.#readStart(bytes, at);
      case LENGTH:
        return this.#readLength(bytes, at);
      case MASKING_KEY:
        return this.#readMaskingKey(bytes, at);
      default:
        return this.#readPayload(bytes, at);
    }
  }

  /** @param {Failure} failure */
  #fail(failure) {
    this.#receiver.fail(failure);
    return NEEDS_INPUT;
  }

  /**
   * @param {Buffer} bytes
   * @param {number} at
   */
  #readStart(bytes, at) {
    if (bytes.length - at < 2) return NEEDS_INPUT;
    const second = bytes[at + 1];
    this.#first = bytes[at];
    this.#opcode = this.#first & 0x0f;
    this.#isMasked = (second & MASKED) !== 0;
    this.#length = second & 0x7f;
    if (!this.#isMeasuring) {
      const failure = this.#opcode & CONTROL ? this.#judgeControl() : this.#judgeData();
      if (failure !== null) return this.#fail(failure);
    }
    this.#stage = LENGTH;
    return at + 2;
  }

  /**
   * RFC 6455 §5.5
   *
   * @returns {Failure | null}
   */
  #judgeControl() {
    if ((this.#first & RESERVED) !== 0) return failures.RESERVED_BIT;
    if (this.#opcode > OPCODE_PONG) return failures.RESERVED_OPCODE;
    if ((this.#first & FIN) === 0) return failures.FRAGMENTED_CONTROL;
    if (this.#length > MAX_CONTROL_PAYLOAD) return failures.LONG_CONTROL;
    return this.#isMasked ? null : failures.NOT_MASKED;
  }

  /**
   * RFC 6455 §5.2, §5.4
   *
   * @returns {Failure | null}
   */
  #judgeData() {
    if ((this.#first & this.#reservedBits) !== 0) return failures.RESERVED_BIT;
    if (this.#opcode > OPCODE_BINARY) return failures.RESERVED_OPCODE;
    if (this.#opcode === OPCODE_CONTINUATION) {
      if (this.#message === null) return failures.UNEXPECTED_CONTINUATION;
    } else {
      if (this.#message !== null) return failures.EXPECTED_CONTINUATION;
      this.#messageSize = 0;
    }
    if (!this.#isMasked) return failures.NOT_MASKED;
    //% if text_only
    if (this.#opcode === OPCODE_BINARY) return failures.TEXT_ONLY;
    //% endif
    //% if binary_only
    if (this.#opcode === OPCODE_TEXT) return failures.BINARY_ONLY;
    //% endif
    return null;
  }

  /** The bits without a meaning in a data frame. */
  get #reservedBits() {
    //% if compression
    // RFC 7692 §6: RSV1 marks the first frame of a compressed message.
    if (this.#inflaters !== null && this.#opcode !== OPCODE_CONTINUATION) return RESERVED ^ RSV1;
    //% endif
    return RESERVED;
  }

  /**
   * @param {Buffer} bytes
   * @param {number} at
   */
  #readLength(bytes, at) {
    const size = this.#length < 126 ? 0 : this.#length === 126 ? 2 : 8;
    if (bytes.length - at < size) return NEEDS_INPUT;
    let failure = size === 0 ? null : this.#readExtendedLength(bytes, at);
    if (!this.#isMeasuring) {
      failure ??= this.#judgeLength();
      if (failure !== null) return this.#fail(failure);
    } else if (failure === failures.LENGTH_OUT_OF_RANGE) {
      this.#receiver.lostTrack();
      return NEEDS_INPUT;
    }
    this.#remaining = this.#length;
    this.#stage = this.#isMasked ? MASKING_KEY : PAYLOAD;
    return at + size;
  }

  /**
   * @param {Buffer} bytes
   * @param {number} at
   * @returns {Failure | null}
   */
  #readExtendedLength(bytes, at) {
    if (this.#length === 126) {
      this.#length = bytes.readUInt16BE(at);
      return this.#length < 126 ? failures.LENGTH_NOT_MINIMAL : null;
    }
    const high = bytes.readUInt32BE(at);
    this.#length = high * 2 ** 32 + bytes.readUInt32BE(at + 4);
    if (this.#length < 65536) return failures.LENGTH_NOT_MINIMAL;
    return high >= 2 ** 31 ? failures.LENGTH_OUT_OF_RANGE : null;
  }

  /**
   * The limits, before any of the payload is there.
   *
   * @returns {Failure | null}
   */
  #judgeLength() {
    if ((this.#opcode & CONTROL) === 0) {
      this.#messageSize += this.#length;
      if (this.#messageSize > this.#maxMessage) return failures.MESSAGE_TOO_BIG;
      //% if rate_messages
      const isFirst = this.#opcode !== OPCODE_CONTINUATION;
      if (isFirst && !this.#messageRate.take(1)) return failures.RATE_LIMIT_EXCEEDED;
      //% endif
    }
    //% if rate_bytes
    if (!this.#byteRate.take(this.#length)) return failures.RATE_LIMIT_EXCEEDED;
    //% endif
    return null;
  }

  /**
   * @param {Buffer} bytes
   * @param {number} at
   */
  #readMaskingKey(bytes, at) {
    if (bytes.length - at < 4) return NEEDS_INPUT;
    this.#key = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
    this.#stage = PAYLOAD;
    return at + 4;
  }

  /**
   * @param {Buffer} bytes
   * @param {number} at
   */
  #readPayload(bytes, at) {
    const isShortControl = (this.#opcode & CONTROL) !== 0 && this.#length <= MAX_CONTROL_PAYLOAD;
    const available = Math.min(this.#remaining, bytes.length - at);
    const isComplete = available === this.#remaining;
    if (!isComplete && (available === 0 || isShortControl)) return NEEDS_INPUT;
    const end = at + available;
    const isWanted = !this.#isMeasuring || this.#opcode === OPCODE_CLOSE;
    if (isWanted && this.#isMasked) this.#unmask(bytes, at, end);
    this.#remaining -= available;
    if (isComplete) this.#stage = START;
    if (!isWanted) return end;
    if (this.#opcode & CONTROL) {
      const payload = isShortControl ? bytes.subarray(at, end) : NOTHING;
      if (isComplete) this.#receiver.controlArrived(this.#opcode, payload);
    } else {
      this.#takePiece(bytes.subarray(at, end), isComplete);
    }
    return end;
  }

  /**
   * @param {Buffer} bytes
   * @param {number} start
   * @param {number} end
   */
  #unmask(bytes, start, end) {
    const isLong = end - start >= WORDS_FROM;
    const words = isLong ? (this.#words ??= wordsOf(bytes)) : null;
    unmask(bytes, words, start, end, this.#key, this.#length - this.#remaining);
  }

  /**
   * @param {Buffer} piece of a data frame's payload
   * @param {boolean} endsFrame
   */
  #takePiece(piece, endsFrame) {
    const isFinal = (this.#first & FIN) !== 0;
    const endsMessage = endsFrame && isFinal;
    if (this.#message === null) {
      const isWhole = endsMessage && piece.length === this.#length;
      if (isWhole && (this.#first & RSV1) === 0) return this.#deliverWhole(piece);
      this.#message = this.#beginMessage();
    }
    const message = this.#message;
    let failure = message.push(piece, isFinal ? this.#remaining : Infinity);
    if (endsMessage) failure ??= message.finish();
    if (failure !== null) this.#receiver.fail(failure);
    else if (endsMessage) this.#deliver(message);
  }

  /**
   * Hands over a message that lies whole in one piece of input, without copying it.
   *
   * @param {Buffer} data
   */
  #deliverWhole(data) {
    //% if validate_utf8
    if (this.#opcode === OPCODE_TEXT && !isUtf8(data)) {
      return this.#receiver.fail(failures.INVALID_UTF8);
    }
    //% endif
    this.#receiver.messageArrived(data, this.#opcode);
  }

  /** @returns {import("./message.js").IncomingMessage} */
  #beginMessage() {
    //% if compression
    if (this.#inflaters !== null && (this.#first & RSV1) !== 0) {
      return new CompressedMessage(this.#opcode, this.#inflaters, this.#maxMessage);
    }
    //% endif
    return new Message(this.#opcode);
  }

  /** @param {import("./message.js").IncomingMessage} message */
  #deliver(message) {
    this.#message = null;
    this.#receiver.messageArrived(message.data, message.opcode);
  }
}

/**
 * What is left of a piece. A few bytes are copied, lest they keep the whole piece in memory.
 *
 * @param {Buffer} bytes
 * @param {number} at
 */
function remainder(bytes, at) {
  const rest = bytes.subarray(at);
  return rest.length < COPIED_REST ? Buffer.from(rest) : rest;
}
