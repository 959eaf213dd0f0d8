import type { Rule } from "../rule.ts";
import { HOUR } from "../types.ts";
import { counted, inTheHour } from "./words.ts";

/** Tools that attack and say so, and exploits that are sent in place of a name. */
const TOOLS = [
  "sqlmap",
  "nikto",
  "nmap scripting engine",
  "masscan",
  "zgrab",
  "nuclei",
  "wpscan",
  "acunetix",
  "netsparker",
  "openvas",
  "nessus",
  "w3af",
  "dirbuster",
  "gobuster",
  "feroxbuster",
  "ffuf",
  "fuzz faster u fool",
  "wfuzz",
  "thc-hydra",
  "(hydra)",
  "havij",
  "arachni",
  "skipfish",
  "whatweb",
  "jorgee",
  "morfeus",
  "zmeu",
  "commix",
  "burpcollaborator",
  "l9explore",
  "leakix",
  "libredtail-http",
  "${jndi:",
  "() {",
  "() :",
];

/** Programs' own names, which people who mean no harm often leave as they are. */
const PROGRAMS = [
  "curl/",
  "wget/",
  "python-requests/",
  "python-urllib/",
  "aiohttp/",
  "httpx/",
  "go-http-client/",
  "java/",
  "apache-httpclient/",
  "okhttp/",
  "libwww-perl/",
  "lwp::simple/",
  "node-fetch",
  "axios/",
  "scrapy/",
  "winhttp",
  "php/",
];

/** So much weighs a tool that attacks: one request is enough. */
const ATTACK = 1_000;

/**
 * User agents that say what they are: attack tools are a warning from the first request on; programs
 * and requests without a name are info when there are many. ModSecurity CRS rules 913100 to 913120
 * (scanner detection) keep such a list; whoever lies about their name is left to the other rules.
 */
export function badBot(): Rule {
  const weights = (agent: string | null): number => {
    const name = agent?.trim().toLowerCase() ?? "";
    if (name === "" || name === "-") return 1;
    if (TOOLS.some((tool) => name.includes(tool))) return ATTACK;
    return PROGRAMS.some((program) => name.startsWith(program)) ? 1 : 0;
  };
  return {
    name: "bad_bot",
    about:
      "User agents that name an attack tool; and, as info, many requests of a program or without a name.",
    severity: "info",
    windowMs: HOUR,
    threshold: 30,
    markThreshold: 0,
    weight: 1,
    only: { user_agent: (agent) => weights(agent) > 0 },
    groupBy: (record) => record.ip_address,
    matches: () => true,
    marks: (record) => weights(record.user_agent) === ATTACK,
    raise({ marked }) {
      if (marked === 0) return "info";
      return marked > 100 ? "critical" : "warning";
    },
    explain({ count, marked, window, evidence }) {
      const hour = inTheHour(window);
      if (marked > 0) {
        return `${counted(marked, "request")} of an attack tool ${hour}`;
      }
      const agent = evidence.at(-1)?.user_agent?.trim();
      const who = agent && agent !== "-"
        ? `of a program that calls itself "${agent}"`
        : "without a user agent";
      return `${counted(count, "request")} ${who} ${hour}`;
    },
  };
}
