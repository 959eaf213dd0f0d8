import { type App, freePort, startApp } from "./_bench.ts";

/** Starts nginx with the given contents of `server { }`. */
export async function startNginx(
  folder: string,
  server: string,
  main = "",
): Promise<App> {
  const port = freePort();
  for (const name of ["tmp", "www"]) {
    await Deno.mkdir(`${folder}/${name}`, { recursive: true });
  }
  await Deno.writeTextFile(
    `${folder}/nginx.conf`,
    `${main}
daemon off; worker_processes 1; pid ${folder}/nginx.pid; error_log /dev/null;
${Deno.uid() === 0 ? "user root;" : ""}
events { worker_connections 256; }
http {
  access_log off; default_type application/octet-stream;
  client_body_temp_path ${folder}/tmp/body; proxy_temp_path ${folder}/tmp/proxy;
  fastcgi_temp_path ${folder}/tmp/fastcgi; uwsgi_temp_path ${folder}/tmp/uwsgi;
  scgi_temp_path ${folder}/tmp/scgi;
  absolute_redirect off;
  server { listen 127.0.0.1:${port}; root ${folder}/www;
${server}
  }
}
`,
  );
  return await startApp(
    "nginx",
    ["-p", folder, "-c", `${folder}/nginx.conf`],
    port,
  );
}
