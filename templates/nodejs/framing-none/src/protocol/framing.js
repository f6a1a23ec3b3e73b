// Framing: none. A message is what one read gives.

/**
 * @param {import("./output.js").Output} output
 * @param {import("./output.js").Arena} _arena
 * @param {Uint8Array} payload which is sent from where it lies
 */
export function appendMessage(output, _arena, payload) {
  output.append(payload, 0, payload.length);
}
