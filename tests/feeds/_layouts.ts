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
  "STIX' indicators, not what else is in the bundle": [
    JSON.stringify({
      type: "bundle",
      id: "bundle--1",
      objects: [
        { type: "identity", id: "identity--1", name: "X 1.2.9.1" },
        {
          type: "indicator",
          id: "indicator--1",
          name: "scans",
          description: "a scanner",
          pattern: "[ipv4-addr:value = '1.2.3.4']",
          pattern_type: "stix",
          valid_from: "2025-01-01T00:00:00Z",
          valid_until: "2027-01-01T00:00:00Z",
          kill_chain_phases: [{ kill_chain_name: "x", phase_name: "y" }],
        },
        {
          type: "indicator",
          id: "indicator--2",
          pattern:
            "[ipv4-addr:value ISSUBSET '1.2.5.0/24' OR ipv6-addr:value = '2001:db8::7']",
        },
        {
          type: "indicator",
          id: "indicator--3",
          pattern: "[url:value = 'http://1.2.9.2/x']",
        },
        {
          type: "indicator",
          id: "indicator--4",
          revoked: true,
          pattern: "[ipv4-addr:value = '1.2.9.3']",
        },
        { type: "ipv4-addr", id: "ipv4-addr--1", value: "1.2.9.4" },
        {
          type: "observed-data",
          id: "observed-data--1",
          objects: { 0: { type: "ipv4-addr", value: "1.2.9.5" } },
        },
      ],
    }),
    [
      ["1.2.3.4", "a scanner", Date.UTC(2027, 0, 1)],
      ["1.2.5.0/24", "", null],
      ["2001:db8::7", "", null],
    ],
  ],
  "MISP's event: addresses that are to be detected": [
    JSON.stringify({
      Event: {
        info: "from 1.2.9.1",
        Orgc: { name: "CIRCL" },
        Attribute: [
          {
            type: "ip-src",
            to_ids: true,
            value: "1.2.3.4",
            comment: "c2",
            Tag: [{ name: "tlp:white" }],
          },
          { type: "ip-dst|port", to_ids: true, value: "1.2.3.5|443" },
          { type: "ip-dst", to_ids: false, value: "1.2.9.2" },
          { type: "domain", to_ids: true, value: "evil.example" },
          { type: "AS", to_ids: true, value: "64500" },
        ],
        Object: [{
          Attribute: [
            { type: "ip-dst", to_ids: true, value: "1.2.3.6" },
            { type: "port", to_ids: false, value: "443" },
          ],
        }],
      },
    }),
    [["1.2.3.4", "c2", null], ["1.2.3.5", "", null], ["1.2.3.6", "", null]],
  ],
  "ThreatFox's CSV: names in a comment, ports, other indicators": [
    `####
# ThreatFox IOCs: recent IOCs - CSV format #
####
#
# "first_seen_utc","ioc_id","ioc_value","ioc_type","threat_type","malware_printable"
"2025-05-17 09:05:03", "1", "1.2.3.4:443", "ip:port", "botnet_cc", "Cobalt Strike"
"2025-05-17 09:05:03", "2", "evil.example", "domain", "botnet_cc", "X"
"2025-05-17 09:05:03", "3", "http://1.2.9.1/gate.php", "url", "botnet_cc", "X"
# Number of entries: 3
`,
    [["1.2.3.4", "Cobalt Strike", null]],
  ],
  "Feodo's and SSLBL's CSV": [
    `# first_seen_utc,dst_ip,dst_port,c2_status,last_online,malware
"2025-05-17 09:05:03","1.2.3.4","443","online","2025-05-17","Emotet"
# Listingdate,DstIP,DstPort
2025-05-17 09:05:03,1.2.3.5,443
# END (2) entries
`,
    [["1.2.3.4", "Emotet", null], ["1.2.3.5", "", null]],
  ],
  "columns between semicolons": [
    'ip;country;comment\n1.2.3.4;DE;scans\n1.2.3.5;FR;"a; b"\n',
    [["1.2.3.4", "scans", null], ["1.2.3.5", "a; b", null]],
  ],
  "columns between tabs, the last of which may be empty": [
    "ip\tcountry\tcomment\n1.2.3.4\tDE\tscans\n1.2.4.0/24\tFR\t\n",
    [["1.2.3.4", "scans", null], ["1.2.4.0/24", "", null]],
  ],
  "a response policy zone": [
    `$TTL 2h;
@ IN SOA localhost. root.localhost. (1 12h 15m 3w 2h)
  IN NS localhost.
ns 60 IN A 1.2.9.1
32.4.3.2.1.rpz-client-ip CNAME .
24.0.4.2.1.rpz-ip.rpz.example. 60 IN CNAME *.
128.7.zz.db8.2001.rpz-ip CNAME rpz-drop.
32.2.9.2.1.rpz-ip CNAME rpz-passthru.
evil.example CNAME .
`,
    [
      ["1.2.3.4", "", null],
      ["1.2.4.0/24", "", null],
      ["2001:db8::7", "", null],
    ],
  ],
  "spans behind names with colons, and eMule's with levels": [
    `ABC: Corp (v1.2):1.2.3.0-1.2.3.3
001.002.004.000 - 001.002.004.255 , 100 , Some org
001.002.009.000 - 001.002.009.255 , 200 , let in
`,
    [["1.2.3.0/30", "", null], ["1.2.4.0/24", "Some org", null]],
  ],
  "ipset save with counters, and as XML": [
    `add bl 1.2.3.4 timeout 300 packets 4 bytes 5 comment "a"
add bl 1.2.3.8-1.2.3.9
<ipsets>
<ipset name="bl">
<type>hash:ip</type>
<header><family>inet</family></header>
<members>
<member><elem>1.2.4.4</elem></member>
</members>
</ipset>
</ipsets>
`.replace(/<header>.*\n/, "<header>\n<family>inet</family>\n</header>\n"),
    [
      ["1.2.3.4", "a", NOW + HOUR / 12],
      ["1.2.3.8/31", "", null],
      ["1.2.4.4", "", null],
    ],
  ],
  "nft's JSON: elements that end, and rules that drop": [
    JSON.stringify({
      nftables: [
        {
          set: {
            name: "bl",
            elem: [
              { elem: { val: "1.2.3.4", timeout: 7200, expires: 3600 } },
              { elem: { val: { prefix: { addr: "1.2.4.0", len: 24 } } } },
            ],
          },
        },
        ...([["1.2.3.5", "drop"], [{ set: ["1.2.9.1"] }, "accept"]] as const)
          .map(([right, verdict]) => ({
            rule: {
              expr: [
                {
                  match: {
                    op: "==",
                    left: { payload: { protocol: "ip", field: "saddr" } },
                    right,
                  },
                },
                { [verdict]: null },
              ],
            },
          })),
      ],
    }),
    [
      ["1.2.3.4", "", NOW + HOUR],
      ["1.2.4.0/24", "", null],
      ["1.2.3.5", "", null],
    ],
  ],
  "an address with its mask, its length or its last one in other fields": [
    JSON.stringify([
      { network: "1.2.3.0", netmask: "255.255.255.0" },
      { network: "1.2.4.0", mask_len: 24 },
      { start_ip: "1.2.5.0", end_ip: "1.2.5.255" },
    ]),
    [["1.2.3.0/24", "", null], ["1.2.4.0/24", "", null], [
      "1.2.5.0/24",
      "",
      null,
    ]],
  ],
  "Zeek's intelligence": [
    "#fields\tindicator\tindicator_type\tmeta.desc\n1.2.3.4\tIntel::ADDR\tx\nevil.example\tIntel::DOMAIN\tx\n",
    [["1.2.3.4", "", null]],
  ],
  "Varnish' acl": [
    '"1.2.3.4";\n"1.2.4.0"/24; # x\n',
    [["1.2.3.4", "", null], ["1.2.4.0/24", "x", null]],
  ],
  "columns of first and last address": [
    "start_ip,end_ip,country\n1.2.3.0,1.2.3.255,DE\n",
    [["1.2.3.0/24", "", null]],
  ],
  "addresses as names": [
    '{"1.2.3.4":{"count":3},"1.2.9.1":{"action":"allow"}}',
    [["1.2.3.4", "", null]],
  ],
  "numbers as ends": [
    JSON.stringify([
      { ip: "1.2.3.4", expires_at: NOW / 1_000 + 3_600 },
    ]),
    [["1.2.3.4", "", NOW + HOUR]],
  ],
  "access tables of mail servers and of HAProxy": [
    "1.2.3.4 REJECT spam\n1.2.4.0/24\tdeny\n1.2.9.1 OK\n1.2.9.2 permit\n",
    [["1.2.3.4", "", null], ["1.2.4.0/24", "", null]],
  ],
  "what is decided about no address": [
    JSON.stringify({
      new: [
        { scope: "Ip", type: "ban", value: "1.2.3.4", duration: "1h" },
        { scope: "AS", type: "ban", value: "64500", duration: "1h" },
      ],
      deleted: [{ scope: "Ip", type: "ban", value: "1.2.9.1" }],
    }),
    [["1.2.3.4", "", NOW + HOUR]],
  ],
};

