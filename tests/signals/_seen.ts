import { signalNames } from "../../lib/signals/signal.ts";
import { type SeenRequest, signalsOf } from "../../lib/signals/signals.ts";

export const BROWSER =
  "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";

/** The signals of a request that is ordinary except for the given fields. */
export function shown(request: Partial<SeenRequest>): string[] {
  return signalNames(signalsOf({
    method: "GET",
    target: "/",
    headers: [["host", "www.example.org"], ["user-agent", BROWSER]],
    ...request,
  }));
}

/** A value in every place where a client can put one. */
export function everywhere(
  value: string,
): Record<string, Partial<SeenRequest>> {
  const encoded = encodeURIComponent(value);
  return {
    query: { target: `/search?page=2&q=${encoded}` },
    "query, with plus signs": {
      target: `/search?q=${encoded.replaceAll("%20", "+")}`,
    },
    path: { target: `/items/${encoded}` },
    cookie: { headers: [["cookie", `a=1; b=${encoded}`]] },
    referrer: {
      headers: [["referer", `https://www.example.org/?q=${encoded}`]],
    },
    form: {
      method: "POST",
      body: `a=1&b=${encoded}`,
      bodyType: "application/x-www-form-urlencoded",
    },
    JSON: {
      method: "POST",
      body: JSON.stringify({ a: 1, b: [value] }),
      bodyType: "application/json",
    },
  };
}
