/** What lists are written like, and what each wants: address, note, end. */
const HOUR = 3_600_000;
export const NOW = Date.UTC(2026, 0, 1);

export const LAYOUTS: Record<string, [text: string, wanted: unknown[][]]> = {
  "an array of texts": [
    '["1.2.3.4", "2001:db8::/32"]',
    [["1.2.3.4", "", null], ["2001:db8::/32", "", null]],
  ],
  "an array of objects on one line": [
    '[{"ip":"1.2.3.4","comment":"scans"},{"ip":"1.2.3.5"}]',
    [["1.2.3.4", "scans", null], ["1.2.3.5", "", null]],
  ],
  "AbuseIPDB's JSON": [
    JSON.stringify({
      meta: { generatedAt: "2026-01-01T00:00:00+00:00" },
      data: Array.from({ length: 300 }, (_, i) => ({
        ipAddress: `1.2.3.${i % 256}`,
        countryCode: "CN",
        abuseConfidenceScore: 100,
        lastReportedAt: "2026-01-01T00:00:00+00:00",
      })).slice(0, 2),
    }),
    [["1.2.3.0", "", null], ["1.2.3.1", "", null]],
  ],
  "AbuseIPDB's CSV": [
    '"IP","Country Code","Abuse Confidence Score","Last Reported At"\r\n"1.2.3.4","CN","100","2026-01-01T00:00:00+00:00"\r\n',
    [["1.2.3.4", "", null]],
  ],
  "what cscli writes as JSON": [
    JSON.stringify(
      [{
        id: 7,
        scenario: "crowdsecurity/http-probing",
        source: { ip: "1.2.3.4", scope: "Ip" },
        decisions: [
          {
            duration: "3h30m0s",
            origin: "crowdsec",
            scenario: "crowdsecurity/http-probing",
            scope: "Ip",
            type: "ban",
            value: "1.2.3.4",
          },
          { duration: "1h", scope: "Ip", type: "captcha", value: "1.2.3.5" },
        ],
      }],
      null,
      2,
    ),
    [["1.2.3.4", "crowdsecurity/http-probing", NOW + 3.5 * HOUR]],
  ],
  "what cscli writes as raw": [
    "id,source,ip,reason,action,country,as,events_count,expiration,simulated,alert_id\n" +
    "1,crowdsec,Ip:1.2.3.4,crowdsecurity/ssh-bf,ban,DE,64500 X,6,1h0m0s,false,7\n",
    [["1.2.3.4", "crowdsecurity/ssh-bf", NOW + HOUR]],
  ],
  "from one address to another": [
    "1.2.3.0-1.2.4.255 # two\n1.2.5.4 - 1.2.5.6\nSome net:1.2.6.0-1.2.6.255\n",
    [
      ["1.2.3.0/24", "two", null],
      ["1.2.4.0/24", "two", null],
      ["1.2.5.4/31", "", null],
      ["1.2.5.6", "", null],
      ["1.2.6.0/24", "", null],
    ],
  ],
  "DShield's columns": [
    "# DShield.org Recommended Block List\nStart\tEnd\tNetblock\tAttacks\tName\n1.2.3.0\t1.2.3.255\t24\t3421\tEXAMPLE\tDE\n",
    [["1.2.3.0/24", "3421 EXAMPLE DE", null]],
  ],
  "cells in quotes without a header": [
    '"1.2.3.4","scans, and more"\n',
    [["1.2.3.4", "scans, and more", null]],
  ],
  "networks of a cloud": [
    '{"syncToken":"1","prefixes":[{"ip_prefix":"1.2.3.0/24","region":"x"}],"ipv6_prefixes":[{"ipv6_prefix":"2001:db8::/32"}]}',
    [["1.2.3.0/24", "", null], ["2001:db8::/32", "", null]],
  ],
};
