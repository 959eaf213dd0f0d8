import { quoted } from "../base/quoted.ts";
import { isCountryCode } from "../geo/country.ts";
import { parseCidr } from "../net/cidr.ts";
import { SIGNALS } from "../signals/signal.ts";
import { isBotWord, nearestBotWord } from "./bot_words.ts";
import type { JsonNode } from "./jsonc.ts";
import { nearest } from "../base/nearest.ts";
import { CONDITIONS, type When } from "./rule.ts";
import { hint, type Issues, shown, unknownWord } from "./rule_error.ts";

const MAX_VALUES = 1_000;
const MAX_GLOB = 512;
const TOKEN = /^[!#$%&'*+.^_`|~\w-]{1,64}$/;

/** Says what is wrong with one value, or what it stands for. */
type ReadValue<T> = (node: JsonNode) => T | { expected: string };

/** Reads the conditions of a rule. */
export function readWhen(
  node: JsonNode,
  path: string,
  issues: Issues,
  hasStatus: boolean,
): When {
  const when: When = {};
  if (node.kind !== "object") {
    issues.add(node, path, `expected an object, received ${shown(node)}`);
    return when;
  }
  for (const { name, at, value } of node.members) {
    const place = `${path}.${name}`;
    const list = <T>(read: ReadValue<T>) =>
      readList(value, place, issues, read);
    switch (name) {
      case "ip":
        when.ip = list(readRange);
        break;
      case "path":
        when.path = list(readPath);
        break;
      case "method":
        when.method = list(readMethod);
        break;
      case "host":
        when.host = list(readHost);
        break;
      case "header":
        when.header = readHeaders(value, place, issues);
        break;
      case "user_agent":
        when.user_agent = list((each) => lower(readGlob(each)));
        break;
      case "country":
        when.country = list(readCountry);
        break;
      case "asn":
        when.asn = list(readAsn);
        break;
      case "hosting":
      case "verified":
        if (value.kind === "boolean") when[name] = value.value;
        else {
          issues.add(
            value,
            place,
            `expected true or false, received ${shown(value)}`,
          );
        }
        break;
      case "bot":
        when.bot = list(readBot);
        break;
      case "user":
        when.user = list(readUser);
        break;
      case "signal":
        when.signal = list(readSignal);
        break;
      case "status":
        if (hasStatus) when.status = list(readStatus);
        else {
          issues.add(
            { at },
            place,
            `"status" goes with block and its "after": other rules are evaluated before there is a response`,
          );
        }
        break;
      case "not": {
        const items = value.kind === "array" ? value.items : [value];
        if (items.length === 0) {
          issues.add(value, place, "expected at least one value");
        }
        when.not = items.map((item) =>
          readWhen(item, place, issues, hasStatus)
        );
        break;
      }
      default:
        issues.add({ at }, path, unknownWord(name, CONDITIONS));
    }
  }
  return when;
}

function readList<T>(
  node: JsonNode,
  path: string,
  issues: Issues,
  read: ReadValue<T>,
): T[] {
  const items = node.kind === "array" ? node.items : [node];
  if (items.length === 0) {
    issues.add(
      node,
      path,
      "can never match: expected at least one value, received an empty list",
    );
  }
  if (items.length > MAX_VALUES) {
    issues.add(node, path, `expected at most ${MAX_VALUES} values`);
    return [];
  }
  const values: T[] = [];
  items.forEach((item, i) => {
    const value = read(item);
    const place = node.kind === "array" ? `${path}[${i}]` : path;
    if (isProblem(value)) {
      issues.add(
        item,
        place,
        value.expected.startsWith("can never")
          ? value.expected
          : `expected ${value.expected}`,
      );
    } else values.push(value);
  });
  return values;
}

function isProblem(value: unknown): value is { expected: string } {
  return typeof value === "object" && value !== null && "expected" in value;
}

const wrong = (what: string, node: JsonNode) => ({
  expected: `${what}, received ${shown(node)}`,
});
const never = (why: string) => ({ expected: `can never match: ${why}` });

const readRange: ReadValue<NonNullable<When["ip"]>[number]> = (node) => {
  try {
    if (node.kind === "string") return parseCidr(node.value);
  } catch {
    // Said below.
  }
  return wrong("an IP address or CIDR range", node);
};

const readGlob: ReadValue<string> = (node) => {
  if (node.kind !== "string") return wrong("a text", node);
  if (node.value.length > MAX_GLOB) {
    return { expected: `at most ${MAX_GLOB} characters` };
  }
  // deno-lint-ignore no-control-regex
  return /[\x00-\x1f\x7f]/.test(node.value)
    ? wrong("a text without control characters", node)
    : node.value;
};

function lower(value: ReturnType<typeof readGlob>) {
  return typeof value === "string" ? value.toLowerCase() : value;
}

const readPath: ReadValue<string> = (node) => {
  const glob = readGlob(node);
  if (typeof glob !== "string") return glob;
  if (!/^[/*]/.test(glob)) {
    return never(
      `paths begin with "/", received ${quoted(glob)}`,
    );
  }
  if (/[?#]/.test(glob)) {
    return never(`a path ends before "?" and "#", received ${quoted(glob)}`);
  }
  if (/(^|\/)\.{1,2}(\/|$)/.test(glob)) {
    return never(
      `"." and ".." in paths are resolved, received ${quoted(glob)}`,
    );
  }
  if (/%[\da-f]{2}/i.test(glob)) {
    return never(
      `paths are compared decoded, write it so, received ${quoted(glob)}`,
    );
  }
  return glob;
};

const readMethod: ReadValue<string> = (node) => {
  if (node.kind !== "string" || !TOKEN.test(node.value)) {
    return wrong("a method such as GET", node);
  }
  const upper = node.value.toUpperCase();
  return node.value === upper ? upper : never(
    `methods are in capitals: did you mean "${upper}"?`,
  );
};

const readHost: ReadValue<string> = (node) => {
  const glob = lower(readGlob(node));
  if (typeof glob !== "string") return glob;
  if (glob === "" || /[/\s@?#]/.test(glob)) {
    return wrong("a host such as example.org or *.example.org", node);
  }
  return /:/.test(glob.replace(/^\[[^\]]*\]$/, ""))
    ? never(`hosts are compared without a port, received ${quoted(glob)}`)
    : glob;
};

function readHeaders(
  node: JsonNode,
  path: string,
  issues: Issues,
): NonNullable<When["header"]> {
  if (node.kind !== "object" || node.members.length === 0) {
    issues.add(
      node,
      path,
      `expected names and values such as {"x-api-key": "*"}, received ${
        shown(node)
      }`,
    );
    return [];
  }
  return node.members.map(({ name, at, value }) => {
    if (!TOKEN.test(name)) {
      issues.add(
        { at },
        path,
        `expected a field's name, received ${quoted(name)}`,
      );
    }
    return [
      name.toLowerCase(),
      readList(value, `${path}.${name}`, issues, readGlob),
    ];
  });
}

const readCountry: ReadValue<string> = (node) => {
  const code = node.kind === "string" ? node.value.toUpperCase() : "";
  return isCountryCode(code)
    ? code
    : wrong("an ISO 3166 country code such as DE", node);
};

const readAsn: ReadValue<number> = (node) =>
  node.kind === "number" && Number.isInteger(node.value) && node.value >= 1 &&
    node.value <= 4_294_967_294
    ? node.value
    : wrong("the number of an operator such as 64496", node);

const readBot: ReadValue<string> = (node) => {
  if (node.kind === "string" && isBotWord(node.value)) return node.value;
  const meant = node.kind === "string" ? nearestBotWord(node.value) : null;
  return {
    expected: `a category or a crawler's name, received ${shown(node)}` +
      (meant === null ? "" : `: did you mean "${meant}"?`),
  };
};

const readUser: ReadValue<string> = (node) => {
  if (
    node.kind !== "string" || node.value === "" || node.value.length > 64
  ) return wrong("anonymous, signed-in or a name", node);
  const meant = nearest(node.value, ["anonymous", "signed-in"], true);
  return meant !== null && meant !== node.value &&
      node.value.replace(/[_ ]/g, "-").toLowerCase() === meant
    ? { expected: `${quoted(meant)}, received ${quoted(node.value)}` }
    : node.value;
};

const readSignal: ReadValue<string> = (node) => {
  const text = node.kind === "string" ? node.value : "";
  return (SIGNALS as readonly string[]).includes(text) ? text : {
    expected: `one of ${SIGNALS.join(", ")}, received ${shown(node)}${
      hint(text, SIGNALS)
    }`,
  };
};

const readStatus: ReadValue<{ from: number; to: number }> = (node) => {
  if (
    node.kind === "number" && Number.isInteger(node.value) &&
    node.value >= 100 && node.value <= 599
  ) return { from: node.value, to: node.value };
  if (node.kind === "string" && /^[1-5]xx$/.test(node.value)) {
    const from = Number(node.value[0]) * 100;
    return { from, to: from + 99 };
  }
  return wrong('a status such as 404 or "4xx"', node);
};
