import { CLOSE_TIMEOUT, SEND_BUFFER } from "../config.js";
//% if idle_timeout
import { IDLE_TIMEOUT } from "../config.js";
//% endif
//% if metrics
import { count } from "../metrics.js";
//% endif
import { appendMessage } from "./framing.js";
//% if framing_length
import { MAX_EXPRESSIBLE } from "./framing.js";
//% endif
import { MessageReader } from "./message-reader.js";
import { Output } from "./output.js";
//% if framing_length
import { DOES_NOT_FIT_PREFIX } from "./reasons.js";
//% endif
//% if custom
import { INTERNAL_ERROR } from "./reasons.js";
//% endif
//% if overflow_close
import { TOO_SLOW } from "./reasons.js";
//% endif

/** @typedef {import("./capacity.js").Applicant} Applicant */
/** @typedef {import("./message-reader.js").Receiver} Receiver */

/**
 * What all sessions share.
 *
 * @typedef {object} Context
 * @property {import("../app/app.js").App} app
 * @property {import("../log.js").Log} log
 * @property {import("../environment.js").Settings} settings
 * @property {import("./output.js").Arena} arena
 * @property {import("./registry.js").Registry} registry
//% if several_workers and (broadcast or custom)
 * @property {(content: { data: Uint8Array }) => void} share passes a broadcast to the connections of
 *   other processes
//% endif
//% if metrics
 * @property {import("../metrics.js").Metrics} metrics
//% endif
 * @property {number} now the time in milliseconds, of any clock; the transport keeps it
 */

/**
 * What carries a session's bytes.
 *
 * @typedef {object} Transport
 * @property {string} peer the peer's address and port
//% if per_client
 * @property {string} client the peer's IP address
//% endif
 * @property {() => void} scheduleFlush has the output written when the input at hand is handled
 * @property {() => void} flush writes the output
 * @property {() => void} shutDown ends the sending side behind the output
 * @property {() => void} destroy closes at once
//% if several_workers
 * @property {() => void} holdInput reads nothing for now
 * @property {() => void} releaseInput reads again
//% endif
//% if overflow_pause
 * @property {() => void} readOn ends a pause
//% endif
 */

const WAITING = 0; // for a place among the open connections
const OPEN = 1;
const ENDED = 2; // the sending side is shut down, input is dropped

/** A deadline that is set when the clock is at hand. */
const UNSET = 0;
const NEVER = Infinity;

/**
 * One connection: bytes come in, the application is called, bytes go out. It reads no clock and
 * touches no socket.
 *
 * @implements {Receiver}
 * @implements {Applicant}
 */
export class Session {
  /** When tick() is due at the latest. Input may postpone it without changing this. */
  deadline = NEVER;
  output = new Output();
  //% if custom
  /** @type {unknown} */
  data = undefined;
  //% endif
  #context;
  #transport;
  #state = WAITING;
  #isAdmitted = false;
  #messages;
  //% if several_workers or overflow_pause
  #hasInputEnded = false; // before that could be handled
  //% endif
  //% if idle_timeout
  #lastInput = 0;
  //% endif
  //% if overflow_pause
  #isPaused = false;
  //% endif
  //% if overflow_drop
  #isDropping = false;
  //% endif

  /**
   * @param {Context} context
   * @param {Transport} transport
   */
  constructor(context, transport) {
    this.#context = context;
    this.#transport = transport;
    //% if framing_none
    this.#messages = new MessageReader(this);
    //% endif
    //% if not framing_none
    this.#messages = new MessageReader(this, context.settings.maxMessage);
    //% endif
  }

  get peer() {
    return this.#transport.peer;
  }
  //% if per_client

  get client() {
    return this.#transport.client;
  }
  //% endif

  /** The connection was accepted. */
  start() {
    //% if several_workers
    this.#transport.holdInput();
    //% endif
    this.#context.registry.admit(this);
  }

