import { formatAddress } from "./address.js";
import { app } from "./app/app.js";
import { EnvironmentError, readSettings } from "./environment.js";
import { Log } from "./log.js";
import { EventLoopServer } from "./transport/event-loop.js";

/** @type {Record<string, string>} what a failure to listen means and what to do, by its code */
const ADVICE = {
  EADDRINUSE: "Address already in use; stop the other program or set PORT",
  EACCES: "Permission denied; set PORT to 1024 or above",
  EADDRNOTAVAIL: "Cannot assign requested address; set HOST to an address of this machine",
  EAFNOSUPPORT: "Address family not supported; set HOST to an address of another family",
};

/** What a second signal exits with. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 };

await main();

async function main() {
  // That nobody reads the log is no reason to stop.
  process.stdout.on("error", () => {});
  process.stderr.on("error", () => {});
  const settings = readSettingsOrExit();
  const log = new Log(settings.logLevel);
  const server = new EventLoopServer(app, log, settings);
  drainOnSignals(server, log);
  try {
    const address = await server.listen();
    log.info("listening", { address });
    process.stdout.write(`listening on ${address}\n`);
  } catch (error) {
    exitWith(`cannot listen on ${formatAddress(settings.host, settings.port)}: ${explain(error)}`);
  }
}

function readSettingsOrExit() {
  try {
    return readSettings(process.env);
  } catch (error) {
    if (error instanceof EnvironmentError) exitWith(error.message);
    throw error;
  }
}

/**
 * @param {string} message
 * @returns {never}
 */
function exitWith(message) {
  process.stderr.write(`error: ${message}\n`);
  process.exit(1);
}

/** @param {unknown} error */
function explain(error) {
  const { code = "", message = String(error) } = /** @type {NodeJS.ErrnoException} */ (error);
  return ADVICE[code] ?? `${message}; set HOST and PORT to an address that can be used`;
}

/**
 * The first signal ends the server in good order, a second one at once.
 *
 * @param {EventLoopServer} server
 * @param {Log} log
 */
function drainOnSignals(server, log) {
  let isDraining = false;
  for (const [signal, exitCode] of Object.entries(EXIT_CODES)) {
    process.on(signal, async () => {
      if (isDraining) process.exit(exitCode);
      isDraining = true;
      await server.drain();
      log.info("stopped");
      process.exit(0);
    });
  }
}
