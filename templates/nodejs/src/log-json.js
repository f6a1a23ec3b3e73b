/**
 * `{"time":"2026-01-31T12:00:00.000Z","level":"info","event":"listening",…}`
 *
 * @param {string} time
 * @param {string} level
 * @param {string} event
 * @param {import("./log.js").Fields} fields
 */
export function formatLine(time, level, event, fields) {
  return JSON.stringify({ time, level, event, ...fields });
}
