/** A bare value that holds one of these could not be told from the next field. */
// eslint-disable-next-line no-control-regex
const NEEDS_QUOTES = /[\x00-\x20"=\x7f]/;

/**
 * `2026-01-31T12:00:00.000Z info listening address=127.0.0.1:8080`
 *
 * @param {string} time
 * @param {string} level
 * @param {string} event
 * @param {import("./log.js").Fields} fields
 */
export function formatLine(time, level, event, fields) {
  const words = [time, level, event];
  for (const [name, value] of Object.entries(fields)) words.push(`${name}=${formatValue(value)}`);
  return words.join(" ");
}

/** @param {string | number} value */
function formatValue(value) {
  const text = String(value);
  return NEEDS_QUOTES.test(text) ? JSON.stringify(text) : text;
}
