import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { repeatedName } from "../../lib/http/repeated_name.ts";

Deno.test("repeatedName() finds a name that an object has twice, however it is written and however deep", () => {
  const table: [json: string, name: string | null][] = [
    ['{"a":1,"a":2}', "a"],
    ['{"for":"1h","\\u0066or":null}', "for"],
    [' { "a" : { "b" : 1 , "b" : 2 } } ', "b"],
    ['{"a":[{"b":1},{"b":2,"c":{},"b":3}]}', "b"],
    ['{"":1,"":2}', ""],
    ['{"a\\"":1,"a\\"":2}', 'a"'],
    ['{"__proto__":1,"__proto__":2}', "__proto__"],
    ['{"a":[],"b":[1,{"a":1}],"b":1}', "b"],
    ['{"a":1,"A":2}', null],
    ['{"a":{"a":{"a":1}}}', null],
    ['{"a":["a","a","a"]}', null],
    ['{"a":"a","b":"a"}', null],
    ['{"a":"{\\"b\\":1,\\"b\\":2}"}', null],
    ['[{"a":1},{"a":2}]', null],
    ['"a"', null],
    ["[]", null],
    ["null", null],
  ];
  for (const [json, name] of table) {
    JSON.parse(json);
    assertEquals(repeatedName(json), name, json);
  }
});

Deno.test("repeatedName() finds nothing in what JSON.stringify writes, and everything that is put in twice", () => {
  fc.assert(fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
    assertEquals(repeatedName(JSON.stringify(value)), null);
  }));
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }),
      fc.nat(),
      (object, n) => {
        const names = Object.keys(object);
        const name = names[n % names.length]!;
        const json = JSON.stringify(object).slice(0, -1) +
          `,${JSON.stringify(name)}:0}`;
        assertEquals(repeatedName(json), name);
      },
    ),
  );
});
