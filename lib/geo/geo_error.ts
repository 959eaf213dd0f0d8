/** Why an address could not be located. */
export type GeoErrorKind =
  /** The text is no address. */
  | "invalid"
  /** Private, loopback, shared, documentation and the like. */
  | "not_public"
  /** Geolocation is switched off. */
  | "off"
  /** The provider failed, or lookups are paused after failures. */
  | "unavailable"
  /** No response within the time limit. */
  | "timeout";

/** Thrown by {@linkcode Geo.locate}; the message is safe to show to anyone. */
export class GeoError extends Error {
  override name = "GeoError";
  readonly kind: GeoErrorKind;

  constructor(kind: GeoErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}
