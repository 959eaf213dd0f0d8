/** The version of Portcullis. */
export const VERSION = "1.0.0";
/** The date of this version's geolocation data, epoch ms: a clock before it is wrong. */
export const RELEASED_AT = Date.UTC(2026, 5, 5);
