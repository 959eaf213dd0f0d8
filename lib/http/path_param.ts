import { Refusal } from "../base/refusal.ts";

/**
 * A path segment, fully decoded. The router decodes all but reserved characters, so that a slash in
 * it is still `%2F`.
 *
 * @throws {Refusal} 400 if its encoding is malformed.
 */
export function pathParam(text: string | undefined): string {
  try {
    return decodeURIComponent(text ?? "");
  } catch {
    throw new Refusal(
      "malformed",
      "Cannot read the path: expected percent-encoded UTF-8",
    );
  }
}
