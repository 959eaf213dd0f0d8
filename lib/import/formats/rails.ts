import type { LogFormat } from "../format.ts";

/** The process and the tags, if a logger writes them. */
const PREFIX = String
  .raw`^(?:[DIWEFA], \[[^\]#]{10,40}#(?<process>\d{1,10})\] +[A-Z]+ -- [^:]{0,60}: )?(?<key>(?:\[[^\]]{1,128}\] )*)`;
/** Other messages of Rails about a request. */
const WORDS =
  "Processing|Parameters|Rendered|Rendering|Redirected|Sent|Filter|Finished|Started|Successfully|Failed|Completed|Cache|Read|Write|Unpermitted|Can't verify|CACHE|ActionC";

/**
 * Rails' own log: a line for the request, and a line for the response; tags and processes tell
 * requests apart.
 */
export const rails: LogFormat = {
  name: "rails",
  about: "Rails' production log, two lines a request",
  source:
    "https://guides.rubyonrails.org/debugging_rails_applications.html#the-logger",
  layout: {
    lines: {
      begins: new RegExp(
        `${PREFIX}Started (?<method>[A-Z]+) "(?<target>.*)" for (?<peer>\\S+) at (?<time>[\\d-]{10} [\\d:]{8} [+-]\\d{4})$`,
      ),
      ends: [
        {
          pattern: new RegExp(
            `${PREFIX}Completed (?<status>\\d{3}) [^(]{0,60}?in (?<ms>[\\d.]+)ms`,
          ),
        },
        {
          // A request without a route has no completion line.
          pattern: new RegExp(
            `${PREFIX}ActionController::RoutingError \\(No route matches \\[`,
          ),
          status: 404,
        },
      ],
      beside: new RegExp(
        `${PREFIX}(?: |$|(?:${WORDS}))|^[DIWEFA], \\[[^\\]]{1,60}\\] +[A-Z]+ --`,
      ),
    },
  },
  sample: `Started GET "/" for 192.0.2.10 at 2025-05-17 10:05:03 +0000
Processing by PagesController#index as HTML
Completed 200 OK in 12ms (Views: 8.1ms | ActiveRecord: 1.2ms)`,
};
