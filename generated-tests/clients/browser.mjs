// Chromium against generated servers: node browser.mjs NODE_MODULES CHROMIUM NAME=ECHO_URL=BROADCAST_URL…

import assert from "node:assert/strict";
import { createRequire } from "node:module";

const [modules, executablePath, ...servers] = process.argv.slice(2);
const { chromium } = createRequire(`${modules}/`)("playwright-core");
const args = [
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--disable-background-networking",
  "--disable-component-update",
  "--no-proxy-server",
];

/** Runs in the page. */
async function exchange([echoUrl, broadcastUrl]) {
  const open = (url, protocols) =>
    new Promise((resolve, reject) => {
      const socket = new WebSocket(url, protocols);
      socket.binaryType = "arraybuffer";
      socket.onopen = () => resolve(socket);
      socket.onerror = () => reject(new Error(`no connection to ${url}`));
    });
  const next = (socket) => new Promise((resolve) => (socket.onmessage = (event) => resolve(event.data)));
  const echo = (socket, message) => {
    const answer = next(socket);
    socket.send(message);
    return answer;
  };
  const close = (socket, code, reason) =>
    new Promise((resolve) => {
      socket.onclose = (event) => resolve([event.code, event.wasClean]);
      socket.close(code, reason);
    });
  const found = {};
  const socket = await open(echoUrl, ["v1.chat", "v2.chat"]);
  found.protocol = socket.protocol;
  found.extensions = socket.extensions;
  found.texts = [];
  for (const text of ["Hello", "", "é🎉", "compressible ".repeat(1000), "x".repeat(2 << 20)]) {
    found.texts.push((await echo(socket, text)) === text);
  }
  const bytes = new Uint8Array(3 << 20).map((_, at) => (at * 7) & 255);
  const answer = new Uint8Array(await echo(socket, bytes));
  found.binary = answer.length === bytes.length && answer.every((byte, at) => byte === bytes[at]);
  found.empty = (await echo(socket, new ArrayBuffer(0))).byteLength;
  found.closed = await close(socket, 4321, "done");
  found.refused = await open(`${echoUrl}nowhere`).then(
    () => "accepted",
    () => "refused",
  );
  const clients = await Promise.all([1, 2, 3, 4].map(() => open(broadcastUrl)));
  const heard = Promise.all(clients.slice(1).map(next));
  clients[0].onmessage = () => (found.ownMessage = true);
  clients[0].send("news");
  found.heard = await heard;
  found.left = await Promise.all(clients.map((client) => close(client, 1000)));
  return found;
}

const browser = await chromium.launch({ executablePath, args, chromiumSandbox: false, timeout: 60_000 });
try {
  const page = await browser.newPage();
  for (const server of servers) {
    const [name, ...urls] = server.split("=");
    console.log(name);
    const found = await page.evaluate(exchange, urls);
    assert.deepEqual(found, {
      protocol: "v2.chat",
      extensions: "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
      texts: [true, true, true, true, true],
      binary: true,
      empty: 0,
      closed: [4321, true],
      refused: "refused",
      heard: ["news", "news", "news"],
      left: Array(4).fill([1000, true]),
    });
  }
} finally {
  await browser.close();
}
