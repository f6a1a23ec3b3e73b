// Starts the server, speaks to it over a socket, and stops it.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { isIPv6 } from "node:net";
import { test } from "node:test";
import { fileURLToPath, URL } from "node:url";
import { HOST } from "../src/config.js";

const MAIN = fileURLToPath(new URL("../src/main.js", import.meta.url));
const LOOPBACK = isIPv6(HOST) ? "::1" : "127.0.0.1";

/** @returns {Promise<[import("node:child_process").ChildProcess, number]>} */
async function start() {
  const env = { ...process.env, HOST: LOOPBACK, PORT: "0" };
  const server = spawn(process.execPath, [MAIN], { env, stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(server.stdout, "data");
  const match = /^listening on .*:(\d+)\n$/.exec(String(line));
  assert.ok(match, String(line));
  return [server, Number(match[1])];
}

/** Says hello. */
class Client {
  socket = createSocket(isIPv6(LOOPBACK) ? "udp6" : "udp4");
  #port;
  //% if reliability
  #number = 0;
  //% endif

  /** @param {number} port */
  constructor(port) {
    this.#port = port;
  }

  greet() {
    const parts = [Buffer.from("hello")];
    //% if reliability
    // Data, session 7.
    parts.unshift(Buffer.from([0, 0, 0, 7, 0, 0, 0, this.#number++]));
    //% endif
    this.socket.send(parts, this.#port, LOOPBACK);
  }
}

//% if echo or broadcast
/**
 * Waits for a greeting; acknowledgements may come before it.
 *
 * @param {Client} client
 */
async function isGreeted(client) {
  for (;;) {
    const [received] = await once(client.socket, "message");
    if (received.toString("latin1").endsWith("hello")) return;
  }
}

//% endif
test("serves and stops", { timeout: 10000 }, async () => {
  const [server, port] = await start();
  const client = new Client(port);
  try {
    client.greet();
    //% if echo
    await isGreeted(client);
    //% endif
    //% if broadcast
    const other = new Client(port);
    // What was sent before may be handled later.
    const timer = setInterval(() => other.greet(), 100);
    other.greet();
    await isGreeted(client);
    clearInterval(timer);
    other.socket.close();
    //% endif
    server.kill("SIGTERM");
    const status = await once(server, "exit");
    //% if not windows
    assert.deepEqual(status, [0, null]);
    //% endif
    //% if windows
    // Windows ends a process at once.
    if (process.platform !== "win32") assert.deepEqual(status, [0, null]);
    //% endif
  } finally {
    client.socket.close();
    server.kill("SIGKILL");
  }
});
