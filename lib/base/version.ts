/** The version of Portcullis. */
export const VERSION = "1.0.0";
/** When the geolocation data of this version were made, epoch ms: a clock that says less is wrong. */
export const RELEASED_AT = Date.UTC(2026, 5, 5);
