// The npm package `ws` against a generated server: node ws-client.mjs NODE_MODULES ECHO_URL BROADCAST_URL

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createRequire } from "node:module";

const [modules, echoUrl, broadcastUrl] = process.argv.slice(2);
const { WebSocket } = createRequire(`${modules}/`)("ws");
const LARGE = 3 << 20;

async function open(url, protocols = [], options = {}) {
  const socket = new WebSocket(url, protocols, options);
  await once(socket, "open");
  return socket;
}

async function exchange(socket, message, options = {}) {
  const answer = once(socket, "message");
  socket.send(message, options);
  const [data, binary] = await answer;
  assert.equal(binary, typeof message !== "string");
  assert.ok(Buffer.from(message).equals(data));
}

async function close(socket, code, reason) {
  const closed = once(socket, "close");
  socket.close(code, reason);
  return (await closed)[0];
}

const messages = () => ["Hello", "", "é🎉", "x".repeat(LARGE), Buffer.alloc(0), randomBytes(LARGE)];

const checks = {
  async compressed() {
    const socket = await open(echoUrl, [], { perMessageDeflate: { threshold: 0 } });
    assert.match(socket.extensions, /permessage-deflate/);
    for (const message of messages()) await exchange(socket, message);
    assert.equal(await close(socket, 1000), 1000);
  },
  async uncompressed() {
    const socket = await open(echoUrl, [], { perMessageDeflate: false });
    assert.equal(socket.extensions, "");
    for (const message of messages()) await exchange(socket, message);
    assert.equal(await close(socket, 4000, "done"), 4000);
  },
  async windows() {
    for (const bits of [9, 10, 12, 15]) {
      const socket = await open(echoUrl, [], {
        perMessageDeflate: { threshold: 0, serverMaxWindowBits: bits, clientMaxWindowBits: bits },
      });
      for (let n = 0; n < 20; n += 1) await exchange(socket, `${n} ${"window ".repeat(3000)}`);
      assert.equal(await close(socket), 1005);
    }
  },
  async fragmented() {
    const socket = await open(echoUrl);
    const answer = once(socket, "message");
    socket.send("frag", { fin: false });
    socket.ping("between");
    socket.send("mented", { fin: true });
    assert.equal(String((await answer)[0]), "fragmented");
    await close(socket, 1001);
  },
  async subprotocol() {
    const socket = await open(echoUrl, ["v1.chat", "v2.chat"]);
    assert.equal(socket.protocol, "v2.chat");
    assert.equal(await close(socket, 3000), 3000);
  },
  async pings() {
    const socket = await open(echoUrl);
    for (const payload of ["", "p", "x".repeat(125)]) {
      const pong = once(socket, "pong");
      socket.ping(payload);
      assert.equal(String((await pong)[0]), payload);
    }
    await close(socket);
  },
  async refused() {
    const socket = new WebSocket(`${echoUrl}nowhere`);
    const [, response] = await once(socket, "unexpected-response");
    assert.equal(response.statusCode, 404);
    socket.on("error", () => {});
    response.destroy();
  },
  async pipelined() {
    const socket = await open(echoUrl);
    const received = [];
    const all = new Promise((resolve) => {
      socket.on("message", (data) => {
        if (received.push(String(data)) === 5000) resolve();
      });
    });
    for (let n = 0; n < 5000; n += 1) socket.send(`message ${n}`);
    await all;
    received.forEach((text, n) => assert.equal(text, `message ${n}`));
    await close(socket);
  },
  async broadcast() {
    const sockets = await Promise.all(Array.from({ length: 8 }, () => open(broadcastUrl)));
    for (const speaker of sockets) {
      const others = sockets.filter((socket) => socket !== speaker);
      const heard = Promise.all(others.map((socket) => once(socket, "message")));
      speaker.once("message", () => assert.fail("heard its own message"));
      speaker.send("news");
      for (const [data] of await heard) assert.equal(String(data), "news");
      speaker.removeAllListeners("message");
    }
    await Promise.all(sockets.map((socket) => close(socket, 1000)));
  },
};

setTimeout(() => {
  console.error("took too long");
  process.exit(1);
}, 60_000).unref();

for (const [name, check] of Object.entries(checks)) {
  console.log(name);
  await check();
}
