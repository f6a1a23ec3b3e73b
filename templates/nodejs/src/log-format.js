// The form of a log line.

//% if log_text
export { formatLine } from "./log-text.js";
//% endif
//% if log_json
export * from "./log-json.js";
//% endif