/** What such a list has besides is let in, or unclear: all but `1.2.3.4` is no entry. */
export const LETTING_IN: Record<string, string> = {
  "a section of YAML":
    "allowlist:\n  office:\n    - 1.2.9.1\nblocklist:\n  - 1.2.3.4\n",
  "a section of YAML in camel case":
    "ipAllowList:\n  sourceRange:\n    - 1.2.9.1\ndeny:\n  - 1.2.3.4\n",
  "a section of INI": "[whitelist]\n1.2.9.1\n[blocklist]\n1.2.3.4\n",
  "a heading in a comment":
    "# Whitelisted addresses (do not block)\n1.2.9.1\n# ours\n1.2.9.2\n# Blocked\n1.2.3.4\n",
  "a field of JSON":
    '{"ips":["1.2.3.4"],"exclude":["1.2.9.1"],"allow_list":["1.2.9.2"]}',
  "fields about the list": '{"server":{"ip":"1.2.9.1"},"x":{"ip":"1.2.3.4"}}',
  "an object's action":
    '{"ip":"1.2.9.1","action":"allow"}\n{"ip":"1.2.3.4","action":"block"}\n',
  "a row's action": "ip,action\n1.2.9.1,allow\n1.2.3.4,block\n",
  "a row's list": "address,list\n1.2.9.1,whitelist\n1.2.3.4,bad\n",
  "what is harmless":
    '[{"ip":"1.2.9.1","classification":"benign"},{"ip":"1.2.3.4","classification":"malicious"}]',
  "MikroTik's other lists, and what is switched off":
    "add address=1.2.9.1 list=whitelist\nadd address=1.2.9.2 disabled=yes list=bad\nadd address=1.2.3.4 list=bad\n",
  "csf.allow":
    "1.2.9.1 # Manually allowed: office\n1.2.3.4 # Manually denied\n",
  "a word behind a comma": "1.2.9.1, allow\n1.2.3.4, bad\n",
  "a policy's exception, and servers":
    "deny:\n  - 1.2.3.4\nexcept:\n  - 1.2.9.1\nntp_servers:\n  - 1.2.9.2\n",
  "a set of nft":
    "table inet f {\n set allowlist {\n  elements = { 1.2.9.1,\n 1.2.9.2 }\n }\n set bl {\n  elements = { 1.2.3.4 }\n }\n}\n",
  "an ipset": "add whitelist 1.2.9.1\nadd bl 1.2.3.4\n",
  "Juniper's prefix list":
    "set policy-options prefix-list TRUSTED 1.2.9.1/32\nset policy-options prefix-list BAD 1.2.3.4/32\n",
  "a comment behind the address":
    "1.2.9.1 # whitelist\n1.2.9.2 ; allow: office\n1.2.9.3 # example\n1.2.3.4 # bad\n",
  "what is no longer blocked":
    '[{"ip":"1.2.9.1","action":"unban"},{"ip":"1.2.9.2","blocked":false},{"ip":"1.2.3.4","blocked":true}]',
  "a policy's effect":
    '[{"effect":"allow","cidr":"1.2.9.1/32"},{"effect":"deny","cidr":"1.2.3.4/32"}]',
  "a benign indicator":
    `{"objects":[{"indicator_types":["benign"],"pattern":"[ipv4-addr:value = '1.2.9.1']"},{"pattern":"[ipv4-addr:value = '1.2.3.4']"}]}`,
  "PF's negations": "!1.2.9.1\n! 1.2.9.2\n1.2.3.4\n",
};

/** Lines that are refused as unclear. */
export const UNCLEAR: string[] = [
  "version: 1.2.9.1",
  "Example: 1.2.9.1",
  "dns: 1.2.9.1",
  "add bl 1.2.9.1 nomatch",
  "@ok not remote_ip 1.2.9.1",
  "1.2.9.1,1.2.9.9,DE",
  "1.2.9.1, 255.255.255.0",
  '"1.2.9.1","10.0.0.1"',
  "64500",
  "AS64500 ; x",
  "64500,1.2.9.0/24",
  "evil-1.2.9.1.example",
  "101.126.078.011",
  '{"src_ip":"1.2.9.1","dest_ip":"10.0.0.1"}',
  `{"type":"indicator","pattern":"[ipv4-addr:value = '1.2.9.1' AND url:value = 'x']"}`,
  `{"type":"indicator","pattern":"[ipv4-addr:value != '1.2.9.1']"}`,
  '{"ip":"1.2.9.1","expires_at":7}',
];
