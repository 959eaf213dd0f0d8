import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { parseEnv } from "node:util";
import { readEnvText } from "../../lib/settings/env_file.ts";

Deno.test("readEnvText() reads names and values, quoted or not, and passes over what is neither", () => {
  const text = `# A comment
PORT=8000
  HOST = 127.0.0.1   # where
export TRUSTED_PROXIES=10.0.0.0/8,::1
ADMIN_PASSWORD='with # and "quotes"'
GREETING="two\\nlines"
KEY=\`a
b\`
EMPTY=
nothing here
TOKEN=a=b==
`;
  for (const each of [text, text.replaceAll("\n", "\r\n")]) {
    assertEquals(readEnvText(each), {
      PORT: "8000",
      HOST: "127.0.0.1",
      TRUSTED_PROXIES: "10.0.0.0/8,::1",
      ADMIN_PASSWORD: 'with # and "quotes"',
      GREETING: "two\nlines",
      KEY: "a\nb",
      EMPTY: "",
      TOKEN: "a=b==",
    });
  }
});

Deno.test("readEnvText() reads what node:util's parseEnv does", () => {
  const word = fc.constantFrom(
    "a",
    "B_1",
    "x.y",
    "1",
    "é",
    "a b",
    "#",
    "=",
    " ",
    "\\n",
    "$A",
    "",
  );
  const plain = fc.array(word, { maxLength: 4 }).map((words) =>
    // It reads the next line as the value if there is only a blank.
    `v${words.join("")}`
  );
  const quoted = fc.tuple(
    fc.constantFrom("'", '"', "`"),
    fc.array(fc.oneof(word, fc.constant("\n")), { maxLength: 3 }),
  )
    .map(([quote, words]) => `${quote}${words.join("")}${quote}`);
  const line = fc.tuple(
    fc.constantFrom("", " ", "export "),
    fc.constantFrom("A", "B", "PORT", "a.b"),
    fc.constantFrom("=", " = ", "= "),
    fc.oneof(plain, quoted),
    fc.constantFrom("", " ", " # said"),
  ).map((parts) => parts.join(""));
  fc.assert(
    fc.property(
      fc.array(fc.oneof(line, fc.constantFrom("# said", "nothing", "")), {
        maxLength: 6,
      }),
      (lines) => {
        const text = lines.join("\n");
        assertEquals(
          readEnvText(text),
          { ...parseEnv(text) },
          JSON.stringify(text),
        );
      },
    ),
    { numRuns: 2_000 },
  );
});
