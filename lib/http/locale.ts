/** What numbers are written in where the reader names no language of ours. */
export const DEFAULT_LOCALE = "en";
