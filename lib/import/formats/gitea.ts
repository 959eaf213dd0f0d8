import type { LogFormat } from "../format.ts";

/** The router's log of Gitea and Forgejo. */
export const gitea: LogFormat = {
  name: "gitea",
  about: "the router's log of Gitea and Forgejo",
  source: "https://docs.gitea.com/administration/logging-config",
  layout: {
    pattern:
      /^(?<time>\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?) .*router: completed (?<method>[A-Z]+) (?<target>\S+) for (?<peer>\S+), (?<status>\d{3}) [\w -]+ in (?<ms>\S+)/,
  },
  sample:
    `2025/05/17 10:05:03 ...eb/routing/logger.go:102:func1() [I] router: completed GET / for 192.0.2.10:41822, 200 OK in 12.1ms @ web/home.go:32(web.Home)`,
};
