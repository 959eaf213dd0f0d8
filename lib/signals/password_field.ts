import { isSecret } from "./secrets.ts";

/** The body of a login is short and has few fields. */
const MOST = 4_096;
const MOST_FIELDS = 32;

/**
 * Whether a form or JSON contains exactly one password, as a login does: to sign up or to change a
 * password, it is entered twice.
 *
 * @example
 * ```ts
 * import { holdsPassword } from "./password_field.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(holdsPassword("log=ann&pwd=x", "application/x-www-form-urlencoded"), true);
 * assertEquals(holdsPassword('{"q":"pass"}', "application/json"), false);
 * ```
 */
export function holdsPassword(body: string, type: string): boolean {
  if (body.length > MOST) return false;
  let found = 0;
  for (const name of /json/i.test(type) ? ofJson(body) : ofForm(body)) {
    if (isSecret(name) && ++found > 1) return false;
  }
  return found === 1;
}

function* ofForm(body: string): Generator<string> {
  for (const pair of body.split("&", MOST_FIELDS)) {
    const equals = pair.indexOf("=");
    if (equals > 0 && equals < pair.length - 1) yield pair.slice(0, equals);
  }
}

function* ofJson(body: string): Generator<string> {
  let left = MOST_FIELDS;
  for (
    const [, name] of body.matchAll(/"([^"\\]{1,64})"\s{0,4}:\s{0,4}"[^"]/g)
  ) {
    if (left-- === 0) return;
    yield name!;
  }
}
