import { createServer } from "node:http";
import { isIP } from "node:net";
import { formatAddress } from "../address.js";
import { METRICS_PATH, METRICS_PORT } from "../config.js";
//% if health
import { HEALTH_PATH } from "../config.js";
//% endif
import { CONTENT_TYPE } from "../exposition.js";
import { StartError } from "../start-error.js";

/** @typedef {import("node:http").ServerResponse} ServerResponse */

/**
 * What is served beside the server itself.
 *
 * @typedef {object} Status
 * @property {() => Promise<string>} metrics
//% if health
 * @property {() => boolean} isDraining
//% endif
 */

/**
 * Serves the metrics on a port of their own.
 *
 * @param {string} host the server's; IPv4's loopback address stands for a unix socket
 * @param {Status} status
 */
export async function serveStatus(host, status) {
  const server = createServer(async (request, response) => {
    const [path] = (request.url ?? "").split("?", 1);
    response.setHeader("Connection", "close");
    response.setHeader("Content-Type", "text/plain; charset=utf-8");
    if (request.method !== "GET") {
      response.setHeader("Allow", "GET");
      return answer(response, 405, "only GET is allowed\n");
    }
    //% if health
    if (path === HEALTH_PATH) {
      const isDraining = status.isDraining();
      return answer(response, isDraining ? 503 : 200, isDraining ? "draining\n" : "ok\n");
    }
    //% endif
    if (path !== METRICS_PATH) return answer(response, 404, "no such resource\n");
    response.setHeader("Content-Type", CONTENT_TYPE);
    answer(response, 200, await status.metrics());
  });
  const place = isIP(host) === 0 ? "127.0.0.1" : host;
  await new Promise((resolve, reject) => {
    server.once("error", ({ message }) => {
      const where = formatAddress(place, METRICS_PORT);
      const advice = "stop the other program";
      reject(new StartError(`cannot serve metrics on ${where}: ${message}; ${advice}`));
    });
    server.listen(METRICS_PORT, place, () => resolve(undefined));
  });
  // It does not keep the process alive.
  server.unref();
}

/**
 * @param {ServerResponse} response
 * @param {number} code
 * @param {string} body
 */
function answer(response, code, body) {
  response.statusCode = code;
  response.setHeader("Content-Length", Buffer.byteLength(body));
  response.end(body);
}
