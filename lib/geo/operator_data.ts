import type { OperatorSource } from "./open_operators.ts";

/**
 * Finds out who runs which network; passed in, so that nobody else has the data downloaded.
 *
 * @example
 * ```ts
 * import type { OperatorData } from "@portcullis/portcullis";
 *
 * // Ranges of your own, as CSV: first and last address, number, name.
 * const csv = new TextEncoder();
 * const asn: OperatorData = () =>
 *   Promise.resolve({
 *     edition: "2026-01",
 *     read: () =>
 *       Promise.resolve({
 *         ipv4: csv.encode("3405803776,3405804031,64500,Example\n"),
 *         ipv6: csv.encode("2001:db8::,2001:db8:ffff::,64500,Example\n"),
 *       }),
 *   });
 * ```
 */
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
