import cluster from "node:cluster";
import { readSettings } from "./environment.js";
import { Log } from "./log.js";
import { Primary } from "./primary.js";
import { StartError } from "./start-error.js";
//% if metrics_port
import { serveStatus } from "./transport/status-server.js";
//% endif
//% if not udp
import { removeStaleSocket } from "./transport/stale-socket.js";
import { unixPath } from "./unix-path.js";
//% endif
import { runWorker } from "./worker.js";

await main();

async function main() {
  // That nobody reads the log is no reason to stop.
  process.stdout.on("error", () => {});
  process.stderr.on("error", () => {});
  try {
    const settings = readSettings(process.env);
    const log = new Log(settings.logLevel);
    if (!cluster.isPrimary) return await runWorker(log, settings);
    //% if not udp
    const path = unixPath(settings.host);
    if (path !== null) await removeStaleSocket(path);
    //% endif
    const primary = new Primary(log);
    //% if peers
    await primary.listen(settings);
    //% endif
    //% if metrics_port
    await serveStatus(settings.host, primary);
    //% endif
    primary.start();
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    process.stderr.write(`error: ${error.message}\n`);
    process.exit(1);
  }
}
