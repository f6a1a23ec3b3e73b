// Why a connection is failed.

//% if not framing_none
export const MESSAGE_TOO_BIG = "message too big";
//% endif
//% if framing_length
export const DOES_NOT_FIT_PREFIX = "message does not fit its prefix";
//% endif
//% if rate_limit
export const RATE_LIMIT_EXCEEDED = "rate limit exceeded";
//% endif
//% if custom
export const INTERNAL_ERROR = "internal error";
//% endif
//% if overflow_close
export const TOO_SLOW = "too slow";
//% endif
