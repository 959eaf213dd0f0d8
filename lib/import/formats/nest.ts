import type { LogFormat } from "../format.ts";

/** The logger's prefix of a message: text, and JSON since Nest 11. */
const FRONT = String
  .raw`(?:\[[^\]]{1,64}\] \d{1,10} +- |\{"level":"\w{3,8}","pid":\d{1,10},"timestamp":)`;
const TIME = String
  .raw`(?<time>\d{13}|[\d/]{8,10}, [\d:]{7,8}(?: ?[APap][Mm])?)`;
const LEVEL = String.raw`(?: +[A-Z]{3,8} (?:\[[^\]]{1,128}\] )?|,"message":")`;
const REQUEST = String
  .raw`\[?(?<method>[A-Z]{3,16})\]? (?<target>/\S*) (?:- )?(?<status>\d{3})`;
const FILLERS = String.raw`(?: (?:\d{1,15}|undefined|-)){0,4}`;
/** Length, duration and dashes. */
const NUMBERS = String
  .raw`${FILLERS}(?: (?<ms>\d{1,10}(?:\.\d{1,9})?ms)${FILLERS})?`;
const ADDRESS = String.raw`(?<peer>[\da-f]*[.:][\da-f.:]{2,44})`;
const AFTER = String.raw`(?: \+?\d{1,10}(?:\.\d{1,9})?ms)?(?=$|",")`;
const SOURCE = "https://docs.nestjs.com/techniques/logger";

/** Nest's logger, with the message of a widely copied middleware. */
export const nest: LogFormat = {
  name: "nest",
  about: "Nest's logger with a request, its status, the user agent, an address",
  source: SOURCE,
  layout: {
    pattern: new RegExp(
      `^${FRONT}${TIME}${LEVEL}${REQUEST}${NUMBERS} (?<agent>[^ -].{0,1023}?)(?: -)? ${ADDRESS}${AFTER}`,
    ),
  },
  sample:
    `[Nest] 4321  - 05/17/2025, 10:05:03 AM     LOG [HTTP] GET / 200 512 - curl/8.13.0 192.0.2.10`,
};

/** The same with the address before the user agent, which a visitor may end with an address. */
export const nestAddressFirst: LogFormat = {
  name: "nest-address-first",
  about: "Nest's logger with a request, its status, an address, the user agent",
  source: SOURCE,
  layout: {
    pattern: new RegExp(
      `^${FRONT}${TIME}${LEVEL}${REQUEST}${NUMBERS} ${ADDRESS}(?: -)? (?<agent>[^ -].{0,1023}?)(?=$|",")`,
    ),
  },
  sample:
    `[Nest] 4321  - 05/17/2025, 10:05:03 AM     LOG [HTTP] GET / 200 512 - 192.0.2.10 - curl/8.13.0`,
};
