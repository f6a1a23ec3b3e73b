import { HIGH_WATERMARK } from "../config.js";
import { Session } from "../protocol/session.js";
import { clientOf, formatPeer } from "./peer.js";
//% if tls
import { socketBelow } from "./socket-below.js";
//% endif
import { SocketTrace } from "./trace.js";
//% if tls
import { Traffic } from "./traffic.js";
//% endif
import { WriteQueue } from "./write-queue.js";
//% if tls
import { whenTried } from "./write-queue.js";
//% endif

//% if not tls
/** @typedef {import("node:net").Socket} Socket */
//% endif
//% if tls
/** @typedef {import("node:tls").TLSSocket} Socket */
//% endif
/** @typedef {import("../protocol/session.js").Transport} Transport */
/** @typedef {import("./event-loop.js").Loop} Loop */

/** A longer timeout would overflow and fire at once. */
const MAX_TIMEOUT = 2 ** 31 - 1;

/**
 * One accepted socket: its bytes, its timer, and the pressure back to those who send too much. It
 * knows nothing of messages.
 *
 * @implements {Transport}
 */
export class Connection {
  peer;
  //% if per_client
  client;
  //% endif
  #loop;
  #socket;
  #session;
  #writes;
  #trace;
  //% if tls
  #traffic;
  //% endif
  #isScheduled = false;
  #isShuttingDown = false;
  #isOverflowing = false;
  //% if several_workers
  #holds = 0;
  //% endif
  //% if several_workers and websocket and not tls
  #id;
  //% endif
  /** @type {NodeJS.Timeout | undefined} */
  #timer;
  #timerDue = Infinity;
  //% if overflow_pause
  /** @type {Set<Connection>} whose unsent output this one waits for */
  #blockers = new Set();
  /** @type {Set<Connection>} that wait for this one's */
  #blocked = new Set();
  //% endif

  /**
   * @param {Loop} loop
   * @param {Socket} socket
   */
  constructor(loop, socket) {
    const client = clientOf(socket, loop.context.settings.host);
    this.peer = formatPeer(socket, client);
    //% if per_client
    this.client = client;
    //% endif
    this.#loop = loop;
    this.#socket = socket;
    //% if not tls
    this.#trace = loop.context.settings.socketDebug ? new SocketTrace(socket) : null;
    this.#trace?.line("accept", this.peer);
    //% endif
    //% if metrics and not tls
    loop.context.metrics.accepted++;
    //% endif
    //% if tls
    const below = socketBelow(socket);
    this.#trace = loop.context.settings.socketDebug ? new SocketTrace(below) : null;
    this.#traffic = new Traffic(below);
    //% endif
    this.#writes = new WriteQueue(socket, () => this.#progressed(), this.#trace);
    this.#session = new Session(loop.context, this);
    //% if several_workers and websocket and not tls
    this.#id = loop.colleagues.arrive(this);
    //% endif
    this.#listen();
    this.#start();
  }

