#!/bin/sh
# Lays out the files of the image: image.sh PROGRAM TARGET [RDS_CA_URL RDS_CA_SHA256]
# TARGET/root is all that the image has, TARGET/data the folder for its data.
set -eu

PROGRAM=$1
TARGET=$2
ROOT=$TARGET/root
RDS_CA=etc/ssl/rds-ca.pem

# The loader and every library that the program or a library of it needs.
libraries() {
  ldd "$1" | sed -n 's/.*=> \(\/[^ ]*\) .*/\1/p; s/^[[:space:]]*\(\/[^ ]*\) .*/\1/p' | sort -u
}

copy() {
  mkdir -p "$ROOT/$(dirname "$1")"
  cp -L "$1" "$ROOT/$1"
}

write_accounts() {
  echo 'root:x:0:0::/:/nonexistent
ccproxy:x:65532:65532::/data:/nonexistent' >"$ROOT/etc/passwd"
  echo 'root:x:0:
ccproxy:x:65532:' >"$ROOT/etc/group"
  echo 'hosts: files dns' >"$ROOT/etc/nsswitch.conf"
}

# Beside the Dockerfile, or from where it says; only an empty URL means none.
copy_rds_ca() {
  if [ -f rds-ca.pem ]; then
    cp rds-ca.pem "$ROOT/$RDS_CA"
  elif [ -n "${1:-}" ]; then
    curl --fail --silent --show-error --location --proto '=https' --output "$ROOT/$RDS_CA" "$1"
  else
    echo "image.sh: no certificates of RDS: the image has no /$RDS_CA" >&2
    return 0
  fi
  found=$(sha256sum <"$ROOT/$RDS_CA" | cut -d' ' -f1)
  if [ "$found" != "${2:-}" ]; then
    echo "image.sh: the certificates of RDS have the checksum $found, not '${2:-}':" \
      "look at them, then say so by RDS_CA_SHA256=$found" >&2
    return 1
  fi
}

rm -rf "$TARGET"
mkdir -p "$ROOT/usr/bin" "$ROOT/etc/ssl/certs" "$ROOT/usr/share" "$TARGET/data"
chmod 0700 "$TARGET/data"
install -m 0755 "$PROGRAM" "$ROOT/usr/bin/ccproxy"
strip "$ROOT/usr/bin/ccproxy"
for file in $(libraries "$PROGRAM"); do
  copy "$file"
done
copy /etc/ssl/certs/ca-certificates.crt
cp -a /usr/share/zoneinfo "$ROOT/usr/share/"
rm -rf "$ROOT/usr/share/zoneinfo/right" "$ROOT/usr/share/zoneinfo/posix"
ln -s certs/ca-certificates.crt "$ROOT/etc/ssl/cert.pem"
write_accounts
copy_rds_ca "${3:-}" "${4:-}"
