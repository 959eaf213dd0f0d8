import { Refusal } from "../../lib/base/refusal.ts";
import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { compileSensitivePaths } from "../../lib/detection/sensitive_paths.ts";

const sensitive = compileSensitivePaths(["/admin", "/login", "/api/auth"]);

const table: [path: string, entry: string | null][] = [
  ["/login", "/login"],
  ["/login/", "/login"],
  ["/Login", "/login"],
  ["/LOGIN//", "/login"],
  ["/%6cogin", "/login"],
  ["/%6Cogin", "/login"],
  ["/%4Cogin", "/login"],
  ["//login", "/login"],
  ["/./login", "/login"],
  ["/%2e/login", "/login"],
  ["/x/../login", "/login"],
  ["/x/%2e%2e/login", "/login"],
  ["/%2flogin", "/login"],
  ["/admin%2Fusers", "/admin"],
  ["/admin/users", "/admin"],
  ["/admin/%ff", "/admin"],
  ["/%61dmin/%", "/admin"],
  ["/admin/%E0%A4%A", "/admin"],
  ["/api//auth/token", "/api/auth"],
  ["/API/Auth", "/api/auth"],
  ["/admin\u0000", null],
  ["/admin%00", null],
  ["/administrator-guide", null],
  ["/administrator", null],
  ["/admin.php", null],
  ["/admin;x", null],
  ["/adm", null],
  ["/x/admin", null],
  ["/admin/../x", null],
  ["/login%ff", null],
  ["/%256cogin", null],
  ["/api", null],
  ["/api/authx", null],
  ["/api/x/auth", null],
  ["/", null],
  ["//", null],
  ["/%", null],
  ["/%zz", null],
  ["", null],
  ["-", null],
  ["*", null],
  ["/\ud800", null],
  ["/../..", null],
];

for (const [path, entry] of table) {
  Deno.test(`sensitive paths: ${JSON.stringify(path)} is ${entry ?? "none"}`, () => {
    assertEquals(sensitive(path), entry);
  });
}

Deno.test("sensitive paths: the longest entry is the one named", () => {
  const match = compileSensitivePaths(["/api", "/api/auth", "/api/auth/v1"]);
  assertEquals(match("/api/auth/v1/x"), "/api/auth/v1");
  assertEquals(match("/api/auth/v2"), "/api/auth");
  assertEquals(match("/api/x"), "/api");
});

Deno.test("sensitive paths: entries are folded as paths are", () => {
  const match = compileSensitivePaths(["/WP-Admin/", "/gr%C3%B6%C3%9Fe", "/Ω"]);
  assertEquals(match("/wp-admin/x"), "/wp-admin");
  assertEquals(match("/GRÖßE"), "/größe");
  assertEquals(match("/%CF%89"), "/ω");
  assertEquals(match("/ω/x"), "/ω");
});

Deno.test("sensitive paths: an empty list watches nothing", () => {
  assertEquals(compileSensitivePaths([])("/admin"), null);
});

for (const entry of ["/", "", "admin", "//", "/./", "https://x/admin"]) {
  Deno.test(`sensitive paths: the entry "${entry}" is refused`, () => {
    assertThrows(() => compileSensitivePaths([entry]), Refusal, entry);
  });
}

Deno.test("sensitive paths: the early way out never changes the answer", () => {
  const slow = (path: string) => {
    let text = path;
    try {
      text = decodeURIComponent(path);
    } catch {
      text = path.replace(
        /%([0-7][\da-f])/gi,
        (_, hex) => String.fromCharCode(parseInt(hex, 16)),
      );
    }
    const segments: string[] = [];
    for (const part of text.toLowerCase().split("/")) {
      if (part === "..") segments.pop();
      else if (part !== "" && part !== ".") segments.push(part);
    }
    const [first, second] = segments;
    if (first === "admin" || first === "login") return `/${first}`;
    return first === "api" && second === "auth" ? "/api/auth" : null;
  };
  const part = fc.constantFrom(
    ..."/ // . .. % %2e %2F %61 a A admin login LOGIN api auth x %ff é".split(
      " ",
    ),
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
      const path = `/${parts.join("")}`;
      assertEquals(sensitive(path), slow(path), path);
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("sensitive paths: no path throws, nor takes long", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (path) => {
    sensitive(path);
    sensitive(`/${path}`);
  }));
  const long = [
    "/%".repeat(50_000),
    "/..".repeat(50_000),
    "%61".repeat(50_000),
    "/a".repeat(50_000),
  ];
  const start = performance.now();
  for (const path of long) sensitive(path);
  assertEquals(performance.now() - start < 1_000, true);
});
