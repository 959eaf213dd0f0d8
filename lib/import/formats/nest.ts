import type { LogFormat } from "../format.ts";

/** The logger's prefix of a message: text, and JSON since Nest 11. */
const FRONT = String
  .raw`(?:\[[^\]]{1,64}\] \d{1,10} +- |\{"level":"\w{3,8}","pid":\d{1,10},"timestamp":)`;
const TIME = String
  .raw`(?<time>\d{13}|[\d/]{8,10}, [\d:]{7,8}(?: ?[APap][Mm])?)`;
const LEVEL = String.raw`(?: +[A-Z]{3,8} (?:\[[^\]]{1,128}\] )?|,"message":")`;
const MESSAGE = String
  .raw`(?<method>[A-Z]{3,16}) (?<target>/\S*) (?<status>\d{3}) (?:\d{1,15}|undefined|-) - (?<agent>.{0,1024}?) (?<peer>[\da-f.:]{3,45})(?=$|",")`;

/** Nest's logger, with the message of a widely copied middleware. */
export const nest: LogFormat = {
  name: "nest",
  about: "Nest's logger with method, path, status, length, user agent, address",
  source: "https://docs.nestjs.com/techniques/logger",
  layout: {
    pattern: new RegExp(`^${FRONT}${TIME}${LEVEL}${MESSAGE}`),
  },
  sample:
    `[Nest] 4321  - 05/17/2025, 10:05:03 AM     LOG [HTTP] GET / 200 512 - curl/8.13.0 192.0.2.10`,
};
