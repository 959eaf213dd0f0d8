import type { LogFormat } from "../format.ts";

/** Bunny's CDN. */
export const bunny: LogFormat = {
  name: "bunny",
  about: "Bunny's CDN",
  source: "https://docs.bunny.net/docs/cdn-log-format",
  layout: {
    // The line does not have the method: a cache is requested with GET.
    pattern:
      /^[A-Z-]+\|(?<status>\d{3})\|(?<time>\d{10,13})\|\d+\|\d+\|(?<peer>[^|]*)\|(?<referrer>[^|]*)\|(?<target>[^|]*)\|[^|]*\|(?<agent>[^|]*)\|/,
  },
  sample:
    `HIT|200|1747476303127|5120|390|192.0.2.10|-|https://www.example.org/|DE|curl/8.13.0|163cb7b77e79acf4a7b3ee5a16e55bb1|DE`,
};
