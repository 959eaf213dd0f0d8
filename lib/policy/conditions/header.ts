import { quoted } from "../../base/quoted.ts";
import { globCovers } from "../glob.ts";
import { shown } from "../rule_error.ts";
import { allCovered, oneOrMore, or, readList } from "./choice.ts";
import type { Condition } from "./condition.ts";
import { anyGlob, readGlob } from "./globs.ts";
import { TOKEN } from "./method.ts";

/** Globs of header fields by the field's name in lower case; all have to match. */
export const header: Condition<[name: string, globs: string[]][]> = {
  read(node, place, issues) {
    if (node.kind !== "object" || node.members.length === 0) {
      issues.add(
        node,
        place,
        `expected names and values such as {"x-api-key": "*"}, received ${
          shown(node)
        }`,
      );
      return;
    }
    return node.members.map(({ name, at, value }) => {
      if (!TOKEN.test(name)) {
        issues.add(
          { at },
          place,
          `expected a field's name, received ${quoted(name)}`,
        );
      }
      return [
        name.toLowerCase(),
        readList(value, `${place}.${name}`, issues, readGlob),
      ];
    });
  },
  schema: {
    type: "object",
    minProperties: 1,
    additionalProperties: oneOrMore({ type: "string" }),
  },
  compile(fields) {
    const compiled = fields.map(([name, globs]) =>
      [name, anyGlob(globs)] as const
    );
    return (subject) =>
      compiled.every(([name, matches]) => {
        const value = subject.header(name);
        return value !== null && matches(value);
      });
  },
  cost: 6,
  inLog: false,
  covers: (outer, inner) =>
    outer.every(([name, globs]) =>
      inner?.some(([other, values]) =>
        other === name && allCovered(globs, values, globCovers)
      ) ?? false
    ),
  choices: () => null,
  clause: (fields) =>
    fields.map(([name, globs]) =>
      globs.length === 1 && globs[0] === "*"
        ? `with a field ${name}`
        : `with ${name}: ${or(globs)}`
    ).join(" "),
  help:
    '`{ "x-api-key": "*" }`: a field\'s name and a glob; requests without the field do not match',
};
