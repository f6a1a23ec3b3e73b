// Starts the server, speaks to it over a socket, and stops it.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
//% if tokens_file or tls
import { existsSync } from "node:fs";
//% endif
//% if tokens_file and not tokens_variable
import { readFileSync } from "node:fs";
//% endif
//% if not tls
import net from "node:net";
//% endif
import { test } from "node:test";
//% if tls
import tls from "node:tls";
//% endif
import { fileURLToPath, URL } from "node:url";
//% if not any_path
import { PATH } from "../src/config.js";
//% endif
//% if require_subprotocol
import { SUBPROTOCOLS } from "../src/config.js";
//% endif
//% if tls
import { TLS_CERTIFICATE } from "../src/config.js";
//% endif
//% if tokens_file
import { TOKENS_FILE } from "../src/config.js";
//% endif
//% if tokens_variable
import { TOKENS_VARIABLE } from "../src/config.js";
//% endif

//% if tokens_variable
const TOKEN = "smoke";
//% endif
const MAIN = fileURLToPath(new URL("../src/main.js", import.meta.url));

// FIN and the opcode.
//% if binary_only and (echo or broadcast)
const BINARY = 0x82;
//% endif
//% if not binary_only and (echo or broadcast)
const TEXT = 0x81;
//% endif
const CLOSE = 0x88;
const PING = 0x89;
const PONG = 0x8a;
const NORMAL_CLOSURE = Buffer.from([0x03, 0xe8]);

//% if tokens_file and not tokens_variable
function knownToken() {
  const text = existsSync(TOKENS_FILE) ? readFileSync(TOKENS_FILE, "utf8") : "";
  return /^[^#\s].*/m.exec(text)?.[0].trim();
}

//% endif
/** A client that can do no more than this test needs: payloads of up to 125 bytes. */
class Client {
  #socket;
  #received = Buffer.alloc(0);

  /** @param {number} port */
  constructor(port) {
    //% if not tls
    this.#socket = net.connect(port, "127.0.0.1");
    //% endif
    //% if tls
    // Whose the certificate is does not matter here.
    this.#socket = tls.connect({ port, host: "127.0.0.1", rejectUnauthorized: false });
    //% endif
  }

  async handshake() {
    const lines = [
      //% if not any_path
      `GET ${PATH} HTTP/1.1`,
      //% endif
      //% if any_path
      "GET / HTTP/1.1",
      //% endif
      "Host: localhost",
      "Upgrade: websocket",
      "Connection: Upgrade",
      "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
      //% if require_subprotocol
      `Sec-WebSocket-Protocol: ${SUBPROTOCOLS[0]}`,
      //% endif
      //% if tokens_variable
      `Authorization: Bearer ${TOKEN}`,
      //% endif
      //% if tokens_file and not tokens_variable
      `Authorization: Bearer ${knownToken()}`,
      //% endif
    ];
    this.#socket.write(`${lines.join("\r\n")}\r\n\r\n`);
    let head = "";
    while (!head.endsWith("\r\n\r\n")) head += (await this.#read(1)).toString("latin1");
    return head;
  }

  /**
   * @param {number} first
   * @param {Buffer} payload
   */
  send(first, payload) {
    const key = [0x12, 0x34, 0x56, 0x78];
    const masked = payload.map((byte, i) => byte ^ key[i % 4]);
    this.#socket.write(Buffer.from([first, 0x80 | payload.length, ...key, ...masked]));
  }

  async receive() {
    const [first, length] = await this.#read(2);
    return { first, payload: await this.#read(length) };
  }

  async end() {
    this.#socket.end();
    if (!this.#socket.closed) await once(this.#socket, "close");
  }

  /** @param {number} count */
  async #read(count) {
    while (this.#received.length < count) {
      const [chunk] = await once(this.#socket, "data");
      this.#received = Buffer.concat([this.#received, chunk]);
    }
    const bytes = this.#received.subarray(0, count);
    this.#received = this.#received.subarray(count);
    return bytes;
  }
}

/** @returns {Promise<[import("node:child_process").ChildProcess, number]>} */
async function start() {
  const env = { ...process.env, HOST: "127.0.0.1", PORT: "0" };
  //% if tokens_variable
  Object.assign(env, { [TOKENS_VARIABLE]: TOKEN });
  //% endif
  const server = spawn(process.execPath, [MAIN], { env, stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(server.stdout, "data");
  const match = /^listening on 127\.0\.0\.1:(\d+)\n$/.exec(String(line));
  assert.ok(match, String(line));
  return [server, Number(match[1])];
}

/** @param {number} port */
async function open(port) {
  const client = new Client(port);
  const head = await client.handshake();
  assert.match(head, /^HTTP\/1\.1 101 /);
  assert.match(head, /\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r\n/);
  return client;
}

/** @param {Client} client */
async function close(client) {
  client.send(CLOSE, NORMAL_CLOSURE);
  assert.deepEqual(await client.receive(), { first: CLOSE, payload: NORMAL_CLOSURE });
  await client.end();
}

//% if tokens_file or tls
/** @type {string[]} */
const obstacles = [];
//% endif
//% if tokens_file
if (!existsSync(TOKENS_FILE)) obstacles.push(`no ${TOKENS_FILE}`);
//% endif
//% if tls
if (!existsSync(TLS_CERTIFICATE)) obstacles.push(`no ${TLS_CERTIFICATE}`);
//% endif
//% if client_certificates
obstacles.push("a client needs a certificate");
//% endif
//% if tokens_file or tls

//% endif
const OPTIONS = {
  timeout: 10000,
  //% if tokens_file or tls
  skip: obstacles[0],
  //% endif
};

test("serves and stops", OPTIONS, async () => {
  const [server, port] = await start();
  try {
    const client = await open(port);
    //% if echo or broadcast
    const message = Buffer.from("hello");
    //% endif
    //% if echo and not binary_only
    client.send(TEXT, message);
    assert.deepEqual(await client.receive(), { first: TEXT, payload: message });
    //% endif
    //% if echo and binary_only
    client.send(BINARY, message);
    assert.deepEqual(await client.receive(), { first: BINARY, payload: message });
    //% endif
    //% if broadcast
    const other = await open(port);
    //% endif
    //% if broadcast and not binary_only
    client.send(TEXT, message);
    assert.deepEqual(await other.receive(), { first: TEXT, payload: message });
    //% endif
    //% if broadcast and binary_only
    client.send(BINARY, message);
    assert.deepEqual(await other.receive(), { first: BINARY, payload: message });
    //% endif
    //% if broadcast
    await close(other);
    //% endif
    client.send(PING, Buffer.from("are you there"));
    const pong = { first: PONG, payload: Buffer.from("are you there") };
    assert.deepEqual(await client.receive(), pong);
    await close(client);

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
