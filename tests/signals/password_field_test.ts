import { assertEquals } from "@std/assert";
import { holdsPassword } from "../../lib/signals/password_field.ts";

const FORM = "application/x-www-form-urlencoded";
const JSON_TYPE = "application/json; charset=utf-8";

const BODIES: [body: string, type: string, holds: boolean][] = [
  ["log=ann&pwd=x&wp-submit=Log+In", FORM, true],
  ["username=ann&password=x", FORM, true],
  ["user%5Bemail%5D=a&user[password]=x", FORM, true],
  ["email=a&kennwort=x", FORM, true],
  ["password=x&password_confirmation=x", FORM, false],
  ["old_password=a&new_password=b", FORM, false],
  ["username=ann&password=", FORM, false],
  ["q=password", FORM, false],
  ["", FORM, false],
  ['{"username":"ann","password":"x"}', JSON_TYPE, true],
  ['{"username":"ann","password": "x"}', JSON_TYPE, true],
  ['{"q":"password"}', JSON_TYPE, false],
  ['{"password":null}', JSON_TYPE, false],
  [`password=x&text=${"a".repeat(5_000)}`, FORM, false],
];

for (const [body, type, holds] of BODIES) {
  Deno.test(`holdsPassword(): ${body.slice(0, 60)} is ${holds ? "a login's" : "none"}`, () => {
    assertEquals(holdsPassword(body, type), holds);
  });
}
