# Any image that holds Deno 2.9.6 will do.
ARG DENO_IMAGE=denoland/deno:2.9.6

FROM ${DENO_IMAGE} AS build
ENV DENO_DIR=/app/.deno
WORKDIR /app
COPY . .
# Everything that is imported, and the pages; nothing is fetched at run time.
RUN deno install --frozen --quiet \
  && deno task --quiet build \
  && deno cache --frozen --quiet tasks/portcullis.ts _fresh/server.js lib/geo/dbip.ts lib/geo/asn.ts \
  # Packed into _fresh by the build: only the package's name is looked at from here on.
  && rm -f .deno/npm/*/@ip-location-db/asn/*/*.csv

FROM ${DENO_IMAGE}
ENV DENO_DIR=/app/.deno \
  DENO_NO_UPDATE_CHECK=1 \
  HOST=0.0.0.0 \
  PORT=8000 \
  KV_PATH=/data/portcullis.db
WORKDIR /app
# The app belongs to root: who breaks into the server cannot change it.
COPY --from=build /app /app
# Not by COPY: engines differ in whether its --chmod reaches the folder itself.
RUN install -d -m 700 -o 65532 -g 65532 /data
USER 65532:65532
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["deno", "eval", "--quiet", "const { ok } = await fetch(`http://127.0.0.1:${Deno.env.get('PORT')}/healthz`); Deno.exit(ok ? 0 : 1)"]
ENTRYPOINT ["deno", "run", "--quiet", "--frozen", "--cached-only", "--no-prompt", "--v8-flags=--max-semi-space-size=16", "--allow-net", "--allow-env", "--allow-read=/app,/data", "--allow-write=/data", "--allow-sys=statfs", "tasks/portcullis.ts"]
CMD ["start"]
