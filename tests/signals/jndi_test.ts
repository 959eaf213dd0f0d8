import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { hasJndi } from "../../lib/signals/jndi.ts";

Deno.test("hasJndi() reads through what Log4j resolves", () => {
  for (
    const text of [
      "${jndi:ldap://x}",
      "${ jndi : ldap://x}",
      "$jndi:ldap://x}",
      "${${lower:j}ndi:ldap://x}",
      "${${upper:jn}${lower:d}i:x}",
      "${${env:foo:-j}ndi:ldap://x}",
      "${${::-j}${::-n}${::-d}${::-i}:ldap://x}",
      "${j${k8s:k5:-nd}i:ldap://x}",
      "${j${sys:k5:-nd}${lower:i${web:k5:-:}}ldap://x}",
      "${${date:'j'}${date:'n'}${date:'d'}${date:'i'}:ldap}",
      "$${env:a:-${env:b:-$}{jndi:ldap://x}}",
      "${:1337:-x$}{jndi:ldap://x}",
      `\${\${env:${"a".repeat(500)}:-j}ndi:ldap://x}`,
      "${j${}ndi:ldap://x}",
      `${"${".repeat(30)}jndi:x`,
    ]
  ) assertEquals(hasJndi(text), true, text);
  for (
    const text of [
      "",
      "jndi",
      "jndi:ldap",
      "about jndi: and log4j",
      "${env:home}",
      "${a:${b}}",
      "${{jndi}}",
      "}}}${",
      "${".repeat(200),
    ]
  ) assertEquals(hasJndi(text), false, text);
});

Deno.test("hasJndi() sees a look-up however its letters are nested", () => {
  const wrap = fc.constantFrom(
    (c: string) => c,
    (c: string) => `\${lower:${c}}`,
    (c: string) => `\${::-${c}}`,
    (c: string) => `\${env:nothing:-${c}}`,
    (c: string) =>
      `\${\${lower:l}ower:${c}}`.replace("${${lower:l}ower", "${lower"),
  );
  fc.assert(
    fc.property(fc.array(wrap, { minLength: 5, maxLength: 5 }), (wraps) => {
      const name = Array.from("jndi:", (c, at) => wraps[at]!(c)).join("");
      assertEquals(hasJndi(`x \${${name}ldap://h/a} y`), true, name);
    }),
  );
});
