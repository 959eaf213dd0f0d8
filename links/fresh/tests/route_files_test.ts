import { assert, assertEquals } from "@std/assert";
import {
  isRouteFile,
  registerFiles,
  type RouteFile,
} from "../src/fs_routes.ts";
import { comparePatterns, routePattern } from "../src/route_path.ts";

Deno.test("file routes: a path follows from the file's name", () => {
  const table = [
    ["index.tsx", "/"],
    ["about.ts", "/about"],
    ["a/index.jsx", "/a"],
    ["a/[id].js", "/a/:id"],
    ["a/[[opt]].tsx", "/a/:opt?"],
    ["a/[...rest].tsx", "/a/:rest*"],
    ["(group)/a.tsx", "/(group)/a"],
    ["[id].json.ts", "/:id.json"],
    ["a/[x]-[y]/b.tsx", "/a/:x-:y/b"],
  ];
  for (const [file, path] of table) assertEquals(routePattern(file!), path);
});

Deno.test("file routes: static beats [id] beats [[opt]] beats [...rest]", () => {
  const sorted = [
    "/",
    "/a",
    "/a/:id.json",
    "/a/:id",
    "/a/:id/b",
    "/a/:opt?",
    "/a/:rest*",
    "/:id",
    "/:rest*",
  ];
  assertEquals(sorted.toReversed().sort(comparePatterns), sorted);
});

Deno.test("file routes: helpers, tests and (_folders) are not routes", () => {
  const table: [string, boolean][] = [
    ["a.tsx", true],
    ["_app.tsx", true],
    ["a/_middleware.ts", true],
    ["a/_500.tsx", true],
    ["_helper.ts", true],
    ["(_components)/a.tsx", false],
    ["a/(_islands)/b.tsx", false],
    ["(group)/a.tsx", true],
    ["a_test.ts", false],
    ["a.test.tsx", false],
    ["a.md", false],
    ["a.d.ts", true],
  ];
  for (const [path, expected] of table) {
    assertEquals(isRouteFile(path), expected, path);
  }
});

Deno.test("file routes: a module without exports is refused by name", () => {
  const cases: [RouteFile, string][] = [
    [{ path: "a/_middleware.ts", module: { default: 1 } }, "a/_middleware.ts"],
    [{ path: "_app.tsx", module: {} }, "_app.tsx"],
  ];
  const target = {} as Parameters<typeof registerFiles>[1];
  for (const [file, name] of cases) {
    let message = "";
    try {
      registerFiles([file], target);
    } catch (error) {
      message = (error as Error).message;
    }
    assert(message.startsWith("Cannot use") && message.includes(name), message);
  }
});
