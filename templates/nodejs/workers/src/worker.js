import { app } from "./app/app.js";
import { EXIT_CODES } from "./exit-codes.js";
import { explainListenError } from "./listen-error.js";
import { StartError } from "./start-error.js";
import { tellPrimary } from "./tell.js";
import { EventLoopServer } from "./transport/event-loop.js";

/**
 * Serves as one of several processes, until the primary says otherwise.
 *
 * @param {import("./log.js").Log} log
 * @param {import("./environment.js").Settings} settings
 */
export async function runWorker(log, settings) {
  // The primary gets the signals too, and says what to do.
  for (const signal of Object.keys(EXIT_CODES)) process.on(signal, () => {});
  //% if tls
  process.on("SIGHUP", () => {});
  //% endif
  process.on("disconnect", () => process.exit(1));
  const server = new EventLoopServer(app, log, settings);
  process.on("message", (/** @type {import("./messages.js").ToWorker} */ message) => {
    if (message.type === "drain") drain(server);
    //% if tls
    else if (message.type === "reload") server.reload();
    //% endif
    //% if metrics
    else if (message.type === "count") report(server, message.ticket);
    //% endif
    //% if not udp or peers
    else server.told(message);
    //% endif
  });
  try {
    tellPrimary({ type: "listening", address: await server.listen() });
  } catch (error) {
    const isKnown = error instanceof StartError;
    const reason = isKnown ? error.message : explainListenError(settings, error);
    tellPrimary({ type: "failed", reason });
  }
}

//% if metrics
/**
 * @param {EventLoopServer} server
 * @param {number} ticket
 */
function report(server, ticket) {
  tellPrimary({ type: "counted", ticket, samples: server.metrics.snapshot() });
}

//% endif
/** @param {EventLoopServer} server */
async function drain(server) {
  //% if peers
  tellPrimary({ type: "draining", connections: server.connectionCount });
  //% endif
  await server.drain();
  process.exit(0);
}
