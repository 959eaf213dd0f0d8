import type { Provider } from "./provider.ts";

/**
 * IPinfo. The first endpoint returns cities and coordinates; it rejects tokens of the free Lite
 * plan, which get only the country from the second.
 *
 * https://ipinfo.io/developers, https://ipinfo.io/developers/lite-api
 */
export const ipinfo: Provider = {
  name: "ipinfo",
  source: "IPinfo",
  urls: [
    (ip) => `https://ipinfo.io/${ip}/json`,
    (ip) => `https://api.ipinfo.io/lite/${ip}`,
  ],
  bearer: true,
  pick(answer) {
    if (answer.bogon === true) return null;
    const [latitude, longitude] = position(answer.loc);
    return {
      // Lite has both code and name, the other endpoint only the code.
      country_code: answer.country_code ?? answer.country,
      city: answer.city,
      latitude,
      longitude,
    };
  },
};

/** Parses "59.91,10.75". */
function position(loc: unknown): [number, number] | [null, null] {
  if (typeof loc !== "string" || loc.length > 40) return [null, null];
  const match = /^(-?\d+(?:\.\d+)?),(-?\d+(?:\.\d+)?)$/.exec(loc);
  return match ? [Number(match[1]), Number(match[2])] : [null, null];
}