  /** @param {string | null} refusal why there is no room for the connection */
  admitted(refusal) {
    //% if several_workers
    if (this.#state === ENDED) {
      // It went while its place was asked for.
      if (refusal === null) this.#context.registry.leave(this);
      return;
    }
    this.#transport.releaseInput();
    //% endif
    if (refusal === null) {
      this.#open();
      //% if several_workers
      if (this.#hasInputEnded) this.inputEnded();
      //% endif
      return;
    }
    //% if metrics
    count(this.#context.metrics.refused, `{reason="${refusal}"}`);
    //% endif
    this.#context.log.info("refused", { peer: this.peer, reason: refusal });
    this.#transport.destroy();
  }

  /** @param {Buffer} bytes what the peer sent */
  receive(bytes) {
    //% if idle_timeout
    this.#lastInput = this.#context.now;
    //% endif
    //% if rate_limit
    this.#messages.refill(this.#context.now);
    //% endif
    this.#messages.read(bytes);
  }

  /** The peer's stream has ended. */
  inputEnded() {
    //% if overflow_pause
    if (this.#isPaused) {
      // What came before it is handled first.
      this.#hasInputEnded = true;
      return;
    }
    //% endif
    //% if several_workers
    if (this.#state === WAITING) this.#hasInputEnded = true;
    //% endif
    if (this.#state === OPEN) this.#end();
  }

  /** The connection is closed. */
  closed() {
    this.#leave();
    if (!this.#isAdmitted) return;
    this.#context.registry.leave(this);
    //% if metrics
    this.#context.metrics.connections--;
    count(this.#context.metrics.closed, "");
    //% endif
    //% if custom
    this.#context.app.onClose?.(this);
    //% endif
    this.#context.log.debug("closed", { peer: this.peer });
  }

  /** Ends because the server stops. */
  goAway() {
    //% if several_workers
    if (this.#state === WAITING) this.#transport.destroy();
    //% endif
    this.#endIfOpen();
  }

  /** Input and output are handled for now. */
  settle() {
    if (this.deadline !== UNSET) return;
    this.deadline = this.#state === OPEN ? NEVER : this.#context.now + CLOSE_TIMEOUT;
    //% if idle_timeout
    if (this.#state === OPEN) this.deadline = this.#lastInput + IDLE_TIMEOUT;
    //% endif
  }

  /**
   * The deadline is reached.
   *
   * @param {number} lastProgress when output was last taken by the kernel, if some was waiting
   */
  tick(lastProgress) {
    //% if idle_timeout
    if (this.#state === OPEN) return this.#tickOpen();
    //% endif
    // A peer that still takes what it is owed is given the time.
    this.deadline = lastProgress + CLOSE_TIMEOUT;
    if (this.deadline <= this.#context.now) this.#transport.destroy();
  }
  //% if overflow_pause

  /** Handles no messages behind the current one for now, if the connection is open. */
  pause() {
    if (this.#state !== OPEN) return false;
    this.#isPaused = true;
    //% if not framing_none
    this.#messages.pause();
    //% endif
    return true;
  }

  resume() {
    this.#isPaused = false;
    //% if idle_timeout
    this.#lastInput = this.#context.now;
    //% endif
    //% if not framing_none
    this.#messages.resume();
    //% endif
    if (this.#hasInputEnded) this.inputEnded();
  }
  //% endif
  //% if overflow_close

  /** Too much is unsent. */
  overflowed() {
    this.fail(TOO_SLOW);
  }
  //% endif
  //% if overflow_drop

  /** @param {boolean} isOverflowing whether too much is unsent */
  dropMessages(isOverflowing) {
    this.#isDropping = isOverflowing;
  }
  //% endif

  // What the application calls.
  //% if echo or custom

  /** @param {string | Uint8Array} data */
  send(data) {
    const payload = payloadOf(data);
    if (!this.#takesMessages) return;
    //% if framing_length
    if (!this.#fits(payload)) return;
    //% endif
    appendMessage(this.output, this.#context.arena, payload);
    this.#messageQueued();
  }
  //% endif
  //% if broadcast or custom

  /** @param {string | Uint8Array} data */
  broadcast(data) {
    const payload = payloadOf(data);
    Session.deliver(this.#context, { data: payload }, this);
    //% if several_workers
    this.#context.share({ data: payload });
    //% endif
  }

  /**
   * Sends a broadcast to the connections of this process.
   *
   * @param {Context} context
   * @param {{ data: Uint8Array }} content
   * @param {Session | null} sender
   */
  static deliver({ arena, registry }, { data }, sender) {
    /** @type {Output | null} */
    let encoded = null;
    for (const receiver of registry.receivers) {
      if (receiver === sender || !receiver.#takesMessages) continue;
      //% if framing_length
      if (!receiver.#fits(data)) continue;
      //% endif
      encoded ??= encode(data, arena);
      receiver.output.appendAll(encoded);
      receiver.#messageQueued();
    }
  }
  //% endif

  get #takesMessages() {
    //% if overflow_drop
    if (this.#isDropping) return false;
    //% endif
    return this.#state === OPEN;
  }
  //% if framing_length

  /** @param {Uint8Array} payload */
  #fits(payload) {
    if (payload.length <= MAX_EXPRESSIBLE) return true;
    this.fail(DOES_NOT_FIT_PREFIX);
    return false;
  }
  //% endif
  //% if custom

  /** Ends behind all that was sent. */
  close() {
    this.#endIfOpen();
  }

  /** @param {unknown} error what a handler threw */
  handlerFailed(error) {
    const text = error instanceof Error ? error.message : String(error);
    this.#context.log.error("handler-failed", { peer: this.peer, error: text });
    this.fail(INTERNAL_ERROR);
  }
  //% endif

  // What the message reader calls.

  /** @param {Buffer} data */
  messageArrived(data) {
    //% if metrics
    this.#context.metrics.measure(() => this.#context.app.onMessage(this, data));
    //% endif
    //% if not metrics
    this.#context.app.onMessage(this, data);
    //% endif
  }

  /** @param {string} reason */
  fail(reason) {
    if (this.#state !== OPEN) return;
    this.#context.log.info("failed", { peer: this.peer, reason });
    this.#end();
  }

  #open() {
    //% if broadcast or custom
    this.#context.registry.receivers.add(this);
    //% endif
    //% if metrics
    this.#context.metrics.connections++;
    //% endif
    this.#isAdmitted = true;
    this.#state = OPEN;
    //% if idle_timeout
    this.#lastInput = this.#context.now;
    //% endif
    this.#context.log.debug("opened", { peer: this.peer });
    //% if custom
    this.#context.app.onOpen?.(this);
    //% endif
    this.deadline = UNSET;
    this.#transport.scheduleFlush();
  }
  //% if idle_timeout

  #tickOpen() {
    //% if overflow_pause
    // Whether the peer is alive cannot be told while nothing is read.
    if (this.#isPaused) this.#lastInput = this.#context.now;
    //% endif
    this.deadline = this.#lastInput + IDLE_TIMEOUT;
    if (this.deadline <= this.#context.now) this.#end();
  }
  //% endif

  #endIfOpen() {
    if (this.#state === OPEN) this.#end();
  }

  /** Ends the sending side behind the output, and drops all input from now on. */
  #end() {
    this.#leave();
    this.#messages.stop();
    this.#transport.shutDown();
    //% if overflow_pause
    if (this.#isPaused) this.#transport.readOn();
    //% endif
  }

  #leave() {
    this.#state = ENDED;
    this.deadline = UNSET;
    //% if broadcast or custom
    this.#context.registry.receivers.delete(this);
    //% endif
  }

  #messageQueued() {
    //% if metrics
    this.#context.metrics.messagesSent++;
    //% endif
    if (this.output.length >= SEND_BUFFER) this.#transport.flush();
    this.#transport.scheduleFlush();
  }
}

//% if broadcast or custom
/**
 * @param {Uint8Array} payload
 * @param {import("./output.js").Arena} arena
 */
function encode(payload, arena) {
  const encoded = new Output();
  appendMessage(encoded, arena, payload);
  return encoded;
}

//% endif
/** @param {string | Uint8Array} data */
function payloadOf(data) {
  if (typeof data === "string") return Buffer.from(data);
  if (data instanceof Uint8Array) return data;
  throw new TypeError("a message is a string or a Uint8Array");
}
