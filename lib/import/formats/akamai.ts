import type { LogFormat } from "../format.ts";

/** Akamai's DataStream 2. */
export const akamai: LogFormat = {
  name: "akamai",
  about: "Akamai's DataStream 2",
  source: "https://techdocs.akamai.com/datastream2/docs/data-set-parameters",
  layout: {
    needs: ["cliIP", "statusCode", "reqMethod"],
    json: {
      time: ["reqTimeSec", "reqTimeMSec"],
      peer: ["cliIP"],
      method: ["reqMethod"],
      target: ["reqPath"],
      query: ["queryStr"],
      isEncoded: true,
      status: ["statusCode"],
      duration: [["turnAroundTimeMSec", "ms"]],
      agent: ["UA"],
      referrer: ["referer"],
      host: ["reqHost"],
    },
  },
  sample:
    `{"version":1,"cp":"123456","reqId":"1239f220","reqTimeSec":"1747476303.127","bytes":"5120","cliIP":"192.0.2.10","statusCode":"200","proto":"HTTPS","reqHost":"www.example.org","reqMethod":"GET","reqPath":"/","queryStr":"-","UA":"curl%2F8.13.0"}`,
};
