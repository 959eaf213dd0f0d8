import type { OperatorSource } from "./open_operators.ts";

/** Finds out who runs which network; passed in, so that nobody else has the data downloaded. */
export type OperatorData = () => Promise<OperatorSource>;

/**
 * Checks that something can be such data.
 *
 * @throws {TypeError} where it cannot.
 */
export function checkOperatorData(given: unknown): void {
  if (typeof given === "function") return;
  throw new TypeError(
    `Cannot use asn: expected asn of "@portcullis/portcullis/asn", received ${typeof given}`,
  );
}
