import { CLOSE_TIMEOUT, HANDSHAKE_TIMEOUT, SEND_BUFFER } from "../config.js";
//% if idle_timeout
import { IDLE_TIMEOUT } from "../config.js";
//% endif
//% if heartbeat
import { PING_TIMEOUT } from "../config.js";
//% endif
//% if pages and health
import { HEALTH_PATH } from "../config.js";
//% endif
//% if pages and metrics
import { METRICS_PATH } from "../config.js";
import { CONTENT_TYPE, formatMetrics } from "../exposition.js";
//% endif
//% if metrics
import { count } from "../metrics.js";
//% endif
//% if broadcast or custom
import { BroadcastMessage } from "./broadcast-message.js";
//% endif
import { ABNORMAL, formatClose, judgeClose, parseClose } from "./close.js";
//% if custom
import { isSendable } from "./close.js";
//% endif
//% if heartbeat
import { PING_TIMED_OUT } from "./failure.js";
//% endif
import { FrameReader } from "./frame-reader.js";
import { OPCODE_BINARY, OPCODE_CLOSE, OPCODE_PING, OPCODE_PONG, OPCODE_TEXT } from "./frame.js";
import { NO_ROOM, TOO_SLOW } from "./handshake.js";
//% if pages
import { formatAnswer } from "./http.js";
//% endif
import { formatRefusal } from "./http.js";
//% if compression
import { Inflaters } from "./inflaters.js";
//% endif
import { Opening } from "./opening.js";
import { Sender } from "./sender.js";

/** @typedef {import("./capacity.js").Applicant} Applicant */
/** @typedef {import("./failure.js").Failure} Failure */
/** @typedef {import("./frame-reader.js").Receiver} Receiver */
/** @typedef {import("./opening.js").Outcome} Outcome */

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
 * @property {(content: { data: Uint8Array, isBinary: boolean }) => void} share passes a broadcast to
 *   the connections of other processes
//% endif
//% if metrics
 * @property {import("../metrics.js").Metrics} metrics
//% endif
//% if pages and metrics and several_workers
 * @property {(done: (samples: import("../metrics.js").Samples) => void) => void} report adds up what
 *   all processes have counted
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
//% if heartbeat
 * @property {() => void} abort closes as soon as the output is written, or at once if it cannot be
//% endif
//% if overflow_pause
 * @property {() => void} readOn ends a pause
//% endif
 */

const HANDSHAKE = 0;
const OPEN = 1;
const CLOSING = 2; // a Close was sent, the peer's is awaited
const ENDED = 3; // the sending side is shut down, input is dropped

/** A deadline that is set when the clock is at hand. */
const UNSET = 0;
const NEVER = Infinity;
const NO_CLOSE = { code: ABNORMAL, reason: "" };
//% if heartbeat
const NOTHING = Buffer.alloc(0);
//% endif
//% if custom
const MAX_REASON = 123;
//% endif

/**
 * One WebSocket connection: bytes come in, the application is called, bytes go out. It reads no
 * clock and touches no socket.
 *
 * @implements {Receiver}
 * @implements {Applicant}
 */
export class Session {
  /** When tick() is due at the latest. Input may postpone it without changing this. */
  deadline = UNSET;
  //% if custom
  subprotocol = "";
  /** @type {unknown} */
  data = undefined;
  //% endif
  #context;
  #transport;
  #sender;
  #state = HANDSHAKE;
  /** @type {Opening | null} */
  #opening;
  /** @type {FrameReader | null} since the handshake */
  #frames = null;
  //% if metrics
  #began = 0; // when it was accepted
  //% endif
  #closeCode = 0; // 0 until it is known how the connection ended
  //% if heartbeat or idle_timeout
  #lastInput = 0;
  //% endif
  //% if heartbeat
  #pingSent = -Infinity;
  //% endif
  //% if overflow_pause
  #isPaused = false;
  //% endif
  //% if several_workers
  #isWaiting = false; // for what the other processes say
  #hasInputEnded = false; // while it waited
  //% endif

