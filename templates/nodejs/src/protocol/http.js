// HTTP/1.1 (RFC 9110, RFC 9112) as far as an upgrade needs it.

/**
 * @typedef {object} Request
 * @property {string} method
 * @property {string} target
 * @property {number} major version
 * @property {number} minor version
 * @property {Map<string, string[]>} fields values by lower-case name, in their order
 */

const REQUEST_LINE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+) ([!-~]+) HTTP\/([0-9])\.([0-9])$/;
const FIELD_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/**
 * Parses a request head without its last, empty line; null if it is malformed.
 *
 * @param {string} head its bytes as Latin-1
 * @returns {Request | null}
 */
export function parseRequest(head) {
  const [requestLine, ...lines] = head.split("\r\n");
  const match = REQUEST_LINE.exec(requestLine);
  if (match === null) return null;
  /** @type {Request["fields"]} */
  const fields = new Map();
  for (const line of lines) {
    if (!parseField(line, fields)) return null;
  }
  const [, method, target, major, minor] = match;
  return { method, target, major: Number(major), minor: Number(minor), fields };
}

/**
 * @param {string} line
 * @param {Request["fields"]} fields
 */
function parseField(line, fields) {
  const colon = line.indexOf(":");
  if (colon < 0) return false;
  const name = line.slice(0, colon);
  const value = line.slice(colon + 1);
  if (!FIELD_NAME.test(name) || !FIELD_VALUE.test(value)) return false;
  const key = name.toLowerCase();
  const values = fields.get(key);
  if (values === undefined) fields.set(key, [trimSpace(value)]);
  else values.push(trimSpace(value));
  return true;
}

/**
 * Without outer spaces and tabs (String.trim would take more).
 *
 * @param {string} text
 */
export function trimSpace(text) {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text[start])) start++;
  while (end > start && isSpace(text[end - 1])) end--;
  return text.slice(start, end);
}

/** @param {string} character */
function isSpace(character) {
  return character === " " || character === "\t";
}

/**
 * The elements of a list-valued field (RFC 9110 §5.6.1).
 *
 * @param {string[]} values
 */
export function listElements(values) {
  return values
    .join(",")
    .split(",")
    .map(trimSpace)
    .filter((element) => element !== "");
}

/** @type {Record<number, string>} */
const REASON_PHRASES = {
  //% if pages
  200: "OK",
  //% endif
  400: "Bad Request",
  //% if auth
  401: "Unauthorized",
  //% endif
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  426: "Upgrade Required",
  429: "Too Many Requests",
  431: "Request Header Fields Too Large",
  503: "Service Unavailable",
  505: "HTTP Version Not Supported",
};

/**
 * @typedef {object} Refusal
 * @property {number} status
 * @property {string} reason its body
 * @property {string[]} [extra] more field lines
 */

/**
 * The whole answer.
 *
 * @param {Refusal} refusal
 */
export function formatRefusal({ status, reason, extra = [] }) {
  return formatAnswer(status, "text/plain; charset=utf-8", `${reason}\n`, extra);
}

/**
 * @param {number} status
 * @param {string} type
 * @param {string} body of ASCII characters
 * @param {string[]} [extra] more field lines
 */
export function formatAnswer(status, type, body, extra = []) {
  const lines = [
    `HTTP/1.1 ${status} ${REASON_PHRASES[status]}`,
    "Connection: close",
    `Content-Type: ${type}`,
    `Content-Length: ${body.length}`,
    ...extra,
  ];
  return `${lines.join("\r\n")}\r\n\r\n${body}`;
}
