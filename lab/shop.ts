/**
 * A small shop and a wiki, as other people's apps are: pages with links and parameters, a login that
 * shows its form again, a folder behind HTTP authentication, and much that is not there.
 */

const PRODUCTS = 24;
const ARTICLES = 40;

/** Serves it on a free port of this machine. */
export function startShop(): { url: string; stop(): Promise<void> } {
  const server = Deno.serve(
    {
      hostname: "127.0.0.1",
      port: 0,
      onListen() {},
      // A body that broke off.
      onError: () => new Response(null, { status: 400 }),
    },
    answer,
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    stop: () => server.shutdown(),
  };
}

async function answer(request: Request): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  if (request.method === "POST") return await posted(request, pathname);
  const product = /^\/product\/(\d+)$/.exec(pathname)?.[1];
  const article = /^\/wiki\/Article_(\d+)$/.exec(pathname)?.[1];
  switch (pathname) {
    case "/":
      return page(
        "Shop",
        links("/product/", PRODUCTS) +
          '<a href="/wiki/">Wiki</a> <a href="/login">Login</a> <a href="/search?q=lamp">Search</a>',
      );
    case "/wiki/":
      return page("Wiki", links("/wiki/Article_", ARTICLES));
    case "/search":
      return page(
        "Search",
        `<p>Nothing found for ${escapeHtml(searchParams.get("q") ?? "")}.</p>`,
      );
    case "/item":
      return page(
        "Item",
        `<p>Item ${escapeHtml(searchParams.get("id") ?? "")}</p>`,
      );
    case "/login":
      return page("Login", LOGIN);
    case "/health":
      return new Response("ok");
    case "/robots.txt":
      return new Response("User-agent: *\nDisallow: /cart\n");
    case "/style.css":
      return new Response("body { margin: 2rem }", {
        headers: { "content-type": "text/css" },
      });
  }
  if (pathname.startsWith("/private")) {
    return new Response("No", {
      status: 401,
      headers: { "www-authenticate": 'Basic realm="private"' },
    });
  }
  if (product && Number(product) < PRODUCTS) {
    return page(
      `Product ${product}`,
      `<a href="/item?id=${product}">More</a> <a href="/">Shop</a>`,
    );
  }
  if (article && Number(article) < ARTICLES) {
    return page(
      `Article ${article}`,
      `<p>A text.</p><a href="/wiki/Article_${
        (Number(article) + 1) % ARTICLES
      }">Next</a> <a href="/wiki/">Wiki</a>`,
    );
  }
  return page("Not found", "<p>There is no such page.</p>", 404);
}

async function posted(request: Request, path: string): Promise<Response> {
  const text = await request.text();
  if (path === "/login") {
    const isRight =
      new URLSearchParams(text).get("password") === "correct horse";
    return isRight
      ? new Response(null, {
        status: 303,
        headers: { location: "/", "set-cookie": "sid=1; Path=/" },
      })
      : page("Login", `<p>Wrong name or password.</p>${LOGIN}`);
  }
  return path === "/cart" || path === "/search"
    ? page("Cart", "<p>Thank you.</p>")
    : page("Not found", "<p>There is no such page.</p>", 404);
}

const LOGIN =
  '<form method="post" action="/login"><input name="user"><input name="password" type="password"><button>Go</button></form>';

function links(prefix: string, count: number): string {
  return Array.from(
    { length: count },
    (_, n) => `<a href="${prefix}${n}">${n}</a>`,
  ).join(" ");
}

function page(title: string, body: string, status = 200): Response {
  return new Response(
    `<!doctype html><html lang="en"><title>${title}</title><link rel="stylesheet" href="/style.css"><h1>${title}</h1>${body}</html>`,
    { status, headers: { "content-type": "text/html; charset=utf-8" } },
  );
}

function escapeHtml(text: string): string {
  return text.replace(
    /[&<>"']/g,
    (character) => `&#${character.charCodeAt(0)};`,
  );
}
