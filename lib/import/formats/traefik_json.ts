import type { LogFormat } from "../format.ts";

/** Traefik's JSON. */
export const traefikJson: LogFormat = {
  name: "traefik",
  about: "Traefik's JSON",
  source: "https://doc.traefik.io/traefik/observability/access-logs/",
  layout: {
    needs: ["DownstreamStatus", "RequestMethod"],
    json: {
      time: ["StartUTC", "StartLocal", "time"],
      peer: ["ClientHost", "ClientAddr"],
      forwarded: ["request_X-Forwarded-For"],
      method: ["RequestMethod"],
      target: ["RequestPath"],
      status: ["DownstreamStatus"],
      duration: [["Duration", "ns"]],
      agent: ["request_User-Agent"],
      referrer: ["request_Referer"],
      user: ["ClientUsername"],
      host: ["RequestHost"],
    },
  },
  sample:
    `{"ClientAddr":"192.0.2.10:39496","ClientHost":"192.0.2.10","ClientUsername":"-","DownstreamStatus":200,"Duration":12000313,"RequestHost":"www.example.org","RequestMethod":"GET","RequestPath":"/","RequestProtocol":"HTTP/1.1","StartUTC":"2025-05-17T10:05:03.127000451Z","level":"info","msg":"","time":"2025-05-17T10:05:03Z"}`,
};
