import type { LogFormat } from "../format.ts";

/** Workers' traces, by `wrangler tail --format json` or Logpush; the edge sets `cf-connecting-ip`. */
export const cloudflareWorkers: LogFormat = {
  name: "cloudflare-workers",
  about: "traces of Cloudflare's Workers",
  source:
    "https://developers.cloudflare.com/workers/observability/logs/tail-workers/",
  layout: {
    needs: ["eventTimestamp", "event", "outcome"],
    json: {
      time: ["eventTimestamp"],
      peer: ["event.request.headers.cf-connecting-ip"],
      method: ["event.request.method"],
      target: ["event.request.url"],
      status: ["event.response.status"],
      duration: [["wallTime", "ms"]],
      agent: ["event.request.headers.user-agent"],
      referrer: ["event.request.headers.referer"],
      host: ["event.request.headers.host"],
    },
  },
  sample:
    `{"outcome":"ok","scriptName":"shop","exceptions":[],"logs":[],"eventTimestamp":1747476303127,"event":{"request":{"url":"https://www.example.org/","method":"GET","headers":{"cf-connecting-ip":"192.0.2.10","host":"www.example.org","user-agent":"curl/8.13.0"}},"response":{"status":200}}}`,
};
