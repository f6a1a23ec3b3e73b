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

/** @param {string} text */
function datagram(text) {
  const parts = [Buffer.from(text)];
  //% if reliability
  // Data, session 7, number 0.
  parts.unshift(Buffer.from([0, 0, 0, 7, 0, 0, 0, 0]));
  //% endif
  return Buffer.concat(parts);
}

/**
 * A client that has said hello.
 *
 * @param {number} port
 */
function greet(port) {
  const client = createSocket(isIPv6(LOOPBACK) ? "udp6" : "udp4");
  client.send(datagram("hello"), port, LOOPBACK);
  return client;
}

//% if echo or broadcast
/**
 * Whether a message comes; acknowledgements may come before it.
 *
 * @param {import("node:dgram").Socket} client
 * @param {string} text
 */
async function receives(client, text) {
  for (;;) {
    const [received] = await once(client, "message");
    if (received.toString("latin1").endsWith(text)) return;
  }
}

//% endif
test("serves and stops", { timeout: 10000 }, async () => {
  const [server, port] = await start();
  const client = greet(port);
  try {
    //% if echo
    await receives(client, "hello");
    //% endif
    //% if broadcast
    const answer = receives(client, "hello");
    const other = greet(port);
    await answer;
    other.close();
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
    client.close();
    server.kill("SIGKILL");
  }
});