  #listen() {
    this.#socket.on("data", (bytes) => this.#read(/** @type {Buffer} */ (bytes)));
    this.#socket.on("end", () => this.#inputEnded());
    this.#socket.on("close", () => this.#closed());
    // Whatever the error, the socket closes: all there is to do is done then.
    this.#socket.on("error", (error) => this.#trace?.line("error", error.message));
  }

  #start() {
    this.#loop.turns.begin();
    //% if shares
    if (this.#loop.colleagues.isCongested) this.holdInput();
    //% endif
    this.#session.start();
    this.#loop.turns.end();
    this.#arm();
  }

  //% if tls and websocket
  /** @param {number} accepted when the socket was: the TLS handshake has had its part of the time */
  countFrom(accepted) {
    this.#session.countFrom(accepted);
    this.#arm();
  }

  //% endif
  /** Ends in good order because the server stops. */
  goAway() {
    this.#session.goAway();
  }

  //% if several_workers
  /** Reads nothing until released as many times. */
  holdInput() {
    this.#holds++;
    this.#socket.pause();
  }

  releaseInput() {
    this.#holds--;
    this.#resumeReading();
  }

  //% endif
  scheduleFlush() {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#loop.turns.schedule(this);
  }

  /** Does what was scheduled. */
  conclude() {
    this.#isScheduled = false;
    this.flush();
    if (this.#isShuttingDown) this.#writes.end();
    this.#session.settle();
    this.#arm();
  }

  flush() {
    const { output } = this.#session;
    if (output.length === 0 || this.#socket.destroyed) return;
    //% if metrics and not tls
    this.#loop.context.metrics.bytesSent += output.length;
    //% endif
    const data = output.take();
    if (Array.isArray(data)) this.#writes.writeAll(data);
    else this.#writes.write(data);
    if (this.#writes.unsent === 0) return;
    this.#loop.context.arena.hold();
    //% if not tls
    if (this.#writes.unsent > HIGH_WATERMARK) this.#overflow();
    //% endif
    //% if tls
    if (this.#writes.unsent > HIGH_WATERMARK) this.#checkOverflow();
    //% endif
  }

  shutDown() {
    this.#isShuttingDown = true;
    this.scheduleFlush();
  }

  destroy() {
    this.#socket.destroy();
  }
  //% if heartbeat

  abort() {
    this.flush();
    //% if not tls
    this.#destroyWhenSent();
    //% endif
    //% if tls
    whenTried(() => this.#destroyWhenSent());
    //% endif
  }

  #destroyWhenSent() {
    if (this.#writes.unsent > 0) this.#socket.destroy();
    else this.#socket.destroySoon();
  }
  //% endif

  /** @param {Buffer} bytes */
  #read(bytes) {
    const { turns } = this.#loop;
    //% if not tls
    this.#trace?.line("read", bytes.length);
    //% endif
    //% if metrics and not tls
    this.#loop.context.metrics.bytesReceived += bytes.length;
    //% endif
    //% if tls
    this.#countTraffic();
    //% endif
    turns.begin();
    //% if overflow_pause
    turns.cause = this;
    //% endif
    this.#session.receive(bytes);
    turns.end();
    //% if overflow_pause
    turns.cause = null;
    //% endif
  }

  //% if tls
  #countTraffic() {
    //% if not metrics
    if (this.#trace === null) return;
    //% endif
    const received = this.#traffic.received();
    const sent = this.#traffic.sent();
    if (received > 0) this.#trace?.line("read", received);
    if (sent > 0) this.#trace?.line("write", sent);
    //% if metrics
    this.#loop.context.metrics.bytesReceived += received;
    this.#loop.context.metrics.bytesSent += sent;
    //% endif
  }

  //% endif
  #inputEnded() {
    this.#trace?.line("read", 0);
    this.#loop.turns.begin();
    this.#session.inputEnded();
    this.#loop.turns.end();
  }

  #closed() {
    //% if tls
    this.#countTraffic();
    //% endif
    this.#trace?.line("close", 0);
    clearTimeout(this.#timer);
    this.#loop.connections.delete(this);
    //% if several_workers and websocket and not tls
    this.#loop.colleagues.depart(this.#id);
    //% endif
    //% if shares and overflow_pause
    if (this.#isOverflowing) this.#loop.colleagues.relieved();
    //% endif
    this.#loop.turns.begin();
    this.#session.closed();
    //% if overflow_pause
    this.#stopBlocking();
    for (const blocker of this.#blockers) blocker.#blocked.delete(this);
    //% endif
    this.#loop.turns.end();
    this.#loop.closed();
  }

  /** Makes sure that the timer fires in time. One that fires early is set again then. */
  #arm() {
    const due = this.#due();
    if (due >= this.#timerDue || this.#socket.destroyed) return;
    const delay = Math.max(Math.ceil(due - this.#loop.context.now), 1);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#tick(), Math.min(delay, MAX_TIMEOUT));
    this.#timerDue = due;
  }

  #due() {
    //% if write_timeout
    if (this.#writes.deadline < this.#session.deadline) return this.#writes.deadline;
    //% endif
    return this.#session.deadline;
  }

  #tick() {
    const { context, turns } = this.#loop;
    turns.begin();
    this.#timerDue = Infinity;
    //% if write_timeout
    if (context.now >= this.#writes.deadline) this.#socket.destroy();
    //% endif
    if (context.now >= this.#session.deadline) this.#session.tick(this.#writes.lastProgress);
    this.#session.settle();
    this.#arm();
    turns.end();
  }

  //% if tls
  /** Too much is unsent, unless the kernel takes it as soon as TLS offers it. */
  #checkOverflow() {
    if (this.#isOverflowing) return this.#overflow();
    const { turns } = this.#loop;
    //% if overflow_pause
    const { cause } = turns;
    //% endif
    whenTried(() => {
      if (this.#writes.unsent <= HIGH_WATERMARK || this.#socket.destroyed) return;
      turns.begin();
      //% if overflow_pause
      turns.cause = cause;
      //% endif
      this.#overflow();
      turns.end();
      //% if overflow_pause
      turns.cause = null;
      //% endif
    });
  }

  //% endif
  #overflow() {
    //% if metrics
    if (!this.#isOverflowing) this.#loop.context.metrics.backpressure++;
    //% endif
    //% if shares and overflow_pause
    if (!this.#isOverflowing) this.#loop.colleagues.overflowed();
    //% endif
    this.#isOverflowing = true;
    //% if overflow_pause
    const { cause } = this.#loop.turns;
    if (cause !== null) cause.#waitFor(this);
    //% endif
    //% if overflow_close
    this.#session.overflowed();
    //% endif
    //% if overflow_drop
    this.#session.dropMessages(true);
    //% endif
  }

  /** The kernel has taken output that had to wait. */
  #progressed() {
    //% if tls
    this.#countTraffic();
    //% endif
    const isRelieved = this.#isOverflowing && this.#writes.unsent <= HIGH_WATERMARK / 2;
    if (!isRelieved) return;
    //% if shares and overflow_pause
    this.#loop.colleagues.relieved();
    //% endif
    this.#isOverflowing = false;
    //% if overflow_pause
    this.#loop.turns.begin();
    this.#stopBlocking();
    this.#loop.turns.end();
    //% endif
    //% if overflow_drop
    this.#session.dropMessages(false);
    //% endif
  }
  //% if overflow_pause

  /** @param {Connection} blocker whose output must go down before more is read here */
  #waitFor(blocker) {
    if (!this.#session.pause()) return;
    this.#socket.pause();
    this.#blockers.add(blocker);
    blocker.#blocked.add(this);
  }

  #stopBlocking() {
    const blocked = [...this.#blocked];
    this.#blocked.clear();
    for (const connection of blocked) {
      connection.#blockers.delete(this);
      if (connection.#blockers.size === 0) connection.readOn();
    }
  }

  readOn() {
    const { turns } = this.#loop;
    for (const blocker of this.#blockers) blocker.#blocked.delete(this);
    this.#blockers.clear();
    turns.begin();
    const { cause } = turns;
    turns.cause = this;
    this.#session.resume();
    turns.cause = cause;
    turns.end();
    this.#resumeReading();
  }
  //% endif
  //% if overflow_pause or several_workers

  #resumeReading() {
    //% if overflow_pause
    if (this.#blockers.size > 0) return;
    //% endif
    //% if several_workers
    if (this.#holds > 0) return;
    //% endif
    this.#socket.resume();
  }
  //% endif
}
