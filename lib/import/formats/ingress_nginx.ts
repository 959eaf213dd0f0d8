import type { LogFormat } from "../format.ts";

/** Kubernetes' ingress-nginx. */
export const ingressNginx: LogFormat = {
  name: "ingress-nginx",
  about: "ingress-nginx' default",
  source:
    "https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/log-format/",
  layout: {
    definition:
      '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" $request_length $request_time [$proxy_upstream_name] [$proxy_alternative_upstream_name] $upstream_addr $upstream_response_length $upstream_response_time $upstream_status $req_id',
  },
  sample:
    `192.0.2.10 - - [17/May/2025:10:05:03 +0000] "GET / HTTP/1.1" 200 5120 "-" "curl/8.13.0" 400 0.012 [default-web-8080] [] 10.244.0.9:8080 5120 0.012 200 004c1d9b7e6f5a3b`,
};
