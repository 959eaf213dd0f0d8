import { isCountryCode } from "../../geo/country.ts";
import { choice, type ReadValue, wrong } from "./choice.ts";
import type { Condition } from "./condition.ts";

const readCountry: ReadValue<string> = (node) => {
  const code = node.kind === "string" ? node.value.toUpperCase() : "";
  return isCountryCode(code)
    ? code
    : wrong("an ISO 3166 country code such as DE", node);
};

/** ISO codes. */
export const country: Condition<string[]> = choice({
  read: readCountry,
  schema: { type: "string", pattern: "^[A-Za-z]{2}$" },
  compile(codes) {
    const set = new Set<string | null>(codes);
    return ({ country }) => set.has(country);
  },
  cost: 7,
  before: "from",
  help: "ISO codes; needs `GEO_PROVIDER`",
});
