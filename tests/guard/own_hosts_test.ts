import { assertEquals } from "@std/assert";
import { OwnHosts } from "../../lib/guard/own_hosts.ts";
import { signalNames } from "../../lib/signals/signal.ts";
import { signalsOf } from "../../lib/signals/signals.ts";

/** The result for a request to `target` with a `Host`. */
function seen(hosts: OwnHosts, target: string, host: string) {
  return signalNames(signalsOf({
    method: "GET",
    target,
    headers: [["host", host]],
    isOurs: hosts.isOurs,
  }));
}

Deno.test("A tunnel to somebody else's page is told whatever its Host says, once a host of ours is known", () => {
  const hosts = new OwnHosts();
  const tunnel = () =>
    seen(hosts, "http://mail.example.net/", "mail.example.net");
  assertEquals(tunnel(), []);
  hosts.served("/", "www.example.org:8000");
  assertEquals(tunnel(), ["proxy"]);
  assertEquals(seen(hosts, "http://www.example.org/a", "www.example.org"), []);
  assertEquals(seen(hosts, "http://WWW.example.org:8000/", "x"), []);
});

Deno.test("A tunnel that was answered does not make its host one of ours", () => {
  const hosts = new OwnHosts(undefined, ["www.example.org"]);
  hosts.served("http://mail.example.net/", "mail.example.net");
  assertEquals(hosts.isOurs("mail.example.net"), false);
});

Deno.test("Where ALLOWED_HOSTS says which hosts are ours, nothing is learned", () => {
  const hosts = new OwnHosts((host) => host === "www.example.org");
  hosts.served("/", "mail.example.net");
  assertEquals(hosts.isOurs("mail.example.net"), false);
  assertEquals(hosts.isOurs("www.example.org"), true);
});

Deno.test("However many hosts are answered for, few are remembered", () => {
  const hosts = new OwnHosts();
  for (let n = 0; n < 1_000; n++) hosts.served("/", `h${n}.example`);
  assertEquals(hosts.isOurs("h99.example"), true);
  assertEquals(hosts.isOurs("h100.example"), false);
});
