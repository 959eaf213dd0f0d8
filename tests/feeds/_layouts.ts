/** Layouts of lists, and the expected result: address, note, end. */
const HOUR = 3_600_000;
export const NOW = Date.UTC(2026, 0, 1);

export const LAYOUTS: Record<string, [text: string, wanted: unknown[][]]> = {
  "Apache's lines, several on one, with a mask": [
    "<RequireAll>\n  Require all granted\n  Require not ip 1.2.3.4 1.2.4.0/24\n</RequireAll>\nOrder allow,deny\nDeny from 1.2.5.0/255.255.255.0 # x\n",
    [["1.2.3.4", "", null], ["1.2.4.0/24", "", null], ["1.2.5.0/24", "", null]],
  ],
  "nginx' geo in its block": [
    "geo $bad {\n  default 0;\n  1.2.3.0/24 1;\n  1.2.4.0/24 1; # scans\n}\n",
    [["1.2.3.0/24", "", null], ["1.2.4.0/24", "scans", null]],
  ],
  "YAML": [
    'sourceRange:\n  - "1.2.3.4"\n  - 1.2.4.0/24 # x\n',
    [["1.2.3.4", "", null], ["1.2.4.0/24", "", null]],
  ],
  "Caddy's matcher": [
    "@blocked remote_ip 1.2.3.4 2001:db8::/32\n",
    [["1.2.3.4", "", null], ["2001:db8::/32", "", null]],
  ],
  "commands of firewalls": [
    "ufw deny from 1.2.3.4 to any\niptables -I INPUT -s 1.2.3.5 -j DROP\nip route add blackhole 1.2.4.0/24\n",
    [["1.2.3.4", "", null], ["1.2.3.5", "", null], ["1.2.4.0/24", "", null]],
  ],
  "MikroTik's export": [
    '/ip firewall address-list\nadd address=1.2.3.4 list=bad\nadd address=1.2.4.0/24 comment="bad one" list=bad timeout=1d\n',
    [["1.2.3.4", "", null], ["1.2.4.0/24", "bad one", null]],
  ],
  "Cisco's lists, with wildcards": [
    "ip prefix-list BAD seq 5 deny 1.2.3.0/24\nip prefix-list BAD seq 10 permit 0.0.0.0/0 le 32\naccess-list 10 deny 1.2.4.0 0.0.0.255\n deny ip host 1.2.5.5 any log\nip route 1.2.6.0 255.255.254.0 Null0\n",
    [
      ["1.2.3.0/24", "", null],
      ["1.2.4.0/24", "", null],
      ["1.2.5.5", "", null],
      ["1.2.6.0/23", "", null],
    ],
  ],
  "firewalld's and IIS' XML": [
    '<ipset type="hash:net">\n  <entry>1.2.3.0/24</entry>\n</ipset>\n<add ipAddress="1.2.4.0" subnetMask="255.255.255.0" allowed="false" />\n',
    [["1.2.3.0/24", "", null], ["1.2.4.0/24", "", null]],
  ],
  "a rule with several addresses": [
    'drop ip [1.2.3.4,1.2.3.5] any -> $HOME_NET any (msg:"x"; sid:1;)\n',
    [["1.2.3.4", "", null], ["1.2.3.5", "", null]],
  ],
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
  "what nft lists": [
    `table inet filter {
	set blocklist {
		type ipv4_addr
		flags interval,timeout
		elements = { 1.2.3.0/24, 1.2.4.4 timeout 1d expires 3h30m,
			     1.2.5.4-1.2.5.6, 1.2.6.1 counter packets 5 bytes 300 comment "x, }y" }
	}
	chain input {
		type filter hook input priority filter; policy accept;
		ip saddr 1.2.7.1 counter packets 1 bytes 2 drop
		ip saddr 1.2.8.1 accept
	}
}
`,
    [
      ["1.2.3.0/24", "", null],
      ["1.2.4.4", "", NOW + 3.5 * HOUR],
      ["1.2.5.4/31", "", null],
      ["1.2.5.6", "", null],
      ["1.2.6.1", "x, }y", null],
      ["1.2.7.1", "", null],
    ],
  ],
  "what nft lists as JSON": [
    JSON.stringify({
      nftables: [{ metainfo: { version: "1.0.6", json_schema_version: 1 } }, {
        set: {
          family: "inet",
          name: "bl",
          elem: [
            { prefix: { addr: "1.2.3.0", len: 24 } },
            "1.2.4.4",
            { range: ["1.2.5.4", "1.2.5.5"] },
          ],
        },
      }],
    }),
    [
      ["1.2.3.0/24", "", null],
      ["1.2.4.4", "", null],
      ["1.2.5.4/31", "", null],
    ],
  ],
  "fail2ban-client status": [
    `Status for the jail: sshd
|- Filter
|  |- Currently failed:	1
|  |- Total failed:	5
|  \`- File list:	/var/log/auth.log
\`- Actions
   |- Currently banned:	2
   |- Total banned:	3
   \`- Banned IP list:	1.2.3.4 2001:db8::7
`,
    [["1.2.3.4", "", null], ["2001:db8::7", "", null]],
  ],
  "fail2ban-client banned": [
    "[{'sshd': ['1.2.3.4', '1.2.3.5']}, {'nginx': []}]\n",
    [["1.2.3.4", "", null], ["1.2.3.5", "", null]],
  ],
  "several addresses on a line": [
    "1.2.3.4 1.2.3.5 1.2.3.6\n1.2.4.4, 1.2.4.5, 2001:db8::7\n",
    ["1.2.3.4", "1.2.3.5", "1.2.3.6", "1.2.4.4", "1.2.4.5", "2001:db8::7"]
      .map((ip) => [ip, "", null]),
  ],
  "ufw status": [
    `Status: active

To                         Action      From
--                         ------      ----
22/tcp                     ALLOW       Anywhere
443                        ALLOW IN    1.2.9.9
Anywhere                   DENY        1.2.3.0/24
[ 4] Anywhere                   DENY IN     1.2.4.4                    # scans
80/tcp                     REJECT      1.2.5.4
Anywhere (v6)              DENY        2001:db8::/32
`,
    [
      ["1.2.3.0/24", "", null],
      ["1.2.4.4", "scans", null],
      ["1.2.5.4", "", null],
      ["2001:db8::/32", "", null],
    ],
  ],
  "iptables-save": [
    `# Generated by iptables-save
*filter
:INPUT ACCEPT [0:0]
:f2b-sshd - [0:0]
-A INPUT -p tcp -m multiport --dports 22 -j f2b-sshd
-A INPUT -i eth0 -s 1.2.3.0/24 -m comment --comment "two words" -j DROP
-A f2b-sshd -s 1.2.4.4/32 -j REJECT --reject-with icmp-port-unreachable
-A INPUT -s 1.2.9.9/32 -j ACCEPT
COMMIT
`,
    [["1.2.3.0/24", "", null], ["1.2.4.4", "", null]],
  ],
  "iptables -L": [
    `Chain INPUT (policy ACCEPT)
target     prot opt source               destination
DROP       all  --  1.2.3.4              0.0.0.0/0
ACCEPT     all  --  1.2.9.9              0.0.0.0/0

Chain f2b-sshd (1 references)
 pkts bytes target     prot opt in     out     source               destination
    5   300 REJECT     all  --  *      *       1.2.3.5              0.0.0.0/0            reject-with icmp-port-unreachable
    9   300 RETURN     all  --  *      *       0.0.0.0/0            0.0.0.0/0
`,
    [["1.2.3.4", "", null], ["1.2.3.5", "", null]],
  ],
  "ipset list": [
    `Name: bl
Type: hash:net
Revision: 7
Header: family inet hashsize 1024 maxelem 65536 timeout 0 comment
Size in memory: 504
References: 0
Number of entries: 2
Members:
1.2.3.0/24
1.2.3.4 timeout 3600 comment "scans"
`,
    [["1.2.3.0/24", "", null], ["1.2.3.4", "scans", NOW + HOUR]],
  ],
  "cscli decisions list": [
    `╭──────┬──────────┬────────────────┬─────────────────────────┬────────┬─────────┬────┬────────┬────────────┬──────────╮
│  ID  │  Source  │   Scope:Value  │          Reason         │ Action │ Country │ AS │ Events │ expiration │ Alert ID │
├──────┼──────────┼────────────────┼─────────────────────────┼────────┼─────────┼────┼────────┼────────────┼──────────┤
│ 7    │ crowdsec │ Ip:1.2.3.4     │ crowdsecurity/ssh-bf    │ ban    │ DE      │ 1  │ 6      │ 3h         │ 7        │
╰──────┴──────────┴────────────────┴─────────────────────────┴────────┴─────────┴────┴────────┴────────────┴──────────╯
`,
    [["1.2.3.4", "crowdsecurity/ssh-bf", null]],
  ],
  "nginx' geo": [
    "1.2.3.0/24 1;\n1.2.3.4   yes;\n",
    [["1.2.3.0/24", "", null], ["1.2.3.4", "", null]],
  ],
  "Azure's service tags": [
    JSON.stringify({
      changeNumber: 1,
      cloud: "Public",
      values: [{
        name: "ActionGroup",
        id: "ActionGroup",
        properties: {
          platform: "Azure",
          addressPrefixes: ["1.2.3.0/28", "2001:db8::/32"],
          networkFeatures: ["API", "NSG"],
        },
      }],
    }),
    [["1.2.3.0/28", "", null], ["2001:db8::/32", "", null]],
  ],
  "Cloudflare's networks": [
    JSON.stringify({
      result: {
        ipv4_cidrs: ["1.2.3.0/24"],
        ipv6_cidrs: ["2001:db8::/32"],
        etag: "38f79d050aa027e3be3865e495dcc9bc",
      },
      success: true,
      errors: [],
      messages: [],
    }),
    [["1.2.3.0/24", "", null], ["2001:db8::/32", "", null]],
  ],
  "the items of a list at Cloudflare": [
    JSON.stringify({
      result: [{
        id: "2c0fc9fa937b11eaa1b71c4d701ab86e",
        ip: "1.2.3.4",
        comment: "scans",
        created_on: "2026-01-01T00:00:00Z",
      }],
      success: true,
      errors: [],
      messages: [],
    }),
    [["1.2.3.4", "scans", null]],
  ],
  "Cloudflare's access rules, of which some let in": [
    JSON.stringify({
      result: [
        {
          mode: "block",
          configuration: { target: "ip", value: "1.2.3.4" },
          allowed_modes: ["block", "whitelist"],
          notes: "scans",
        },
        {
          mode: "whitelist",
          configuration: { target: "ip", value: "1.2.9.9" },
        },
      ],
    }),
    [["1.2.3.4", "scans", null]],
  ],
  "AWS WAF's sets": [
    JSON.stringify({
      IPSet: { Name: "x", ARN: "arn:aws:x", Addresses: ["1.2.3.4/32"] },
      LockToken: "x",
    }),
    [["1.2.3.4", "", null]],
  ],
  "Google's networks": [
    '{"syncToken":"1","creationTime":"2026-01-01T00:00:00","prefixes":[{"ipv4Prefix":"1.2.3.0/24"},{"ipv6Prefix":"2001:db8::/32"}]}',
    [["1.2.3.0/24", "", null], ["2001:db8::/32", "", null]],
  ],
  "GitHub's networks": [
    JSON.stringify({
      verifiable_password_authentication: false,
      ssh_key_fingerprints: { SHA256_RSA: "uNiVztksCsDhcc0u9e8BrqXVUD" },
      ssh_keys: ["ssh-ed25519 AAAAC3Nza"],
      hooks: ["1.2.3.0/24", "2001:db8::/32"],
      domains: { website: ["*.github.com"] },
    }),
    [["1.2.3.0/24", "", null], ["2001:db8::/32", "", null]],
  ],
};
