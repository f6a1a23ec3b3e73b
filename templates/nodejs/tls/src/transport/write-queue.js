import { performance } from "node:perf_hooks";
//% if write_timeout
import { WRITE_TIMEOUT } from "../config.js";
//% endif

/**
 * TLS is given so much at a time. It tells only when a whole write is done, not how far it has come:
 * with shorter writes progress can be seen.
 */
const PIECE = 65536;

/** What one socket has yet to send. TLS tells of every write later, also of what is taken at once. */
export class WriteQueue {
  #socket;
  #onProgress;
  #trace;
  /** @type {Uint8Array[]} behind what the socket holds */
  #waiting = [];
  #waitingBytes = 0;
  #isWriting = false;
  #isEnding = false;
  /** When output last had to wait, or the kernel took some that had. */
  lastProgress = -Infinity;

  /**
   * @param {import("node:tls").TLSSocket} socket
   * @param {() => void} onProgress called when the kernel has taken what had to wait
   * @param {import("./trace.js").SocketTrace | null} trace
   */
  constructor(socket, onProgress, trace) {
    this.#socket = socket;
    this.#onProgress = onProgress;
    this.#trace = trace;
  }

  /** The bytes that the kernel is not known to have taken. While there are any, their memory is in use. */
  get unsent() {
    return this.#socket.writableLength + this.#waitingBytes;
  }
  //% if write_timeout

  /** When the kernel must have taken something. */
  get deadline() {
    return this.#isWriting ? this.lastProgress + WRITE_TIMEOUT : Infinity;
  }
  //% endif

  /** @param {Uint8Array} data */
  write(data) {
    this.writeAll([data]);
  }

  /** @param {Uint8Array[]} parts */
  writeAll(parts) {
    for (const part of parts) {
      this.#waiting.push(part);
      this.#waitingBytes += part.length;
    }
    this.#pump();
  }

  /** Shuts the sending side down behind all that was written. */
  end() {
    this.#isEnding = true;
    this.#pump();
  }

  #pump() {
    if (this.#isWriting) return;
    if (this.#waitingBytes > 0) this.#writePiece();
    else if (this.#isEnding && !this.#socket.writableEnded) {
      this.#socket.end();
      this.#trace?.line("shutdown", 0);
    }
  }

  #writePiece() {
    const parts = this.#nextPiece();
    const last = /** @type {Uint8Array} */ (parts.pop());
    this.#isWriting = true;
    this.lastProgress = performance.now();
    this.#socket.cork();
    for (const part of parts) this.#socket.write(part);
    this.#socket.write(last, (error) => {
      if (!error) this.#written();
    });
    this.#socket.uncork();
  }

  #nextPiece() {
    const parts = [];
    let room = PIECE;
    while (room > 0 && this.#waiting.length > 0) {
      const part = this.#waiting[0];
      if (part.length <= room) this.#waiting.shift();
      else this.#waiting[0] = part.subarray(room);
      parts.push(part.length <= room ? part : part.subarray(0, room));
      room -= parts[parts.length - 1].length;
    }
    this.#waitingBytes -= PIECE - room;
    return parts;
  }

  #written() {
    this.#isWriting = false;
    this.lastProgress = performance.now();
    this.#pump();
    this.#onProgress();
  }
}

/**
 * Calls back when all that was written is offered to the kernel: what is unsent then has to wait.
 *
 * @param {() => void} callback
 */
export function whenTried(callback) {
  // Node goes on with TLS's writes between its poll for input and its immediates.
  setImmediate(callback);
}
