import type { LogFormat } from "../format.ts";

/**
 * GitLab's workhorse and related programs (LabKit): `remote_addr` is a socket on its own machine.
 */
export const gitlab: LogFormat = {
  name: "gitlab",
  about: "GitLab's workhorse",
  source: "https://docs.gitlab.com/administration/logs/#workhorse-logs",
  layout: {
    needs: ["correlation_id", "remote_ip", "uri", "status"],
    json: {
      time: ["time"],
      peer: ["remote_ip"],
      method: ["method"],
      target: ["uri"],
      status: ["status"],
      duration: [["duration_ms", "ms"]],
      agent: ["user_agent"],
      referrer: ["referrer"],
      host: ["host"],
    },
  },
  sample:
    `{"backend_id":"rails","correlation_id":"01JV","duration_ms":12,"host":"www.example.org","level":"info","method":"GET","msg":"access","proto":"HTTP/1.1","referrer":"","remote_addr":"127.0.0.1:0","remote_ip":"192.0.2.10","route":"","status":200,"system":"http","time":"2025-05-17T10:05:03Z","ttfb_ms":11,"uri":"/","user_agent":"curl/8.13.0","written_bytes":5120}`,
};
