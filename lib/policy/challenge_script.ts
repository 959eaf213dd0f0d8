/**
 * The script that solves a puzzle in a browser. It yields every 40 ms, so that the page stays
 * responsive.
 *
 * @module
 */
import { createSha256Word } from "./sha256_word.ts";

/**
 * A function of `p`, the puzzle, and `step`, which is called with the progress; returns the
 * solution.
 */
export const SOLVER = `async function solve(p, step) {
  const first = (${createSha256Word})();
  const found = [];
  let until = Date.now() + 40;
  for (let part = 0; part < p.parts; part++) {
    const head = p.id + "." + part + ".";
    let n = 0;
    while (first(head + n) >= p.below) {
      if ((++n & 255) === 0 && Date.now() > until) {
        await new Promise((go) => setTimeout(go));
        until = Date.now() + 40;
      }
    }
    found.push(n);
    step(part + 1);
  }
  return [p.token, ...found].join(".");
}`;

/** Solves the page's puzzle and repeats the request. */
export const PAGE_SCRIPT = `${SOLVER}
(async () => {
  const at = (id) => document.getElementById(id);
  const p = JSON.parse(at("p").textContent);
  const say = (id) => { at("s").textContent = at(id).textContent; };
  try {
    const solution = await solve(p, (n) => { at("b").value = n; });
    const answer = await fetch(location.href, {
      headers: { [p.field]: solution },
      credentials: "same-origin",
      cache: "no-store",
      redirect: "manual",
    });
    if (answer.status !== 204) return say("no");
    say("ok");
    const form = at("f");
    if (form) HTMLFormElement.prototype.submit.call(form);
    else if (p.next) location.replace(p.next);
    else if (!at("again")) location.reload();
    else at("again").hidden = false;
  } catch {
    say("no");
  }
})();`;
