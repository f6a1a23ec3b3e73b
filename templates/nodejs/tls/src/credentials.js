import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { getSystemErrorMap } from "node:util";
import { TLS_CERTIFICATE, TLS_KEY } from "./config.js";
//% if client_certificates
import { TLS_CLIENT_CA } from "./config.js";
//% endif
import { StartError } from "./start-error.js";

/**
 * What the server proves itself with, in PEM form.
 *
 * @typedef {object} Credentials
 * @property {Buffer} certificate and those of its authorities behind it
 * @property {Buffer} key
//% if client_certificates
 * @property {Buffer} clientCa the authorities that clients' certificates are of
//% endif
 */

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;
const NAME_A_FILE = "name a PEM file";

/**
 * Reads the files, and makes sure that they can be used.
 *
 * @returns {Credentials}
 */
export function readCredentials() {
  const certificate = readFile("certificate", TLS_CERTIFICATE);
  const [own] = parseCertificates("certificate", TLS_CERTIFICATE, certificate);
  const key = readFile("key", TLS_KEY);
  if (!own.checkPrivateKey(parseKey(key))) {
    const reason = "does not belong to the certificate";
    throw unusable("key", TLS_KEY, reason, "name the certificate's key");
  }
  checkValidity(own);
  return {
    certificate,
    key,
    //% if client_certificates
    clientCa: readClientCa(),
    //% endif
  };
}
//% if client_certificates

function readClientCa() {
  const pem = readFile("client_ca", TLS_CLIENT_CA);
  parseCertificates("client_ca", TLS_CLIENT_CA, pem);
  return pem;
}
//% endif

/**
 * @param {string} field
 * @param {string} path
 * @param {string} reason
 * @param {string} remedy
 */
function unusable(field, path, reason, remedy) {
  return new StartError(`tls.${field} ${path}: ${reason}; ${remedy}`);
}

/**
 * @param {string} field
 * @param {string} path
 */
function readFile(field, path) {
  try {
    return readFileSync(path);
  } catch (error) {
    throw unusable(field, path, describe(error), NAME_A_FILE);
  }
}

/** @param {unknown} error of the system, which says it in lower case */
function describe(error) {
  const { errno = 0, message } = /** @type {NodeJS.ErrnoException} */ (error);
  const [, text = message] = getSystemErrorMap().get(errno) ?? [];
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/**
 * @param {string} field
 * @param {string} path
 * @param {Buffer} pem
 */
function parseCertificates(field, path, pem) {
  try {
    const texts = pem.toString("latin1").match(CERTIFICATE) ?? [];
    if (texts.length > 0) return texts.map((text) => new X509Certificate(text));
  } catch {
    // What stands there is none.
  }
  throw unusable(field, path, "no certificate in it", NAME_A_FILE);
}

/** @param {Buffer} pem */
function parseKey(pem) {
  try {
    return createPrivateKey(pem);
  } catch {
    throw unusable("key", TLS_KEY, "no private key in it", NAME_A_FILE);
  }
}

/** @param {X509Certificate} certificate */
function checkValidity({ validFrom, validTo }) {
  const now = Date.now();
  if (now > Date.parse(validTo)) {
    throw unusable("certificate", TLS_CERTIFICATE, "expired", "renew it");
  }
  if (now < Date.parse(validFrom)) {
    throw unusable("certificate", TLS_CERTIFICATE, "not yet valid", "wait, or set the clock");
  }
}
