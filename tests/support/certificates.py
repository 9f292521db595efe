"""A certificate authority of the test's own."""

import subprocess


class Authority:
    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()
        self.file = folder / "ca.pem"
        self.key = folder / "ca.key"
        self.openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-keyout", self.key, "-out", self.file, "-days", "2", "-subj", "/CN=Test CA",
            "-addext", "keyUsage=critical,keyCertSign",
        )  # fmt: skip

    def openssl(self, *arguments):
        done = subprocess.run(
            ["openssl", *map(str, arguments)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr

    def certificate(self, *names):
        """(certificate, key) for host names and addresses."""
        stem = self.folder / names[0].replace("*", "any")
        key, request, made = (stem.with_suffix(s) for s in (".key", ".csr", ".pem"))
        alternatives = ",".join(
            ("IP:" if name.replace(".", "").isdigit() else "DNS:") + name for name in names
        )
        extensions = stem.with_suffix(".ext")
        extensions.write_text(f"subjectAltName={alternatives}\n")
        self.openssl(
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-keyout", key, "-out", request, "-subj", f"/CN={names[0]}",
        )  # fmt: skip
        self.openssl(
            "x509", "-req", "-in", request, "-CA", self.file, "-CAkey", self.key,
            "-CAcreateserial", "-days", "2", "-extfile", extensions, "-out", made,
        )  # fmt: skip
        return made, key
