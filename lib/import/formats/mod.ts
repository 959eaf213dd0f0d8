/**
 * The known formats of access logs, most specific first: if two read a file's first lines equally
 * well, the first is used.
 *
 * @module
 */
import type { LogFormat } from "../format.ts";
import { actix } from "./actix.ts";
import { akamai } from "./akamai.ts";
import { anyClf } from "./any_clf.ts";
import { anyJson } from "./any_json.ts";
import { anyLine } from "./any_line.ts";
import { awsAlb } from "./aws_alb.ts";
import { awsElb } from "./aws_elb.ts";
import { awsS3 } from "./aws_s3.ts";
import { behindText } from "./behind_text.ts";
import { bitbucket } from "./bitbucket.ts";
import { bunny } from "./bunny.ts";
import { caddyConsole } from "./caddy_console.ts";
import { caddyJson } from "./caddy_json.ts";
import { chi } from "./chi.ts";
import { cloudflare } from "./cloudflare.ts";
import { cloudflareWorkers } from "./cloudflare_workers.ts";
import { cloudfront } from "./cloudfront.ts";
import { cloudfrontRealtime } from "./cloudfront_realtime.ts";
import { combined } from "./combined.ts";
import { common } from "./common.ts";
import { confluence } from "./confluence.ts";
import { echo } from "./echo.ts";
import { envoy } from "./envoy.ts";
import { envoyJson } from "./envoy_json.ts";
import { gin } from "./gin.ts";
import { ginCustom } from "./gin_custom.ts";
import { gitea } from "./gitea.ts";
import { gitlab } from "./gitlab.ts";
import { googleCloud } from "./google_cloud.ts";
import { haproxy } from "./haproxy.ts";
import { haproxyClf } from "./haproxy_clf.ts";
import { heroku } from "./heroku.ts";
import { iisNative } from "./iis_native.ts";
import { ingressNginx } from "./ingress_nginx.ts";
import { minio } from "./minio.ts";
import { minioTrace } from "./minio_trace.ts";
import { nest, nestAddressFirst } from "./nest.ts";
import { nginxJson } from "./nginx_json.ts";
import { nginxMain } from "./nginx_main.ts";
import { nginxProxyManager } from "./nginx_proxy_manager.ts";
import { oauth2Proxy } from "./oauth2_proxy.ts";
import { ownJson } from "./own_json.ts";
import { pairs } from "./pairs.ts";
import { phoenix } from "./phoenix.ts";
import { phpServer } from "./php_server.ts";
import { quotedClf } from "./quoted_clf.ts";
import { rails } from "./rails.ts";
import { render } from "./render.ts";
import { serve } from "./serve.ts";
import { squid } from "./squid.ts";
import { synapse } from "./synapse.ts";
import { table } from "./table.ts";
import { tornado } from "./tornado.ts";
import { traefikClf } from "./traefik_clf.ts";
import { traefikJson } from "./traefik_json.ts";
import { uvicorn } from "./uvicorn.ts";
import { uwsgi } from "./uwsgi.ts";
import { vhostCombined } from "./vhost_combined.ts";
import { w3c } from "./w3c.ts";

/** In the order in which they are tried. */
export const FORMATS: readonly LogFormat[] = [
  combined,
  common,
  vhostCombined,
  nginxMain,
  ingressNginx,
  traefikClf,
  nginxProxyManager,
  haproxy,
  haproxyClf,
  envoy,
  w3c,
  cloudfront,
  cloudfrontRealtime,
  awsAlb,
  awsElb,
  awsS3,
  squid,
  heroku,
  gin,
  ginCustom,
  chi,
  actix,
  gitea,
  tornado,
  bitbucket,
  confluence,
  nest,
  nestAddressFirst,
  render,
  phpServer,
  serve,
  rails,
  phoenix,
  oauth2Proxy,
  synapse,
  minioTrace,
  bunny,
  quotedClf,
  iisNative,
  uwsgi,
  uvicorn,
  ownJson,
  echo,
  caddyJson,
  caddyConsole,
  traefikJson,
  cloudflare,
  cloudflareWorkers,
  gitlab,
  akamai,
  minio,
  googleCloud,
  envoyJson,
  nginxJson,
  anyJson,
  pairs,
  anyClf,
  behindText,
  table,
  anyLine,
];
