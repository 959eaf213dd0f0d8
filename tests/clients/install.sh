#!/usr/bin/env bash
# Installs the programs for tests/clients, and prints their folders for CLIENTS_BIN: from Debian if
# no password is required, from PyPI and, for `install.sh all`, from npm. Unavailable programs are
# left out: their tests are skipped.
set -u
folder="${CLIENTS_ROOT:-${XDG_CACHE_HOME:-$HOME/.cache}/portcullis/clients}"
mkdir -p "$folder"

packages=(curl git nginx fcgiwrap rclone litmus cadaver libnginx-mod-http-dav-ext python3-venv)
# With php-cgi, the wiki's package does not require Apache.
[ "${1:-}" = all ] && packages+=(php-cli php-cgi dokuwiki)
missing=()
for package in "${packages[@]}"; do
  dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package")
done
if [ "${#missing[@]}" -gt 0 ] && command -v apt-get >/dev/null; then
  sudo=""
  [ "$(id -u)" = 0 ] || sudo="sudo -n"
  { $sudo apt-get update -qq; DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >/dev/null 2>&1
fi

if [ ! -x "$folder/python/bin/vdirsyncer" ]; then
  python3 -m venv "$folder/python" >&2 &&
    "$folder/python/bin/pip" install -q --disable-pip-version-check \
      wsgidav cheroot pypiserver twine radicale vdirsyncer setuptools wheel >&2
fi
found="$folder/python/bin"

if [ "${1:-}" = all ]; then
  if [ ! -x "$folder/npm/node_modules/.bin/verdaccio" ]; then
    mkdir -p "$folder/npm"
    # One of its dependencies requires a version that not every registry has.
    echo '{"private":true,"overrides":{"node-fetch":"2.6.7"}}' >"$folder/npm/package.json"
    npm install --silent --no-audit --no-fund --prefix "$folder/npm" verdaccio@6 >&2
  fi
  found="$found:$folder/npm/node_modules/.bin"
  if [ ! -x "$folder/python/bin/jupyter-lab" ]; then
    "$folder/python/bin/pip" install -q --disable-pip-version-check jupyterlab >&2
  fi
fi
echo "$found"
