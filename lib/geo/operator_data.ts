import type { OperatorSource } from "./open_operators.ts";

/**
 * Provides the operators of networks; passed as an option so that only apps that use them download
 * the data.
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
 * Checks that a value can be such data.
 *
 * @throws {TypeError} if it cannot.
 */
export function checkOperatorData(given: unknown): void {
  if (typeof given === "function") return;
  throw new TypeError(
    `Cannot use asn: expected asn of "@portcullis/portcullis/asn", received ${typeof given}`,
  );
}
