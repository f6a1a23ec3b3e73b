import { app } from "./app/app.js";
import { readSettings } from "./environment.js";
import { EXIT_CODES } from "./exit-codes.js";
//% if metrics_port
import { formatMetrics } from "./exposition.js";
//% endif
import { explainListenError } from "./listen-error.js";
import { Log } from "./log.js";
import { StartError } from "./start-error.js";
import { EventLoopServer } from "./transport/event-loop.js";
//% if metrics_port
import { serveStatus } from "./transport/status-server.js";
//% endif

await main();

async function main() {
  // That nobody reads the log is no reason to stop.
  process.stdout.on("error", () => {});
  process.stderr.on("error", () => {});
  const settings = readSettingsOrExit();
  const log = new Log(settings.logLevel);
  const server = new EventLoopServer(app, log, settings);
  drainOnSignals(server, log);
  //% if tls and not windows
  process.on("SIGHUP", () => server.reload());
  //% endif
  //% if tls and windows
  if (process.platform !== "win32") process.on("SIGHUP", () => server.reload());
  //% endif
  try {
    const address = await server.listen();
    //% if metrics_port
    await serveStatus(settings.host, {
      metrics: async () => formatMetrics(server.metrics.snapshot()),
      //% if health
      isDraining: () => server.isDraining,
      //% endif
    });
    //% endif
    log.info("listening", { address });
    process.stdout.write(`listening on ${address}\n`);
  } catch (error) {
    exitWith(error instanceof StartError ? error.message : explainListenError(settings, error));
  }
}

function readSettingsOrExit() {
  try {
    return readSettings(process.env);
  } catch (error) {
    if (error instanceof StartError) exitWith(error.message);
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
      log.info("draining", { connections: server.connectionCount });
      await server.drain();
      log.info("stopped");
      process.exit(0);
    });
  }
}
