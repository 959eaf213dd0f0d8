/** `deno task clients`: installs the clients and apps of tests/clients, and runs all tests. */
if (Deno.args.includes("--help") || Deno.args.includes("-h")) {
  console.log(
    "Usage: deno task clients\n\n" +
      "Installs clients and apps from Debian, PyPI and npm, and runs each without the proxy and with it.\n" +
      "`deno task test` tries those of them that are installed, but for the slowest; CLIENTS_BIN names where more lie.",
  );
  Deno.exit(0);
}
const here = new URL(".", import.meta.url).pathname;
const installed = await new Deno.Command(`${here}/install.sh`, {
  args: ["all"],
  stdout: "piped",
  stderr: "inherit",
}).output();
const folders = new TextDecoder().decode(installed.stdout).trim();
const { code } = await new Deno.Command(Deno.execPath(), {
  args: ["test", "-A", "--quiet", here],
  env: { CLIENTS_BIN: folders, EVERY_CLIENT: "1", REQUIRE_BROWSER: "0" },
}).spawn().status;
Deno.exit(code);
