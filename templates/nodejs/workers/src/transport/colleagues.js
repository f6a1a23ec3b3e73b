//% if shares
import { HIGH_WATERMARK } from "../config.js";
import { Session } from "../protocol/session.js";
//% endif
//% if websocket or shares
import { tellPrimary } from "../tell.js";
//% endif

/** @typedef {import("../messages.js").ToWorker} ToWorker */
//% if pages and metrics
/** @typedef {import("../metrics.js").Samples} Samples */
//% endif
//% if shares
/** @typedef {import("../messages.js").Content} Content */
//% endif

/** What the connections of this process have to do with the other processes. */
export class Colleagues {
  #loop;
  //% if websocket
  #lastId = 0;
  /** @type {Map<number, { destroy: () => void }>} all that are not closed */
  #sockets = new Map();
  //% endif
  //% if pages and metrics
  #lastReport = 0;
  /** @type {Map<number, (samples: Samples) => void>} that wait for the primary */
  #reports = new Map();
  //% endif
  //% if shares
  /** Whether so many broadcasts are on their way that no more input is read. */
  isCongested = false;
  #unhandled = 0; // bytes of broadcasts that other processes have not handled
  //% endif
  //% if shares and overflow_pause
  #overflowing = 0;
  /** @type {number[]} broadcasts that count as handled when nothing overflows any more */
  #tickets = [];
  //% endif

  /** @param {import("./event-loop.js").Loop} loop */
  constructor(loop) {
    this.#loop = loop;
  }

  /** @param {ToWorker} message */
  told(message) {
    const { turns } = this.#loop;
    turns.begin();
    this.#handle(message);
    turns.end();
    //% if shares and overflow_pause
    if (this.#overflowing === 0) this.#acknowledge();
    //% endif
  }

  /** @param {ToWorker} message */
  #handle(message) {
    switch (message.type) {
      case "admitted":
        return this.#loop.context.registry.answered(message.id, message.refusal);
      //% if pages and metrics
      case "reported":
        this.#reports.get(message.id)?.(message.samples);
        this.#reports.delete(message.id);
        return;
      //% endif
      //% if websocket
      case "dismiss":
        return this.#sockets.get(message.id)?.destroy();
      //% endif
      //% if shares
      case "deliver":
        return this.#deliver(message.ticket, message.content);
      case "relieve":
        return this.#relieve(message.bytes);
      //% endif
      //% if shares and overflow_close
      case "flooded":
        return this.#giveUp();
      //% endif
    }
  }
  //% if pages and metrics

  /** @param {(samples: Samples) => void} done is given what all processes have counted */
  report(done) {
    const id = ++this.#lastReport;
    this.#reports.set(id, done);
    tellPrimary({ type: "report", id });
  }
  //% endif
  //% if websocket

  /**
   * A socket was accepted, maybe one too many.
   *
   * @param {{ destroy: () => void }} socket
   */
  arrive(socket) {
    const id = ++this.#lastId;
    this.#sockets.set(id, socket);
    tellPrimary({ type: "arrive", id });
    return id;
  }

  /** @param {number} id */
  depart(id) {
    this.#sockets.delete(id);
    tellPrimary({ type: "depart" });
  }
  //% endif
  //% if shares

  /**
   * Passes a broadcast to the connections of other processes.
   *
   * @param {Content} content
   */
  share(content) {
    tellPrimary({ type: "share", content });
    this.#unhandled += content.data.length;
    if (this.isCongested || this.#unhandled <= HIGH_WATERMARK) return;
    this.isCongested = true;
    for (const connection of this.#loop.connections) connection.holdInput();
  }

  /** @param {number} bytes */
  #relieve(bytes) {
    this.#unhandled -= bytes;
    if (!this.isCongested || this.#unhandled > HIGH_WATERMARK / 2) return;
    this.isCongested = false;
    for (const connection of this.#loop.connections) connection.releaseInput();
  }

  /**
   * @param {number} ticket
   * @param {Content} content
   */
  #deliver(ticket, content) {
    Session.deliver(this.#loop.context, content, null);
    //% if overflow_pause
    this.#tickets.push(ticket);
    //% endif
    //% if not overflow_pause
    tellPrimary({ type: "delivered", ticket });
    //% endif
  }
  //% endif
  //% if shares and overflow_close

  /** A broadcast did not get here, since so many are on their way: connections cannot go on. */
  #giveUp() {
    for (const receiver of this.#loop.context.registry.receivers) receiver.overflowed();
  }
  //% endif
  //% if shares and overflow_pause

  /** A connection has too much unsent. Broadcasts go on being held back until it has not. */
  overflowed() {
    this.#overflowing++;
  }

  relieved() {
    this.#overflowing--;
    if (this.#overflowing === 0) this.#acknowledge();
  }

  #acknowledge() {
    for (const ticket of this.#tickets) tellPrimary({ type: "delivered", ticket });
    this.#tickets.length = 0;
  }
  //% endif
}