  /**
   * @param {Context} context
   * @param {Transport} transport
   */
  constructor(context, transport) {
    this.#context = context;
    this.#transport = transport;
    this.#sender = new Sender(context.arena);
    this.#opening = new Opening();
    //% if compression
    this.#opening.mayCompress = context.settings.compression;
    //% endif
    //% if auth
    this.#opening.tokens = context.settings.tokens;
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
  get output() {
    return this.#sender.output;
  }

  /** The connection was accepted. */
  start() {
    this.deadline = this.#context.now + HANDSHAKE_TIMEOUT;
    //% if metrics
    this.#began = this.#context.now;
    //% endif
  }

  //% if tls
  /** @param {number} accepted when the handshake began */
  countFrom(accepted) {
    this.deadline = accepted + HANDSHAKE_TIMEOUT;
    //% if metrics
    this.#began = accepted;
    //% endif
  }

  //% endif
  /** @param {Buffer} bytes what the peer sent; it is unmasked in place */
  receive(bytes) {
    //% if heartbeat or idle_timeout
    this.#lastInput = this.#context.now;
    //% endif
    if (this.#frames === null) {
      this.#readHandshake(bytes);
      return;
    }
    //% if rate_limit
    this.#frames.refill(this.#context.now);
    //% endif
    this.#frames.read(bytes);
  }

  /** The peer's stream has ended. */
  inputEnded() {
    //% if several_workers
    if (this.#isWaiting) {
      this.#hasInputEnded = true;
      return;
    }
    //% endif
    if (this.#state === HANDSHAKE) this.#transport.destroy();
    if (this.#state === OPEN || this.#state === CLOSING) {
      this.#left(NO_CLOSE);
      this.#end();
    }
  }

  /** The TCP connection is closed. */
  closed() {
    //% if several_workers
    if (this.#state === HANDSHAKE) this.#state = ENDED;
    //% endif
    if (this.#frames === null) return;
    this.#left(NO_CLOSE);
    const { log, registry } = this.#context;
    registry.leave(this);
    //% if metrics
    this.#context.metrics.connections--;
    count(this.#context.metrics.closed, `{code="${this.#closeCode}"}`);
    //% endif
    this.#leave(ENDED);
    log.debug("closed", { peer: this.peer, code: this.#closeCode });
  }

  /** Says Close with 1001, or just closes if the handshake is in progress. */
  goAway() {
    if (this.#state === HANDSHAKE) this.#transport.destroy();
    else this.#beginClosing(1001, "server shutting down");
  }

  /** Input and output are handled for now. */
  settle() {
    if (this.deadline !== UNSET) return;
    this.deadline = this.#state === OPEN ? NEVER : this.#context.now + CLOSE_TIMEOUT;
    //% if heartbeat or idle_timeout
    if (this.#state === OPEN) this.deadline = this.#openDeadline();
    //% endif
  }

  /**
   * The deadline is reached.
   *
   * @param {number} lastProgress when output was last taken by the kernel, if some was waiting
   */
  tick(lastProgress) {
    //% if heartbeat or idle_timeout
    if (this.#state === OPEN) return this.#tickOpen();
    //% endif
    if (this.#state !== HANDSHAKE) return this.#tickClosing(lastProgress);
    this.#refuse(TOO_SLOW);
  }
  //% if overflow_pause

  /** Handles no frames behind the current message for now, if the connection is open. */
  pause() {
    if (this.#state !== OPEN) return false;
    this.#isPaused = true;
    this.#frames?.pause();
    return true;
  }

  resume() {
    this.#isPaused = false;
    //% if heartbeat or idle_timeout
    this.#lastInput = this.#context.now;
    //% endif
    this.#frames?.resume();
  }
  //% endif
  //% if overflow_close

  /** Too much is unsent. */
  overflowed() {
    this.#beginClosing(1013, "too slow");
  }
  //% endif
  //% if overflow_drop

  /** @param {boolean} isOverflowing whether too much is unsent */
  dropMessages(isOverflowing) {
    this.#sender.isDropping = isOverflowing;
  }
  //% endif

  // What the application calls.
  //% if echo or custom

  /**
   * @param {string | Uint8Array} data
   * @param {boolean} [isBinary]
   */
  send(data, isBinary = typeof data !== "string") {
    if (this.#state !== OPEN) return;
    this.#sender.sendMessage(isBinary ? OPCODE_BINARY : OPCODE_TEXT, payloadOf(data));
    //% if metrics
    this.#context.metrics.messagesSent++;
    //% endif
    this.#queued();
  }
  //% endif
  //% if broadcast or custom

  /**
   * @param {string | Uint8Array} data
   * @param {boolean} [isBinary]
   */
  broadcast(data, isBinary = typeof data !== "string") {
    const payload = payloadOf(data);
    Session.deliver(this.#context, { data: payload, isBinary }, this);
    //% if several_workers
    this.#context.share({ data: payload, isBinary });
    //% endif
  }

  /**
   * Sends a broadcast to the connections of this process.
   *
   * @param {Context} context
   * @param {{ data: Uint8Array, isBinary: boolean }} content
   * @param {Session | null} sender
   */
  static deliver({ arena, registry }, { data, isBinary }, sender) {
    const opcode = isBinary ? OPCODE_BINARY : OPCODE_TEXT;
    const message = new BroadcastMessage(arena, opcode, data);
    for (const receiver of registry.receivers) {
      if (receiver !== sender) receiver.#sendBroadcast(message);
    }
  }

  /** @param {BroadcastMessage} message */
  #sendBroadcast(message) {
    this.#sender.sendBroadcast(message);
    //% if metrics
    this.#context.metrics.messagesSent++;
    //% endif
    this.#queued();
  }
  //% endif
  //% if custom

  /**
   * @param {number} [code]
   * @param {string} [reason]
   */
  close(code = 1000, reason = "") {
    if (!isSendable(code)) throw new RangeError(`${code} is not a close code`);
    if (Buffer.byteLength(reason) > MAX_REASON) throw new RangeError("the reason is too long");
    this.#beginClosing(code, reason);
  }

  /** @param {unknown} error what a handler threw */
  handlerFailed(error) {
    const text = error instanceof Error ? error.message : String(error);
    this.#context.log.error("handler-failed", { peer: this.peer, error: text });
    this.#beginClosing(1011, "internal error");
  }
  //% endif

  // What the frame reader calls.

  /**
   * @param {Buffer} data
   * @param {number} opcode
   */
  messageArrived(data, opcode) {
    //% if metrics
    const { app, metrics } = this.#context;
    metrics.measure(() => app.onMessage(this, data, opcode === OPCODE_BINARY));
    //% endif
    //% if not metrics
    this.#context.app.onMessage(this, data, opcode === OPCODE_BINARY);
    //% endif
  }

  /**
   * @param {number} opcode
   * @param {Buffer} payload
   */
  controlArrived(opcode, payload) {
    if (opcode === OPCODE_CLOSE) this.#closeArrived(payload);
    if (opcode === OPCODE_PING) this.#sendControl(OPCODE_PONG, payload);
  }

  /** @param {Failure} failure */
  fail(failure) {
    const { code, reason } = failure;
    this.#context.log.info("failed", { peer: this.peer, code, reason });
    this.#sendControl(OPCODE_CLOSE, formatClose(code, reason));
    this.#left(failure);
    this.#end();
  }

  lostTrack() {
    this.#end();
  }

  /** @param {Buffer} payload */
  #closeArrived(payload) {
    const isReply = this.#state === CLOSING;
    const failure = isReply ? null : judgeClose(payload);
    if (failure !== null) return this.fail(failure);
    const close = parseClose(payload);
    if (!isReply) this.#sendControl(OPCODE_CLOSE, formatClose(close.code, ""));
    this.#left(close);
    this.#end();
  }

  /** @param {Buffer} bytes */
  #readHandshake(bytes) {
    const opening = this.#opening;
    if (!opening?.read(bytes)) return;
    if (opening.refusal !== null) return this.#refuse(opening.refusal);
    //% if pages
    if (opening.page !== null) return this.#sendPage(opening.page);
    //% endif
    //% if several_workers
    this.#wait();
    //% endif
    this.#context.registry.admit(this);
  }

  //% if pages
  /** @param {string} path */
  #sendPage(path) {
    //% if health
    if (path === HEALTH_PATH) return this.#answer("text/plain; charset=utf-8", "ok\n");
    //% endif
    //% if metrics and not several_workers
    if (path === METRICS_PATH) {
      this.#answer(CONTENT_TYPE, formatMetrics(this.#context.metrics.snapshot()));
    }
    //% endif
    //% if metrics and several_workers
    if (path === METRICS_PATH) {
      this.#wait();
      this.#context.report((samples) => this.#reported(samples));
    }
    //% endif
  }
  //% if metrics and several_workers

  /** @param {import("../metrics.js").Samples} samples */
  #reported(samples) {
    if (this.#state !== HANDSHAKE) return;
    this.#goOn();
    this.#answer(CONTENT_TYPE, formatMetrics(samples));
  }
  //% endif

  /**
   * @param {string} type
   * @param {string} body
   */
  #answer(type, body) {
    this.#sender.sendHandshake(formatAnswer(200, type, body));
    this.#end();
  }

  //% endif
  /** @param {string | null} refusal why there is no room for the connection */
  admitted(refusal) {
    //% if several_workers
    if (this.#state !== HANDSHAKE) {
      // It went while its place was asked for.
      if (refusal === null) this.#context.registry.leave(this);
      return;
    }
    this.#goOn();
    //% endif
    if (refusal !== null) return this.#refuse(NO_ROOM[refusal]);
    const outcome = /** @type {Opening} */ (this.#opening).accept();
    //% if require_subprotocol
    if (outcome.refusal) {
      this.#context.registry.leave(this);
      return this.#refuse(outcome.refusal);
    }
    //% endif
    this.#open(outcome);
    //% if several_workers
    if (this.#hasInputEnded) this.inputEnded();
    //% endif
  }
  //% if several_workers

  /** Reads nothing until the other processes have answered. */
  #wait() {
    this.#isWaiting = true;
    this.#transport.holdInput();
  }

  #goOn() {
    this.#isWaiting = false;
    this.#transport.releaseInput();
    //% if heartbeat or idle_timeout
    // Whether the peer is alive could not be told while nothing was read.
    this.#lastInput = this.#context.now;
    //% endif
  }
  //% endif

  /** @param {import("./http.js").Refusal} refusal */
  #refuse(refusal) {
    const { status, reason } = refusal;
    this.#sender.sendHandshake(formatRefusal(refusal));
    //% if metrics
    count(this.#context.metrics.refused, `{reason="${reason}"}`);
    //% endif
    this.#context.log.info("refused", { peer: this.peer, status, reason });
    this.#end();
  }

  /** @param {Outcome} outcome */
  #open(outcome) {
    this.#opening = null;
    this.#sender.sendHandshake(outcome.answer);
    const { log, settings } = this.#context;
    //% if broadcast or custom
    this.#context.registry.receivers.add(this);
    //% endif
    this.#state = OPEN;
    this.deadline = UNSET;
    this.#frames = new FrameReader(this, settings.maxMessage);
    //% if compression
    if (outcome.agreement) this.#acceptCompression(this.#frames, outcome.agreement);
    //% endif
    //% if metrics
    const { metrics, now } = this.#context;
    metrics.connections++;
    metrics.handshakes.observe((now - this.#began) / 1000);
    //% endif
    log.debug("opened", { peer: this.peer });
    this.#queued();
    //% if custom and subprotocols
    this.subprotocol = outcome.subprotocol ?? "";
    //% endif
    //% if custom
    this.#context.app.onOpen?.(this);
    //% endif
    if (outcome.rest.length > 0) this.receive(outcome.rest);
  }
  //% if compression

  /**
   * @param {FrameReader} frames
   * @param {import("./deflate.js").Agreement} agreement
   */
  #acceptCompression(frames, agreement) {
    this.#sender.acceptCompression(agreement);
    const inflaters = new Inflaters();
    //% if client_takeover
    inflaters.keepsWindow = !agreement.clientNoContextTakeover;
    //% endif
    frames.acceptCompression(inflaters);
  }
  //% endif
  //% if heartbeat or idle_timeout

  /** When an open connection is to be looked at. */
  #openDeadline() {
    let deadline = NEVER;
    //% if idle_timeout
    deadline = Math.min(deadline, this.#lastInput + IDLE_TIMEOUT);
    //% endif
    //% if heartbeat
    deadline = Math.min(deadline, this.#heartbeatDeadline());
    //% endif
    return deadline;
  }
  //% endif
  //% if heartbeat

  get #awaitsPong() {
    return this.#pingSent >= this.#lastInput;
  }

  #heartbeatDeadline() {
    if (this.#awaitsPong) return this.#pingSent + PING_TIMEOUT;
    const { pingInterval } = this.#context.settings;
    return pingInterval > 0 ? this.#lastInput + pingInterval : NEVER;
  }
  //% endif
  //% if heartbeat or idle_timeout

  #tickOpen() {
    const { now } = this.#context;
    //% if overflow_pause and (heartbeat or idle_timeout)
    // Whether the peer is alive cannot be told while nothing is read.
    if (this.#isPaused) this.#lastInput = now;
    //% endif
    //% if idle_timeout
    if (now >= this.#lastInput + IDLE_TIMEOUT) return this.#beginClosing(1001, "idle timeout");
    //% endif
    //% if heartbeat
    if (now >= this.#heartbeatDeadline()) {
      if (this.#awaitsPong) return this.#pingTimedOut();
      this.#pingSent = now;
      this.#sendControl(OPCODE_PING, NOTHING);
    }
    //% endif
    this.deadline = this.#openDeadline();
  }
  //% endif
  //% if heartbeat

  #pingTimedOut() {
    this.fail(PING_TIMED_OUT);
    this.#transport.abort();
  }
  //% endif

  /** @param {number} lastProgress */
  #tickClosing(lastProgress) {
    // A peer that still takes what it is owed is given the time.
    this.deadline = lastProgress + CLOSE_TIMEOUT;
    if (this.deadline > this.#context.now) return;
    if (this.#state === CLOSING) this.#end();
    else this.#transport.destroy();
  }

  /**
   * Says Close and waits for the peer's.
   *
   * @param {number} code
   * @param {string} reason
   */
  #beginClosing(code, reason) {
    if (this.#state !== OPEN) return;
    this.#leave(CLOSING);
    this.#frames?.measure();
    this.#sendControl(OPCODE_CLOSE, formatClose(code, reason));
    //% if overflow_pause
    if (this.#isPaused) this.#transport.readOn();
    //% endif
  }

  /** @param {number} state which is not open any more */
  #leave(state) {
    this.#state = state;
    this.deadline = UNSET;
    //% if broadcast or custom
    this.#context.registry.receivers.delete(this);
    //% endif
  }

  /** Ends the sending side behind the output, and drops all input from now on. */
  #end() {
    this.#leave(ENDED);
    this.#opening = null;
    this.#frames?.stop();
    this.#transport.shutDown();
  }

  /**
   * It is known how the connection ended.
   *
   * @param {Failure} close its code and reason
   */
  #left(close) {
    if (this.#closeCode !== 0) return;
    this.#closeCode = close.code;
    //% if custom
    this.#context.app.onClose?.(this, close.code, close.reason);
    //% endif
  }

  /**
   * @param {number} opcode
   * @param {Buffer} payload
   */
  #sendControl(opcode, payload) {
    this.#sender.sendControl(opcode, payload);
    this.#queued();
  }

  #queued() {
    if (this.output.length >= SEND_BUFFER) this.#transport.flush();
    this.#transport.scheduleFlush();
  }
}

/** @param {string | Uint8Array} data */
function payloadOf(data) {
  if (typeof data === "string") return Buffer.from(data);
  if (data instanceof Uint8Array) return data;
  throw new TypeError("a message is a string or a Uint8Array");
}
