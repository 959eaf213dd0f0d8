/** The locale of numbers if the reader accepts none of our languages. */
export const DEFAULT_LOCALE = "en";
