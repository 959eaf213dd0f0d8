/** The kinds of refusals, and their HTTP status (RFC 9110). */
const STATUSES = {
  /** The request is malformed or contradictory. */
  malformed: 400,
  unauthenticated: 401,
  forbidden: 403,
  missing: 404,
  /** The request arrived too slowly. */
  too_slow: 408,
  /** The request conflicts with the current state. */
  conflict: 409,
  gone: 410,
  too_large: 413,
  media_type: 415,
  /** A well-formed value that is not acceptable. */
  invalid: 422,
  busy: 503,
} as const;

export type RefusalKind = keyof typeof STATUSES;

/**
 * An expected error: a request is refused because of its input or the current state; the message is
 * a sentence for the user. Any other thrown error is a bug or an outage and is never shown.
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

  /** The HTTP status. */
  get status(): number {
    return STATUSES[this.kind];
  }

  /** The same refusal as another kind, if a caller knows the kind better. */
  as(kind: RefusalKind): Refusal {
    return new Refusal(kind, this.message, { cause: this });
  }
}
