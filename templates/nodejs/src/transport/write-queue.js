import { performance } from "node:perf_hooks";
//% if write_timeout
import { WRITE_TIMEOUT } from "../config.js";
//% endif

/**
 * The kernel is offered so much at a time. A socket tells only when a whole write is done, not how
 * far it has come: with shorter writes progress can be seen.
 */
const PIECE = 65536;
const NOTHING = Buffer.alloc(0);

/** What one socket has yet to send. */
export class WriteQueue {
  #socket;
  #onProgress;
  #trace;
  /** @type {Uint8Array[]} behind what the socket holds */
  #waiting = [];
  #waitingBytes = 0;
  #isStalled = false;
  #isEnding = false;
  /** When output last had to wait, or the kernel took some that had. */
  lastProgress = -Infinity;

  /**
   * @param {import("node:net").Socket} socket
   * @param {() => void} onProgress called when the kernel has taken what had to wait
   * @param {import("./trace.js").SocketTrace | null} trace
   */
  constructor(socket, onProgress, trace) {
    this.#socket = socket;
    this.#onProgress = onProgress;
    this.#trace = trace;
  }

  /**
   * The bytes that the kernel has not taken. While there are any, their memory is in use. (What the
   * kernel takes at once is out of a socket's writableLength when write() returns.)
   */
  get unsent() {
    return this.#socket.writableLength + this.#waitingBytes;
  }
  //% if write_timeout

  /** When the kernel must have taken something. */
  get deadline() {
    return this.#isStalled ? this.lastProgress + WRITE_TIMEOUT : Infinity;
  }
  //% endif

  /** @param {Uint8Array} data */
  write(data) {
    if (data.length > PIECE || this.unsent > 0) {
      this.writeAll([data]);
      return;
    }
    this.#socket.write(data);
    this.#afterWrite(data.length);
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
    while (this.#waitingBytes > 0 && !this.#isStalled) this.#writePiece();
    if (this.#isEnding && this.#waitingBytes === 0 && !this.#socket.writableEnded) {
      this.#socket.end();
      this.#trace?.line("shutdown", 0);
    }
  }

  #writePiece() {
    let room = PIECE;
    this.#socket.cork();
    while (room > 0 && this.#waiting.length > 0) {
      const part = this.#waiting[0];
      if (part.length <= room) this.#waiting.shift();
      else this.#waiting[0] = part.subarray(room);
      const piece = part.length <= room ? part : part.subarray(0, room);
      this.#socket.write(piece);
      room -= piece.length;
    }
    this.#socket.uncork();
    this.#waitingBytes -= PIECE - room;
    this.#afterWrite(PIECE - room);
  }

  /** @param {number} count */
  #afterWrite(count) {
    const isDone = this.#socket.writableLength === 0;
    this.#trace?.line("write", isDone ? count : "EAGAIN");
    if (!isDone) this.#stall();
  }

  /** Waits for the last write: an empty one behind it is done right after it. */
  #stall() {
    this.#isStalled = true;
    this.lastProgress = performance.now();
    this.#socket.write(NOTHING, (error) => {
      if (!error) this.#goOn();
    });
  }

  #goOn() {
    this.#trace?.line("write", "done");
    this.#isStalled = false;
    this.lastProgress = performance.now();
    this.#pump();
    this.#onProgress();
  }
}
