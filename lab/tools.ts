import type { Actor, Target } from "./actor.ts";

/** Words that lists of hidden files and folders have. */
const WORDS =
  ".env .git/config .htaccess admin administrator backup backup.zip cgi-bin config config.php console db db.sql debug dump.sql login.php manager/html old phpinfo.php phpmyadmin private server-status setup.php shell.php test.php upload wp-admin wp-config.php.bak wp-login.php xmlrpc.php"
    .split(" ");

function wordList({ folder }: Target): string {
  const file = `${folder}/words.txt`;
  const more = Array.from({ length: 400 }, (_, n) => `folder${n}`);
  Deno.writeTextFileSync(file, [...WORDS, ...more].join("\n"));
  return file;
}

function passwordList({ folder }: Target): string {
  const file = `${folder}/passwords.txt`;
  const words = Array.from({ length: 120 }, (_, n) => `password${n}`);
  Deno.writeTextFileSync(file, words.join("\n"));
  return file;
}

/** An option with the user agent, where one is to be said. */
const agentBy = (
  { agent }: Target,
  option: (agent: string) => string[],
): string[] => agent === null ? [] : option(agent);

/**
 * Real tools, each with what somebody who runs it for the first time would say; bounded in count.
 */
export const TOOLS: readonly Actor[] = [
  {
    name: "sqlmap",
    needs: ["sqlmap"],
    run: (target) => ({
      command: "sqlmap",
      args: [
        ...["--batch", "--flush-session", "--disable-coloring"],
        ...["-u", `${target.url}/login?next=1`, "--level=2", "--risk=2"],
        ...["--timeout=5", "--retries=0", `--output-dir=${target.folder}`],
        ...agentBy(target, (agent) => ["-A", agent]),
      ],
    }),
  },
  {
    name: "dirb",
    needs: ["dirb"],
    run: (target) => ({
      command: "dirb",
      args: [
        ...[target.url, wordList(target), "-r", "-S"],
        ...agentBy(target, (agent) => ["-a", agent]),
      ],
    }),
  },
  {
    name: "gobuster",
    needs: ["gobuster"],
    run: (target) => ({
      command: "gobuster",
      args: [
        ...["dir", "-q", "-u", target.url, "-w", wordList(target), "-t", "4"],
        ...agentBy(target, (agent) => ["-a", agent]),
      ],
    }),
  },
  {
    name: "ffuf",
    needs: ["ffuf"],
    run: (target) => ({
      command: "ffuf",
      args: [
        ...["-s", "-u", `${target.url}/FUZZ`, "-w", wordList(target)],
        ...["-t", "4", "-p", "0.03"],
        ...agentBy(target, (agent) => ["-H", `User-Agent: ${agent}`]),
      ],
    }),
  },
  {
    name: "wfuzz",
    needs: ["wfuzz"],
    run: (target) => ({
      command: "wfuzz",
      args: [
        ...["-t", "4", "--hc", "404", "-w", wordList(target)],
        ...agentBy(target, (agent) => ["-H", `User-Agent: ${agent}`]),
        `${target.url}/FUZZ`,
      ],
    }),
  },
  {
    name: "wapiti",
    needs: ["wapiti"],
    run: (target) => ({
      command: "wapiti",
      args: [
        ...["-u", `${target.url}/`, "--no-bugreport", "--flush-session"],
        ...["-m", "sql,xss,exec,file", "--max-scan-time", "60", "-d", "2"],
        ...["--store-session", target.folder, "-o", `${target.folder}/report`],
        ...["-v", "0", "-f", "json"],
        // It asks for brotli and cannot read it.
        ...["-H", "Accept-Encoding: identity"],
        ...agentBy(target, (agent) => ["-A", agent]),
      ],
    }),
  },
  {
    name: "hydra",
    needs: ["hydra"],
    run: (target) => ({
      command: "hydra",
      args: [
        ...["-l", "admin", "-P", passwordList(target), "-t", "4", "-I"],
        ...["-s", new URL(target.url).port, "127.0.0.1", "http-post-form"],
        [
          "/login:user=^USER^&username=^USER^&password=^PASS^",
          ...agentBy(target, (agent) => [
            `H=User-Agent\\: ${agent.replaceAll(":", "\\:")}`,
          ]),
          // What it takes for a right password comes last.
          "S=303",
        ].join(":"),
      ],
    }),
  },
  {
    name: "whatweb",
    needs: ["whatweb"],
    run: (target) => ({
      command: "whatweb",
      args: [
        ...["-a", "4", "--color=never", "-q", target.url],
        ...agentBy(target, (agent) => ["-U", agent]),
      ],
    }),
  },
  {
    name: "nmap",
    needs: ["nmap"],
    run: (target) => ({
      command: "nmap",
      args: [
        ...["-Pn", "-n", "-sT", "-p", new URL(target.url).port],
        // Which port is a web server's is known: the scripts need not find out.
        ...["--script", "+http-enum,+http-config-backup,+http-userdir-enum"],
        ...[
          "--script-args",
          [
            "http.max-cache-size=0",
            ...agentBy(target, (agent) => [`http.useragent=${agent}`]),
          ].join(","),
        ],
        "127.0.0.1",
      ],
    }),
  },
  {
    name: "slowhttptest",
    needs: ["slowhttptest"],
    only: "proxy",
    run: (target) => ({
      command: "slowhttptest",
      args: [
        // Slow heads would never leave a proxy in front.
        ...["-c", "60", "-r", "30", "-i", "5", "-l", "55", "-p", "3", "-B"],
        ...["-u", target.url],
      ],
    }),
  },
  {
    name: "siege",
    needs: ["siege"],
    run: (target) => ({
      command: "siege",
      args: [
        ...["-b", "-c", "10", "-r", "400", "--no-parser"],
        ...agentBy(target, (agent) => ["-A", agent]),
        `${target.url}/`,
      ],
    }),
  },
];
