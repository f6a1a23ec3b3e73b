// Starts the server, speaks to it over a socket, and stops it.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
//% if tls
import { existsSync } from "node:fs";
//% endif
//% if not tls
import net from "node:net";
//% endif
import { test } from "node:test";
//% if tls
import tls from "node:tls";
//% endif
import { fileURLToPath, URL } from "node:url";
//% if framing_delimiter
import { DELIMITER } from "../src/config.js";
//% endif
//% if framing_length
import { PREFIX_BYTES } from "../src/config.js";
//% endif
//% if tls
import { TLS_CERTIFICATE } from "../src/config.js";
//% endif

const MAIN = fileURLToPath(new URL("../src/main.js", import.meta.url));

/** @returns {Promise<[import("node:child_process").ChildProcess, number]>} */
async function start() {
  const env = { ...process.env, HOST: "127.0.0.1", PORT: "0" };
  const server = spawn(process.execPath, [MAIN], { env, stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(server.stdout, "data");
  const match = /^listening on 127\.0\.0\.1:(\d+)\n$/.exec(String(line));
  assert.ok(match, String(line));
  return [server, Number(match[1])];
}

/**
 * A message as it goes over the wire.
 *
 * @param {string} text
 */
function frame(text) {
  const parts = [Buffer.from(text)];
  //% if framing_lines
  parts.push(Buffer.from("\n"));
  //% endif
  //% if framing_delimiter
  parts.push(Buffer.from(DELIMITER));
  //% endif
  //% if framing_length
  const prefix = Buffer.alloc(PREFIX_BYTES);
  //% endif
  //% if prefix_little
  prefix[0] = text.length;
  //% endif
  //% if framing_length and not prefix_little
  prefix[PREFIX_BYTES - 1] = text.length;
  //% endif
  //% if framing_length
  parts.unshift(prefix);
  //% endif
  return Buffer.concat(parts);
}

/**
 * All that a peer is sent, to the end of the stream.
 *
 * @param {import("node:net").Socket} socket
 */
async function readAll(socket) {
  const chunks = [];
  for await (const chunk of socket) chunks.push(chunk);
  return Buffer.concat(chunks);
}

class Client {
  socket;

  /** @param {number} port */
  constructor(port) {
    const place = { port, host: "127.0.0.1", allowHalfOpen: true };
    //% if not tls
    this.socket = net.connect(place);
    //% endif
    //% if tls
    // Whose the certificate is does not matter here.
    this.socket = tls.connect({ ...place, rejectUnauthorized: false });
    //% endif
  }

  async connected() {
    //% if not tls
    await once(this.socket, "connect");
    //% endif
    //% if tls
    await once(this.socket, "secureConnect");
    //% endif
  }
}

/** @param {number} port */
async function open(port) {
  const client = new Client(port);
  await client.connected();
  return client.socket;
}

//% if broadcast
/**
 * Repeats a message until something is heard: a connection is known some time after it was made.
 *
 * @param {import("node:net").Socket} speaker
 * @param {import("node:net").Socket} listener
 * @param {Buffer} message
 * @returns {Promise<Buffer>}
 */
async function rouse(speaker, listener, message) {
  const timer = setInterval(() => speaker.write(message), 100);
  speaker.write(message);
  const [heard] = await once(listener, "data");
  listener.pause();
  clearInterval(timer);
  return heard;
}

//% endif
//% if tls
/** @type {string[]} */
const obstacles = [];
if (!existsSync(TLS_CERTIFICATE)) obstacles.push(`no ${TLS_CERTIFICATE}`);
//% endif
//% if client_certificates
obstacles.push("a client needs a certificate");
//% endif
//% if tls

//% endif
const OPTIONS = {
  timeout: 10000,
  //% if tls
  skip: obstacles[0],
  //% endif
};

test("serves and stops", OPTIONS, async () => {
  const [server, port] = await start();
  try {
    const message = frame("hello");
    const socket = await open(port);
    //% if echo or custom
    // A peer that has said all it has to say still gets its answer.
    socket.end(message);
    //% endif
    //% if echo
    assert.deepEqual(await readAll(socket), message);
    //% endif
    //% if custom
    await readAll(socket);
    //% endif
    //% if broadcast
    const other = await open(port);
    const first = await rouse(other, socket, message);
    other.end();
    assert.deepEqual(await readAll(other), Buffer.alloc(0));
    socket.end();
    const heard = Buffer.concat([first, await readAll(socket)]);
    const times = heard.length / message.length;
    assert.deepEqual(heard, Buffer.concat(Array(times).fill(message)));
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
    server.kill("SIGKILL");
  }
});
