/**
 * The wire format of island props: a flat JSON array whose first item is the root. Inside an item,
 * a number is the index of another item, so that shared and circular references are kept. `[1, 2]`
 * is an array, `{"a": 1}` an object, `["Date", …]` a tagged value. Negative indexes are values that
 * JSON lacks.
 */
export const SPECIAL = {
  undefined: -1,
  NaN: -2,
  Infinity: -3,
  negativeInfinity: -4,
  negativeZero: -5,
} as const;

/** The contents of a page's data block. */
export interface PageData {
  /** URL and export name of each island module that the page uses. */
  islands: [url: string, exportName: string][];
  /** A value in the wire format: [island's index, props] per instance. */
  props: unknown[];
}

/** Id of the page's data block. */
export const DATA_ID = "frsh-data";
