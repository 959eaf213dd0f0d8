/** What a refusal is about, and the status that answers it over HTTP (RFC 9110). */
const STATUSES = {
  /** The request says what it cannot mean. */
  malformed: 400,
  unauthenticated: 401,
  forbidden: 403,
  missing: 404,
  /** It did not come in time. */
  too_slow: 408,
  /** It does not fit what there is by now. */
  conflict: 409,
  gone: 410,
  too_large: 413,
  media_type: 415,
  /** A value that is understood and cannot be taken. */
  invalid: 422,
  busy: 503,
} as const;

export type RefusalKind = keyof typeof STATUSES;

/**
 * What was asked for is refused, as expected of somebody's input or of how things stand; the message
 * is a sentence for who asked. Whatever else is thrown is a bug or an outage and is never shown.
 *
 * @example
 * ```ts
 * import { Refusal } from "./refusal.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const refusal = new Refusal("conflict", "Cannot create user: the name is taken");
 * assertEquals(refusal.status, 409);
 * ```
 */
export class Refusal extends Error {
  override name = "Refusal";
  readonly kind: RefusalKind;

  constructor(kind: RefusalKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }

  /** The status that it is answered with. */
  get status(): number {
    return STATUSES[this.kind];
  }

  /** The same refusal as one of another kind, where a caller knows better what it is about. */
  as(kind: RefusalKind): Refusal {
    return new Refusal(kind, this.message, { cause: this });
  }
}
