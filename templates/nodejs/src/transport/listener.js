import { Server } from "node:net";
import { Connection } from "./connection.js";

/** Accepts sockets, and makes connections of them. */
export class Listener extends Server {
  /**
   * @param {import("./event-loop.js").Loop} loop
   * @param {import("node:net").ServerOpts} options
   */
  constructor(loop, options) {
    super(options, (socket) => loop.connections.add(new Connection(loop, socket)));
  }
}
