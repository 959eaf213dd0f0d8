import { compareClient, run } from "./_bench.ts";
import { startNginx } from "./_nginx.ts";

/** The arguments of curl, with `$U` for the app and `$F` for the working folder. */
const CALLS: string[] = [
  "$U/hello.txt",
  "-I $U/hello.txt",
  "-I $U/none",
  "-r 2-5 $U/hello.txt",
  "-r 2-5,7-8 $U/hello.txt",
  "--compressed $U/hello.txt",
  "--http1.0 $U/hello.txt",
  "-X GET -d a=b $U/hello.txt",
  "-X GET --data-binary @$F/big -H Expect: $U/hello.txt",
  "-X HEAD -I -d a=b $U/hello.txt",
  "-H Transfer-Encoding:chunked -X GET -d abc $U/hello.txt",
  "-T $F/big $U/dav/put.bin",
  "-T $F/big -H Transfer-Encoding:chunked $U/dav/chunked.bin",
  "-T $F/big -H Expect: $U/dav/hasty.bin",
  "-T $F/empty $U/dav/empty.bin",
  "-X PUT $U/dav/nothing.bin",
  "-X MKCOL $U/dav/folder/",
  "-X MKCOL $U/dav/folder/",
  "-X MOVE -H Destination:/dav/moved.bin $U/dav/put.bin",
  "-X COPY -H Destination:/dav/copy.bin $U/dav/moved.bin",
  "-X DELETE $U/dav/copy.bin",
  "-X DELETE $U/dav/folder/",
  "-X DELETE $U/dav/none",
  "$U/dav/moved.bin",
  "$U/dav/chunked.bin",
  "-X PROPFIND $U/hello.txt",
  "-X POST $U/hello.txt",
  "-d a=b $U/hello.txt",
  "-F file=@$F/big $U/small/x",
  "-T $F/big $U/small/put",
  "-T $F/big -H Expect: $U/small/put",
  "-T $F/big -H Transfer-Encoding:chunked $U/small/put",
  "--data-binary @$F/big -H Expect: $U/denied/x",
  "--path-as-is $U/a/../hello.txt",
  "--path-as-is $U//hello.txt",
  "--path-as-is $U/./hello.txt",
  "$U/hello%2Etxt",
  "$U/caf%C3%A9.txt",
  "$U/a%20b.txt",
  "$U/hello.txt?q=%00&x=;",
  "$U/hello.txt;jsessionid=1",
  "$U/folder",
  "-L $U/folder",
  "-L $U/moved",
  "-H If-None-Match:* $U/hello.txt",
  "-H Range:bytes=9999- $U/hello.txt",
  "-H Host:example.org $U/host",
  "-H X-Empty; $U/hello.txt",
  "-b a=1;b=2 $U/hello.txt",
  "-u ann:secret $U/hello.txt",
  "-X OPTIONS $U/hello.txt",
  "--request-target /hello.txt?via=target $U/",
  "$U/status/204",
  "$U/status/304",
  "$U/status/418",
  "$U/status/503",
  "$U/hello.txt $U/hello.txt $U/none $U/hello.txt",
];

compareClient("curl at nginx with its DAV", {
  needs: ["curl", "nginx"],
  start: async (folder) => {
    await Deno.mkdir(`${folder}/www/folder`, { recursive: true });
    await Deno.mkdir(`${folder}/www/dav`);
    for (
      const name of ["hello.txt", "café.txt", "a b.txt", "folder/index.html"]
    ) {
      const file = `${folder}/www/${name}`;
      await Deno.writeTextFile(file, `Hello from ${name}\n`);
      await Deno.utime(file, 1_700_000_000, 1_700_000_000);
    }
    return await startNginx(
      folder,
      `
    client_max_body_size 16m;
    location /dav { dav_methods PUT DELETE MKCOL COPY MOVE; }
    location /small { client_max_body_size 1k; dav_methods PUT; }
    location /denied { deny all; }
    location /moved { return 301 /hello.txt; }
    location = /host { return 200 "$host\\n"; }
    location ~ ^/status/(204|304)$ { return $1; }
    location = /status/418 { return 418 "teapot\\n"; }
    location = /status/503 { return 503; }
    location ~ "^/status/" { return 404; }`.replaceAll(
        "location ~ ^/status/(204|304)$ { return $1; }",
        "location = /status/204 { return 204; } location = /status/304 { return 304; }",
      ),
    );
  },
  client: async (url, folder) => {
    const big = new Uint8Array(3_000_000).map((_, i) => i * 31 + (i >> 8));
    await Deno.writeFile(`${folder}/big`, big);
    await Deno.writeFile(`${folder}/empty`, new Uint8Array());
    const outcomes: string[] = [];
    for (const call of CALLS) {
      const args = call.split(" ").map((word) =>
        word.replace("$U", url).replace("$F", folder)
      );
      const { code, stdout } = await run("curl", [
        ...["-sS", "-g", "--max-time", "20", "-D", `${folder}/head`],
        ...["-w", "\n%{http_code} %{size_download} %{num_redirects}\n"],
        ...args,
      ]);
      const head = await Deno.readTextFile(`${folder}/head`);
      outcomes.push(`${call}: ${code} ${shown(stdout)} ${shown(head)}`);
    }
    return outcomes;
  },
});

/** Without the parts that vary; a 100 may come from the proxy when the app sends none. */
function shown(text: string): string {
  const same = text
    .replace(
      /^(date|connection|etag|keep-alive|last-modified): .*\r\n/gim,
      "",
    )
    .replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/gm, "")
    .replace(/\d{20}/g, "BOUNDARY");
  return same.length > 2_000 ? `${same.length} ${checksum(same)}` : same;
}

function checksum(text: string): number {
  let sum = 0;
  for (let i = 0; i < text.length; i++) {
    sum = sum * 31 + text.charCodeAt(i) >>> 0;
  }
  return sum;
}
