// The header of every datagram: type, 0, session, number; big-endian.

export const HEADER = 8;

const DATA = 0;
//% if reliability_ack
const ACKNOWLEDGEMENT = 1;
const ACKNOWLEDGEMENT_BYTES = 16; // with the bit map
//% endif

/** @param {Buffer} datagram */
export function isMalformed(datagram) {
  if (datagram.length < HEADER || datagram[1] !== 0) return true;
  //% if reliability_ack
  if (isAcknowledgement(datagram)) return datagram.length !== ACKNOWLEDGEMENT_BYTES;
  //% endif
  return datagram[0] !== DATA;
}
//% if reliability_ack

/** @param {Buffer} datagram */
export function isAcknowledgement(datagram) {
  return datagram[0] === ACKNOWLEDGEMENT;
}
//% endif

/** @param {Buffer} datagram */
export function sessionOf(datagram) {
  return datagram.readUInt16BE(2);
}

/** @param {Buffer} datagram */
export function numberOf(datagram) {
  return datagram.readUInt32BE(4);
}

/**
 * How far one sequence number is above another, or below it: RFC 1982.
 *
 * @param {number} number
 * @param {number} other
 */
export function distance(number, other) {
  return (number - other) | 0;
}

/**
 * @param {number} session
 * @param {number} number
 * @param {Uint8Array} payload
 */
export function formatData(session, number, payload) {
  const datagram = Buffer.allocUnsafe(HEADER + payload.length);
  writeHeader(datagram, DATA, session, number);
  datagram.set(payload, HEADER);
  return datagram;
}
//% if reliability_ack

/**
 * @param {number} session
 * @param {number} number
 * @param {bigint} received bit map, from that number on
 */
export function formatAcknowledgement(session, number, received) {
  const datagram = Buffer.allocUnsafe(ACKNOWLEDGEMENT_BYTES);
  writeHeader(datagram, ACKNOWLEDGEMENT, session, number);
  datagram.writeBigUInt64BE(received, HEADER);
  return datagram;
}

/** @param {Buffer} datagram an acknowledgement */
export function receivedOf(datagram) {
  return datagram.readBigUInt64BE(HEADER);
}
//% endif

/**
 * @param {Buffer} datagram
 * @param {number} type
 * @param {number} session
 * @param {number} number
 */
function writeHeader(datagram, type, session, number) {
  datagram[0] = type;
  datagram[1] = 0;
  datagram.writeUInt16BE(session, 2);
  datagram.writeUInt32BE(number, 4);
}
