import type { OperatorSource } from "./open_operators.ts";

/** Who runs which network, to be passed in, so that nobody else has the data downloaded. */
export type OperatorData = OperatorSource | (() => OperatorSource);

/**
 * The data, or what makes them.
 *
 * @throws {TypeError} where it is something else.
 */
export function operatorData(given: OperatorData): OperatorSource {
  const data = typeof given === "function" ? given() : given;
  if (typeof data?.read !== "function") {
    throw new TypeError(
      `Cannot use asn: expected asn of "@portcullis/portcullis/asn", received ${typeof given}`,
    );
  }
  return data;
}
